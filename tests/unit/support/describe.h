// SPDX-License-Identifier: Apache-2.0
/* A component as text, one field a line; the form is shown in spy.h. */
#pragma once

struct buf;
struct component;

void describe_component(struct buf *to, const struct component *c);
