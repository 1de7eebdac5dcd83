// SPDX-License-Identifier: Apache-2.0
/* One document to standard output or to a file. */
#pragma once

#include "report/report.h"

/*
 * A file is written beside and renamed: whoever reads it sees a whole document or the one before.
 * What is there and is no plain file (a device, a pipe, a link) is written to as it is, never
 * replaced. `file` NULL or "-" is standard output, which gets the terminal's colours and width.
 * `write` hands `of` on to the sink; what it leaves there is handed on too.
 */
int output_write(const char *file, int (*write)(const void *of, struct sink *s, struct err *err),
                 const void *of, struct err *err) MUST_USE;
