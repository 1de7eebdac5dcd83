# SPDX-License-Identifier: Apache-2.0
"""Just enough DER to take signatures apart and put them together differently."""


class Der:
    def __init__(self, tag, value=b"", items=None):
        self.tag, self._value, self.items = tag, value, items

    @classmethod
    def of(cls, tag, *items):
        return cls(tag, items=list(items))

    @classmethod
    def oid(cls, dotted):
        parts = [int(p) for p in dotted.split(".")]
        out = bytearray()
        for n in [parts[0] * 40 + parts[1], *parts[2:]]:
            piece = [n & 0x7f]
            while n > 0x7f:
                n >>= 7
                piece.insert(0, n & 0x7f | 0x80)
            out += bytes(piece)
        return cls(6, bytes(out))

    @classmethod
    def read(cls, data, at):
        tag, length, start = data[at], data[at + 1], at + 2
        if length & 0x80:
            n = length & 0x7f
            length = int.from_bytes(data[start:start + n], "big")
            start += n
        end = start + length
        if not tag & 0x20:
            return cls(tag, bytes(data[start:end])), end
        items, p = [], start
        while p < end:
            item, p = cls.read(data, p)
            items.append(item)
        return cls(tag, items=items), end

    @classmethod
    def parse(cls, data):
        """The first value; what follows it (padding) is dropped."""
        return cls.read(data, 0)[0]

    @property
    def value(self):
        return self._value if self.items is None else b"".join(i.encode() for i in self.items)

    def encode(self):
        body = self.value
        n = len(body)
        if n < 0x80:
            return bytes([self.tag, n]) + body
        size = (n.bit_length() + 7) // 8
        return bytes([self.tag, 0x80 | size]) + n.to_bytes(size, "big") + body

    def __getitem__(self, index):
        return self.items[index]

    def signed_data(self):
        """Of a ContentInfo."""
        return self[1][0]

    def certificates(self):
        return next(i for i in self.signed_data().items if i.tag == 0xa0)

    def signer_info(self):
        """Version, issuer and serial, digest, [0] signed attributes, algorithm, octets, [1] others."""
        return self.signed_data()[-1][0]
