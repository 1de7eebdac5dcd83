# SPDX-License-Identifier: Apache-2.0
"""Makes Android apps: manifests and resources by aapt, code put together byte by byte, signatures by apksigner."""
import hashlib
import pathlib
import struct
import subprocess
import zipfile
import zlib

from programs import run

FRAMEWORK = "/usr/share/android-framework-res/framework-res.apk"


def uleb(n):
    out = b""
    while n >= 0x80:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


def dex(defined, asked_for=(), version=b"035"):
    """A program without methods that defines some classes and names others: 'com/example/Main'."""
    types = sorted({f"L{c};" for c in [*defined, *asked_for, "java/lang/Object"]}, key=lambda t: t.encode())
    strings = types
    string_ids, type_ids = 112, 112 + 4 * len(strings)
    classes = type_ids + 4 * len(types)
    data = classes + 32 * len(defined)
    blob, offsets = b"", []
    for s in strings:
        offsets.append(data + len(blob))
        blob += uleb(len(s)) + s.encode() + b"\0"
    blob += bytes(-(data + len(blob)) % 4)
    map_at = data + len(blob)
    items = [(0, 1, 0), (1, len(strings), string_ids), (2, len(types), type_ids), (6, len(defined), classes),
             (0x2002, len(strings), offsets[0]), (0x1000, 1, map_at)]
    listed = struct.pack("<I", len(items)) + b"".join(struct.pack("<HHII", k, 0, n, at) for k, n, at in items)
    body = struct.pack(f"<{len(strings)}I", *offsets) + struct.pack(f"<{len(types)}I", *range(len(types)))
    base = types.index("Ljava/lang/Object;")
    for c in defined:
        body += struct.pack("<8I", types.index(f"L{c};"), 1, base, 0, 0xffffffff, 0, 0, 0)
    size = map_at + len(listed)
    rest = struct.pack("<5I", size, 112, 0x12345678, 0, 0) + struct.pack(
        "<15I", map_at, len(strings), string_ids, len(types), type_ids, 0, 0, 0, 0, 0, 0, len(defined), classes,
        size - data, data) + body + blob + listed
    signed = hashlib.sha1(rest).digest() + rest
    return b"dex\n" + version + b"\0" + struct.pack("<I", zlib.adler32(signed)) + signed


def manifest(folder, package, label="An app", version="1.2.3", code=42, more=""):
    """What aapt makes of a manifest: the bytes of an app with nothing else in it."""
    folder.mkdir(parents=True, exist_ok=True)
    source, to = folder / "AndroidManifest.xml", folder / "made.apk"
    source.write_text(f"""<?xml version="1.0" encoding="utf-8"?>
<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="{package}"
    android:versionCode="{code}" android:versionName="{version}">
  <uses-permission android:name="android.permission.INTERNET"/>
  <application android:label="{label}">{more}</application>
</manifest>""")
    resources = []
    if label.startswith("@string/"):
        for language, text in (("", "Ein Name & mehr"), ("-fr", "Un nom")):
            (folder / f"res/values{language}").mkdir(parents=True, exist_ok=True)
            (folder / f"res/values{language}/strings.xml").write_text(
                f'<resources><string name="{label[8:]}">{text.replace("&", "&amp;")}</string></resources>')
        resources = ["-S", folder / "res"]
    run("aapt", "package", "-f", "-M", source, *resources, "-I", FRAMEWORK, "-F", to)
    return to


def app(to, package, files=None, **options):
    """An app without a signature; `files`: further members."""
    made = manifest(to.parent / (to.name + ".made"), package, **options)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as z:
        for name, content in (files or {"classes.dex": dex(["com/example/Main"])}).items():
            z.writestr(name, content)
    to.write_bytes(made.read_bytes())
    return to


class Signer:
    """Somebody with a key for apps."""

    def __init__(self, folder, name, subject, kind="rsa:2048"):
        self.key, self.certificate = folder / f"{name}.pk8", folder / f"{name}.pem"
        pem = folder / f"{name}.key"
        how = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"] if kind == "ec" else ["-newkey", kind]
        run("openssl", "req", "-x509", *how, "-nodes", "-keyout", pem, "-utf8", "-subj", subject, "-days", "9000",
            "-out", self.certificate)
        run("openssl", "pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in", pem, "-out", self.key)

    def sha256(self):
        out = run("openssl", "x509", "-in", self.certificate, "-noout", "-fingerprint", "-sha256").decode()
        return out.split("=")[1].strip().replace(":", "").lower()

    def sign(self, source, to, *schemes):
        """`schemes`: of 1, 2 and 3."""
        which = [f"--v{n}-signing-enabled={'true' if n in schemes else 'false'}" for n in (1, 2, 3)]
        run("apksigner", "sign", "--key", self.key, "--cert", self.certificate, *which, "--v4-signing-enabled=false",
            "--min-sdk-version", "21" if 1 in schemes else "24" if 2 in schemes else "28", "--in", source, "--out", to)
        return to


def verified(path):
    """What apksigner says of it."""
    return subprocess.run(["apksigner", "verify", "--min-sdk-version", "21", path], capture_output=True,
                          check=False).returncode == 0


def bundle(folder, to, members):
    """Several apps in one archive, as stores hand them out."""
    with zipfile.ZipFile(to, "w") as z:
        for name, path in members.items():
            z.write(path, name)
    return to
