# SPDX-License-Identifier: Apache-2.0
"""Makes registry hives: an empty one by hand, filled by libhivex as a person would fill it."""
import struct

import hivex

SZ, EXPAND_SZ, BINARY, DWORD, MULTI_SZ = 1, 2, 3, 4, 7


def empty_hive():
    """A base block, and one bin with a root key and its security descriptor."""
    descriptor = struct.pack("<BBHIIII", 1, 0, 0x8000, 0, 0, 0, 0)
    root, security = 0x20, 0x20 + 0x58
    key = struct.pack("<2sHQIIIIIIIIIIIIIIIHH", b"nk", 0x2C, 0, 0, 0xFFFFFFFF, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF, 0,
                      0xFFFFFFFF, security, 0xFFFFFFFF, 0, 0, 0, 0, 0, 4, 0) + b"root"
    sk = struct.pack("<2sHIIII", b"sk", 0, security, security, 1, len(descriptor)) + descriptor
    cells = b""
    for content in (key, sk):
        size = (len(content) + 4 + 7) // 8 * 8
        cells += struct.pack("<i", -size) + content.ljust(size - 4, b"\0")
    assert len(cells[:0x58]) == 0x58
    free = 4096 - 0x20 - len(cells)
    cells += struct.pack("<i", free) + b"\0" * (free - 4)
    page = struct.pack("<4sIIIIQI", b"hbin", 0, 4096, 0, 0, 0, 0).ljust(0x20, b"\0") + cells
    base = struct.pack("<4sIIQIIIIIII", b"regf", 1, 1, 0, 1, 5, 0, 1, root, 4096, 1).ljust(508, b"\0")
    return with_checksum(base.ljust(4096, b"\0")) + page


def with_checksum(base):
    total = 0
    for word in struct.unpack("<127I", base[:508]):
        total ^= word
    total = {0: 1, 0xFFFFFFFF: 0xFFFFFFFE}.get(total, total)
    return base[:508] + struct.pack("<I", total) + base[512:]


def value(name, content):
    """Text, a number, a list of texts, bytes; text with a % is one that Windows expands."""
    if isinstance(content, int):
        return {"key": name, "t": DWORD, "value": struct.pack("<I", content)}
    if isinstance(content, bytes):
        return {"key": name, "t": BINARY, "value": content}
    if isinstance(content, list):
        return {"key": name, "t": MULTI_SZ, "value": ("".join(t + "\0" for t in content) + "\0").encode("utf-16-le")}
    kind = EXPAND_SZ if "%" in content else SZ
    return {"key": name, "t": kind, "value": (content + "\0").encode("utf-16-le")}


def child(hive, node, name):
    found = hive.node_get_child(node, name)
    return found if found else hive.node_add_child(node, name)


def make_hive(path, keys):
    """`keys`: {"A\\\\B": {"value": content}}; the value "" is the key's own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(empty_hive())
    hive = hivex.Hivex(str(path), write=True)
    for name, values in keys.items():
        node = hive.root()
        for part in name.split("\\"):
            node = child(hive, node, part)
        if values:
            hive.node_set_values(node, [value(k, v) for k, v in values.items()])
    hive.commit(None)
    return path


def make_dirty(path):
    """As a machine leaves it that lost power: the changes are in a log."""
    data = path.read_bytes()
    sequence = struct.unpack_from("<I", data, 4)[0] + 1
    path.write_bytes(with_checksum(data[:4] + struct.pack("<I", sequence) + data[8:4096]) + data[4096:])


def circle():
    """A hive whose root has a list of lists that names itself."""
    data, root, free = bytearray(empty_hive()), 4096 + 0x20, 0x20 + 0x58 + 48
    room = struct.unpack_from("<i", data, 4096 + free)[0]
    struct.pack_into("<i2sHI", data, 4096 + free, -16, b"ri", 1, free)
    struct.pack_into("<i", data, 4096 + free + 16, room - 16)
    struct.pack_into("<I", data, root + 4 + 20, 1)
    struct.pack_into("<I", data, root + 4 + 28, free)
    return bytes(data)


def packed(guid):
    """A GUID as Windows Installer turns it around."""
    digits = guid.strip("{}").replace("-", "")
    out, at = "", 0
    for n in (8, 4, 4, 2, 2, 2, 2, 2, 2, 2, 2):
        out += digits[at:at + n][::-1]
        at += n
    return out
