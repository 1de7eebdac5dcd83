// SPDX-License-Identifier: Apache-2.0
#include "os/file_system.h"

#include <stddef.h>
#include <string.h>
#include <sys/vfs.h>

/* include/uapi/linux/magic.h, and for those that are not there the source of the file system */
static const uint32_t telling[] = {
    0xef53,     /* ext2, ext3, ext4 */
    0x58465342, /* XFS */
    0x9123683e, /* Btrfs */
    0xf2f52010, /* F2FS */
    0x01021994, /* tmpfs */
    0x794c7630, /* overlay */
    0x2fc12fc1, /* ZFS */
    0xca451a4e, /* bcachefs */
    0x73717368, /* SquashFS */
    0xe0f5e1e2, /* EROFS */
};

struct file_system file_system_of(int fd, uint64_t device)
{
    struct file_system ret = {.id = device};
    struct statfs s;

    if (fstatfs(fd, &s) != 0)
        return ret;
    for (size_t i = 0; i < sizeof(telling) / sizeof(*telling); i++)
        ret.tells_changes = ret.tells_changes || (uint32_t)s.f_type == telling[i];
    // The device number of a file system changes with the order that disks are found in.
    memcpy(&ret.id, &s.f_fsid,
           sizeof(ret.id) < sizeof(s.f_fsid) ? sizeof(ret.id) : sizeof(s.f_fsid));
    if (!ret.id)
        ret.id = device;
    return ret;
}
