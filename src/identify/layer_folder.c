// SPDX-License-Identifier: Apache-2.0
#include "identify/layer_folder.h"

#include "base/compiler.h"

#define LAYOUT(text) \
    { \
        (text), sizeof(text) - 1 \
    }

/* `%` is one name. */
static const struct sv layouts[] = {
    LAYOUT("/overlay2/%/diff"),
    LAYOUT("/fuse-overlayfs/%/diff"),
    LAYOUT("/storage/overlay/%/diff"),
    LAYOUT("/aufs/diff/%"),
    LAYOUT("/vfs/dir/%"),
    LAYOUT("/io.containerd.snapshotter.v1.overlayfs/snapshots/%/fs"),
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
    for (size_t i = 0; i + 1 < path.n; i++) {
        if (path.p[i] != '/')
            continue;
        for (size_t k = 0; k < ARRAY_LEN(layouts); k++) {
            size_t n =
                path.p[i + 1] == layouts[k].p[1] ? begins_with(sv_from(path, i), layouts[k]) : 0;

            if (n)
                return i + n;
        }
    }
    return 0;
}
