# SPDX-License-Identifier: Apache-2.0
"""Makes Windows programs and signs them, and asks one recogniser about a file."""
import os
import pathlib
import re
import struct
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]


def tool(name):
    """A program of the test build: the folder that DEBAR_TEST_BUILD names, else the newest one."""
    named = os.environ.get("DEBAR_TEST_BUILD")
    folders = [pathlib.Path(named)] if named else [TOP / "build-test", TOP / "build"]
    found = [f / "tests" / name for f in folders if (f / "tests" / name).exists()]
    assert found, f"{name} is not built"
    return str(max(found, key=lambda p: p.stat().st_mtime))


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          **options)
    assert done.returncode == 0, f"{command}\n{done.stdout.decode(errors='replace')}"
    return done.stdout


class Seen:
    """The answer of a recogniser: components, each a list of (group, field, value)."""

    def __init__(self, text, code):
        self.text, self.code = text, code
        self.components = []
        for line in text.splitlines():
            field = re.fullmatch(r"  (?:\[(\d+)\] )?([a-z0-9-]+)=(.*?)(?: @(\d+)\+(\d+))?", line)
            if field:
                self.components[-1].append((int(field[1] or 0), field[2], field[3]))
            elif re.match(r"[a-z-]+ (running|installed|present|contained|referenced|residue)", line):
                self.components.append([(0, "", line)])

    def all(self, name, group=None):
        return [v for c in self.components for g, n, v in c if n == name and group in (None, g)]

    def signatures(self):
        """[{field: value}], one for each signature."""
        groups = {}
        for g, n, v in self.components[0]:
            if g:
                groups.setdefault(g, {})[n] = v
        return [groups[g] for g in sorted(groups)]


def recognise(recogniser, path, *options, gate="auto", now=None):
    """`path` may be a list of files; a crash, a leak or undefined behaviour in any fails the test."""
    paths = path if isinstance(path, list) else [path]
    env = dict(os.environ)
    if now:
        env["DEBAR_NOW"] = now
    done = subprocess.run([tool("recognise"), *map(str, options), recogniser, gate, *map(str, paths)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, env=env)
    text = done.stdout.decode(errors="surrogateescape")
    assert done.returncode in (0, 1, 2) and "Sanitizer" not in text and "runtime error" not in text, text
    return Seen(text, done.returncode)


class Party:
    """Somebody with a key and a certificate."""

    def __init__(self, folder, name, subject, issuer=None, extensions="", days=3650):
        self.key, self.certificate = folder / f"{name}.key", folder / f"{name}.pem"
        request, extra = folder / f"{name}.csr", folder / f"{name}.ext"
        extra.write_text(extensions)
        run("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key, "-utf8", "-subj", subject,
            "-out", request)
        signer = ["-signkey", self.key] if issuer is None else ["-CA", issuer.certificate, "-CAkey", issuer.key,
                                                                 "-CAcreateserial"]
        run("openssl", "x509", "-req", "-in", request, *signer, "-days", str(days), "-sha256", "-extfile", extra,
            "-out", self.certificate)

    def sha256(self):
        out = run("openssl", "x509", "-in", self.certificate, "-noout", "-fingerprint", "-sha256").decode()
        return out.split("=")[1].strip().replace(":", "").lower()


CA = "basicConstraints=critical,CA:TRUE\n"
CODE = "basicConstraints=CA:FALSE\nextendedKeyUsage=codeSigning\n"
STAMP = "basicConstraints=CA:FALSE\nextendedKeyUsage=critical,timeStamping\n"


class Parties:
    """A trusted CA with a vendor, an unrelated CA, a time stamper, and one who vouches for itself."""

    def __init__(self, folder):
        self.folder = folder
        self.ca = Party(folder, "ca", "/O=Tests/CN=Root of Tests", extensions=CA)
        self.other_ca = Party(folder, "other-ca", "/O=Others/CN=Root of Others", extensions=CA)
        self.vendor = Party(folder, "vendor",
                            "/C=RU/L=Moscow/serialNumber=1027739867473/O=AO Kaspersky Lab/CN=AO Kaspersky Lab", self.ca,
                            CODE)
        self.publisher = Party(folder, "publisher", "/O=Publisher/CN=Compatibility Publisher", self.other_ca, CODE)
        self.stamper = Party(folder, "stamper", "/O=Tests/CN=Time Stamping of Tests", self.ca, STAMP)
        self.self_signed = Party(folder, "self", "/CN=Kaspersky Lab", extensions=CODE)
        self.stamper_chain = folder / "stamper-chain.pem"
        self.stamper_chain.write_text(self.stamper.certificate.read_text() + self.ca.certificate.read_text())

    def sign(self, party, source, to, *options, digest="sha256", stamped=False):
        stamp = ["-TSA-certs", self.stamper_chain, "-TSA-key", self.stamper.key] if stamped else []
        run("osslsigncode", "sign", "-certs", party.certificate, "-key", party.key, "-h", digest, *stamp, *options,
            "-in", source, "-out", to)
        return to


VERSION_RESOURCE = r"""
#pragma code_page(65001)
LANGUAGE 9, 1
1 VERSIONINFO
FILEVERSION 21,3,10,391
PRODUCTVERSION 21,3,0,0
BEGIN
 BLOCK "StringFileInfo"
 BEGIN
  BLOCK "040904b0"
  BEGIN
   VALUE "CompanyName", "AO Kaspersky Lab"
   VALUE "ProductName", "Kaspersky Anti-Virus"
   VALUE "LegalCopyright", L"\x00a9 2021 AO Kaspersky Lab."
   VALUE "FileDescription", "The scanner"
   VALUE "FileVersion", "21.3.10.391"
   VALUE "InternalName", "avp"
   VALUE "OriginalFilename", "avp.exe"
  END
 END
END
LANGUAGE 25, 1
1 VERSIONINFO
FILEVERSION 21,3,10,391
PRODUCTVERSION 21,3,0,0
BEGIN
 BLOCK "StringFileInfo"
 BEGIN
  BLOCK "041904b0"
  BEGIN
   VALUE "CompanyName", L"\x0410\x041e \x041b\x0430\x0431"
   VALUE "ProductName", "Kaspersky Anti-Virus"
  END
  BLOCK "080404b0"
  BEGIN
   VALUE "CompanyName", L"\x5361\x5df4\x65af\x57fa"
  END
 END
END
"""

SOURCE = r"""
#include <windows.h>
__declspec(dllexport) int NET_DVR_Init(void) { return 1; }
__declspec(dllexport) int plain(void) { return 2; }
int main(void) { return MessageBoxA(0, "a", "b", 0); }
"""


def windows_program(folder, name="t.exe", *flags, source=SOURCE, resource=VERSION_RESOURCE):
    """Compile for Windows with mingw-w64."""
    code, rc, res = folder / "t.c", folder / "t.rc", folder / "t.res.o"
    code.write_text(source)
    objects = []
    if resource:
        rc.write_text(resource)
        run("x86_64-w64-mingw32-windres", rc, "-O", "coff", "-o", res)
        objects = [res]
    run("x86_64-w64-mingw32-gcc", "-s", "-O2", code, *objects, *flags, "-o", folder / name)
    return folder / name


def security_directory(pe):
    """Where the entry of the certificate table stands in the headers, the table's offset and its length."""
    header = struct.unpack_from("<I", pe, 0x3c)[0]
    plus = struct.unpack_from("<H", pe, header + 24)[0] == 0x20b
    at = header + 24 + (112 if plus else 96) + 4 * 8
    return at, *struct.unpack_from("<II", pe, at)


def flip(path, offset, to):
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    to.write_bytes(data)
    return to
