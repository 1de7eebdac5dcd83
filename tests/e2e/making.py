# SPDX-License-Identifier: Apache-2.0
"""Makes the trees, programs and certificates that the tests scan. Everything is made anew at test time."""
import os
import pathlib
import shutil
import stat

from programs import Party, run, windows_program


def write(folder, files):
    """{path: text or bytes}; folders are made; a path that ends in '/' is an empty folder."""
    for name, content in files.items():
        path = pathlib.Path(folder, name.lstrip("/"))
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content, encoding="utf-8")
    return pathlib.Path(folder)


def make_root(folder, machine_id="0123456789abcdef0123456789abcdef", **files):
    """The least that makes a folder another machine's file system."""
    return write(folder, {
        "etc/machine-id": machine_id + "\n", "etc/hostname": "made\n",
        "etc/os-release": 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
        "var/lib/dpkg/status": "", **files})


def windows_root(folder):
    """The least that makes a folder a Windows volume."""
    return write(folder, {"Windows/System32/config/": None, "Users/Public/": None, "Program Files/": None,
                          "Program Files (x86)/": None, "ProgramData/": None})


def many_files(folder, count):
    """That many empty files in one folder."""
    folder.mkdir(parents=True)
    at = os.open(folder, os.O_RDONLY)
    for i in range(count):
        os.mknod(f"{i}", dir_fd=at)
    os.close(at)


def snapshot(folder):
    """Every path below with its metadata, access times included, to compare later."""
    def facts(path):
        s = os.lstat(path)
        return s.st_mode, s.st_uid, s.st_gid, s.st_size, s.st_atime_ns, s.st_mtime_ns, s.st_ctime_ns

    return {p: facts(p) for p in [folder, *pathlib.Path(folder).rglob("*")]}


# ---- programs ----

def elf(path, source="int main(void) { return 0; }\n", *flags):
    """A program for this machine."""
    path.parent.mkdir(parents=True, exist_ok=True)
    run("cc", "-x", "c", "-", "-o", path, *flags, input=source.encode())
    return path


def kernel_module(path, **modinfo):
    """An object that looks like a kernel module: the information that modinfo reads, and code."""
    lines = "".join(f'static const char m_{i}[] __attribute__((section(".modinfo"), used)) = "{k}={v}";\n'
                    for i, (k, v) in enumerate(modinfo.items()))
    return elf(path, lines + "int init_module(void) { return 0; }\nvoid cleanup_module(void) {}\n", "-c", "-O2")


def resource(company, product, **more):
    """The text of a version resource."""
    values = {"CompanyName": company, "ProductName": product, "FileVersion": "1.0.0.1", "ProductVersion": "1.0", **more}
    lines = "\n".join(f'VALUE "{k}", "{v}"' for k, v in values.items())
    return ('#pragma code_page(65001)\nLANGUAGE 9, 1\n1 VERSIONINFO\nFILEVERSION 1,0,0,1\nPRODUCTVERSION 1,0,0,0\nBEGIN\n'
            f'BLOCK "StringFileInfo"\nBEGIN\nBLOCK "040904b0"\nBEGIN\n{lines}\nEND\nEND\nEND\n')


class Windows:
    """Makes Windows programs; what the compiler needs on the way stays out of the tree that is scanned."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, path, company=None, product="", source="int main(void) { return 0; }\n", flags=(), **more):
        made = windows_program(self.folder, "made.exe", *flags, source=source,
                               resource=resource(company, product, **more) if company else None)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, path)
        return path


# ---- certificates ----

CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
LEAF = "basicConstraints=CA:FALSE\n"


class Certificates:
    """Makes certificates; keys stay out of the tree that is scanned."""

    def __init__(self, folder):
        self.folder, self.made = folder, 0

    def party(self, subject, issuer=None, extensions=CA):
        self.made += 1
        return Party(self.folder, f"party-{self.made}", subject, issuer, extensions)

    def pem(self, path, *arguments, **options):
        return write_to(path, self.party(*arguments, **options).certificate.read_bytes())

    def der(self, path, *arguments, **options):
        party = self.party(*arguments, **options)
        return write_to(path, run("openssl", "x509", "-in", party.certificate, "-outform", "DER"))


def write_to(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


# ---- packages ----

def build_deb(folder, name, files, version="12.2.0-2412", control="", scripts=None, conffiles=()):
    """A package in `folder`, of files {path: text or bytes}; programs are those with '#!' or in a bin folder."""
    tree = folder / f"{name}-tree"
    write(tree, files)
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN/control").write_text(
        f"Package: {name}\nVersion: {version}\nArchitecture: amd64\n{control}Description: {name}\n made for a test\n")
    if conffiles:
        (tree / "DEBIAN/conffiles").write_text("".join(f"{c}\n" for c in conffiles))
    for script, text in (scripts or {}).items():
        (tree / "DEBIAN" / script).write_text("#!/bin/sh\nset -e\n" + text)
        (tree / "DEBIAN" / script).chmod(0o755)
    for path in tree.rglob("*"):
        if path.is_file() and path.parent.name in ("bin", "libexec", "sbin"):
            path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    package = folder / f"{name}_{version}_amd64.deb"
    run("dpkg-deb", "--root-owner-group", "-b", tree, package)
    shutil.rmtree(tree)
    return package


# ---- installations, as far as a scan can see ----

def installed_kesl(folder, **options):
    """A root with the Linux product, as its package manager tells it."""
    return write(make_root(folder, **options), {
        "var/lib/dpkg/status": "Package: kesl\nStatus: install ok installed\nVersion: 12.2.0-2412\nArchitecture: amd64\n"
                               "Maintainer: AO Kaspersky Lab\nDescription: Kaspersky Endpoint Security for Linux\n\n",
        "var/lib/dpkg/info/kesl.list": "/opt\n/opt/kaspersky\n/opt/kaspersky/kesl\n/opt/kaspersky/kesl/bin\n"
                                       "/opt/kaspersky/kesl/bin/kesl-control\n",
        "opt/kaspersky/kesl/bin/kesl-control": "#!/bin/sh\n", "opt/kaspersky/kesl/doc/notes.txt": "x\n"})


def embedded_engine(folder, **options):
    """A root with the vendor's engine in a service of somebody else's."""
    write(make_root(folder, **options), {
        "opt/kaspersky/ScanEngine/version": "2.1\n", "opt/kaspersky/ScanEngine/kavhttpd": "#!/bin/sh\n", "etc/kavhttpd.xml": "<x/>\n"})
    (folder / "opt/kaspersky/ScanEngine/kavhttpd").chmod(0o755)
    return folder
