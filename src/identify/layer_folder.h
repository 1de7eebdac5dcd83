// SPDX-License-Identifier: Apache-2.0
/*
 * Folders in which container engines keep the files of one layer, as their stores lay them out:
 *
 *     docker/overlay2/<id>/diff                 docker/fuse-overlayfs/<id>/diff
 *     docker/aufs/diff/<id>                     docker/vfs/dir/<id>
 *     containers/storage/overlay/<id>/diff      containers/storage/vfs/dir/<id>
 *     io.containerd.snapshotter.v1.overlayfs/snapshots/<number>/fs
 *
 * Such a folder is the top of a root, of which nothing is installed on the machine itself.
 */
#pragma once

#include "base/bytes.h"

/* How much of a path, absolute in its root, is the folder of a layer; 0: it lies in none. */
size_t layer_folder(struct sv path);
