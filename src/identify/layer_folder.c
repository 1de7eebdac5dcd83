// SPDX-License-Identifier: Apache-2.0
#include "identify/layer_folder.h"

/* `%` is one name. */
static const char *const layouts[] = {
    "/overlay2/%/diff",
    "/fuse-overlayfs/%/diff",
    "/storage/overlay/%/diff",
    "/aufs/diff/%",
    "/vfs/dir/%",
    "/io.containerd.snapshotter.v1.overlayfs/snapshots/%/fs",
};

/* How long the layout is that `s` begins with, up to a '/' or the end; 0 when it is another. */
static size_t begins_with(struct sv s, struct sv layout)
{
    size_t at = 0;

    for (size_t i = 0; i < layout.n; i++) {
        size_t from = at;

        if (layout.p[i] == '%') {
            while (at < s.n && s.p[at] != '/')
                at++;
            if (at == from)
                return 0;
        } else if (at == s.n || s.p[at++] != layout.p[i]) {
            return 0;
        }
    }
    return at == s.n || s.p[at] == '/' ? at : 0;
}

size_t layer_folder(struct sv path)
{
    for (size_t i = 0; i < path.n; i++) {
        if (path.p[i] != '/')
            continue;
        for (size_t k = 0; k < sizeof(layouts) / sizeof(*layouts); k++) {
            size_t n = begins_with(sv_from(path, i), sv_str(layouts[k]));

            if (n)
                return i + n;
        }
    }
    return 0;
}
