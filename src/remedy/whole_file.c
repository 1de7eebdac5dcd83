// SPDX-License-Identifier: Apache-2.0
#include "remedy/whole_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "os/file.h"

int whole_file_read(int root_fd, const char *path, size_t max, struct buf *to, struct err *err)
{
    auto_fd int fd = -1;
    size_t used = 0;

    TRY(file_open_below(root_fd, path + strspn(path, "/"), false, &fd, err));
    for (;;) {
        char bytes[65536];
        ssize_t n = read(fd, bytes, sizeof(bytes));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ERR_SYS(err, "reading %s", path);
        if (n == 0)
            break;
        used += (size_t)n;
        if (used > max)
            return ERR(err, ERR_LIMIT, "%s is longer than %zu bytes", path, max);
        buf_bytes(to, bytes, (size_t)n);
    }
    buf_str(to, "");
    return buf_ok(to) ? 0 : ERR(err, ERR_NOMEM, "no memory");
}
