// SPDX-License-Identifier: Apache-2.0
/*
 * What only the running machine knows: processes and the files they run, sockets, loaded kernel
 * modules, devices. Each becomes a component like any other; a table that cannot be read is a line
 * of the coverage account.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "match/matcher.h"
#include "os/file.h"
#include "scan/collector.h"

/* Which files are being executed, by device and inode; const once made. */
struct running;

int running_new(struct running **ret, struct err *err) MUST_USE;
void running_free(struct running *r);
bool running_pid(const struct running *r, const struct file_facts *facts, uint64_t *ret_pid);

/* Call `each` for the processes whose program's file is deleted. */
void running_each_deleted(const struct running *r, void (*each)(void *to, uint64_t pid), void *to);

/* Add everything to the inventory. */
int machine_read(const struct matcher *matcher, struct collector *to, struct err *err) MUST_USE;
