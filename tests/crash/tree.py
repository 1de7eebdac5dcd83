# SPDX-License-Identifier: Apache-2.0
"""Everything of a tree that a removal must leave or restore, to compare: content, type, mode, owner, times, attributes,
holes and hard links. What no system call can set (ctime, birth time, inode numbers) and what reading moves (access
times) is left out."""
import hashlib
import os
import stat

PIECE = 1 << 20


def attributes(path):
    return tuple((name, os.getxattr(path, name, follow_symlinks=False))
                 for name in sorted(os.listxattr(path, follow_symlinks=False)))


def data_ranges(fd, size):
    """Where a file has bytes; the rest are holes."""
    at, ranges = 0, []
    while at < size:
        try:
            begin = os.lseek(fd, at, os.SEEK_DATA)
        except OSError:
            break
        at = os.lseek(fd, begin, os.SEEK_HOLE)
        ranges.append((begin, at))
    return tuple(ranges)


def content(path):
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        size, digest = os.fstat(fd).st_size, hashlib.sha256()
        ranges = data_ranges(fd, size)
        os.lseek(fd, 0, os.SEEK_SET)
        while piece := os.read(fd, PIECE):
            digest.update(piece)
        return size, digest.hexdigest(), ranges
    finally:
        os.close(fd)


def facts(path, s):
    what = [stat.S_IFMT(s.st_mode), stat.S_IMODE(s.st_mode), s.st_uid, s.st_gid, s.st_mtime_ns, attributes(path)]
    if stat.S_ISREG(s.st_mode):
        what.append(content(path))
    elif stat.S_ISLNK(s.st_mode):
        what.append(os.readlink(path))
    elif not stat.S_ISDIR(s.st_mode):
        what.append(s.st_rdev)
    return tuple(what)


def snapshot(root, known=None):
    """{path: facts} of all below a root, and the root; names of one file are told with it. What is `known` by inode and change
    time, which no call can set, is not read again."""
    known = {} if known is None else known
    root, found, names = os.fsencode(root), {}, {}
    waiting = [b""]
    while waiting:
        folder = waiting.pop()
        for name in [b""] if folder == b"" and b"" not in found else []:
            found[name] = facts(root, os.lstat(root))
        with os.scandir(root + b"/" + folder) as entries:
            for e in entries:
                path = folder + b"/" + e.name if folder else e.name
                s = e.stat(follow_symlinks=False)
                key = (s.st_dev, s.st_ino, s.st_ctime_ns, s.st_mtime_ns, s.st_size)
                found[path] = known.get(key) or facts(e.path, s)
                if stat.S_ISREG(s.st_mode):
                    known[key] = found[path]
                if e.is_dir(follow_symlinks=False):
                    waiting.append(path)
                elif s.st_nlink > 1:
                    names.setdefault((s.st_dev, s.st_ino), []).append((path, s.st_nlink))
    for group in names.values():
        together = tuple(sorted(p for p, _ in group))
        for path, links in group:
            found[path] += (links, together)
    return found


def difference(a, b):
    """The paths in which two snapshots differ, with how."""
    told = []
    for path in sorted(a.keys() | b.keys()):
        if path not in b:
            told.append((path, "is missing"))
        elif path not in a:
            told.append((path, f"is too many: {b[path]}"))
        elif a[path] != b[path]:
            told.append((path, f"was {a[path]}, is {b[path]}"))
    return told
