// SPDX-License-Identifier: Apache-2.0
/*
 * The header of one package as rpm keeps it in its databases, and the readers of the three kinds
 * of file that hold them. A package file (*.rpm) has the same header behind eight more bytes.
 */
#pragma once

#include "base/bytes.h"
#include "base/source.h"
#include "identify/recogniser.h"

enum {
    RPM_HEADER_MAX = 256 << 20, /* as rpm itself allows */
};

/*
 * The package that `header` describes, with the files it owns. -ERR_FORMAT when it is damaged; what
 * was read of it is emitted all the same. `arena` is for scratch that may go after the call.
 */
int rpm_header_emit(struct span header, struct sv row, uint64_t offset, struct arena *arena,
                    struct emit *out, struct err *err) MUST_USE;

/*
 * What a database reader does with each header: `number` is rpm's number of the package, `offset`
 * where the header stands in the file as one piece, or 0. It returns 0 or a failure that ends the
 * reading.
 */
struct rpm_visitor {
    int (*header)(struct rpm_visitor *v, uint32_t number, struct span header, uint64_t offset,
                  struct err *err);
    /* A record that cannot be read; the reading goes on. */
    void (*damaged)(struct rpm_visitor *v, const char *why);
};

int rpm_ndb_read(struct source *bytes, struct rpm_visitor *v, struct err *err) MUST_USE;
int rpm_bdb_read(struct source *bytes, struct rpm_visitor *v, struct err *err) MUST_USE;
int rpm_sqlite_read(struct source *bytes, struct rpm_visitor *v, struct err *err) MUST_USE;
