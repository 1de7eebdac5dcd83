# SPDX-License-Identifier: Apache-2.0
"""Makes installers with the tools that people make them with; what no tool here writes is put together byte by byte."""
import pathlib
import shutil
import struct
import tempfile

from making import resource
from programs import run, windows_program

MSI_CLASS = bytes.fromhex("84100c0000000000c000000000000046")
OTHER_CODES = ("52345678-1234-1234-1234-123456789012", "62345678-1234-1234-1234-123456789012")


# ---- Windows Installer ----

def msi(to, program, product="Kaspersky Anti-Virus", maker="AO Kaspersky Lab", service="AVP21.3", name=None, folder=None,
        codes=("12345678-1234-1234-1234-123456789012", "22345678-1234-1234-1234-123456789012"), embed=True):
    """A package with one program; without `embed` it is in no cabinet that stands in it."""
    opened = f'<Directory Id="ProgramFiles64Folder"><Directory Id="K" Name="{folder}">' if folder else ""
    closed = "</Directory></Directory>" if folder else ""
    text = f"""<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
 <Product Id="{codes[0]}" Name="{product}" Language="1033" Version="21.3.10" Manufacturer="{maker}" UpgradeCode="{codes[1]}">
  <Package InstallerVersion="200" Compressed="yes" Manufacturer="{maker}" Description="made"/>
  <Media Id="1" Cabinet="data.cab" EmbedCab="{'yes' if embed else 'no'}"/>
  <Directory Id="TARGETDIR" Name="SourceDir">{opened}
   <Component Id="C1" Guid="32345678-1234-1234-1234-123456789012">
    <File Id="F1" Name="{name or pathlib.Path(program).name}" Source="made.bin" KeyPath="yes"/>
    <ServiceInstall Id="S1" Name="{service}" DisplayName="Made service" Type="ownProcess" Start="auto" ErrorControl="normal"/>
   </Component>{closed}
  </Directory>
  <Feature Id="F" Level="1"><ComponentRef Id="C1"/></Feature>
 </Product>
</Wix>
"""
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        shutil.copy(program, pathlib.Path(work, "made.bin"))  # wixl takes no absolute names
        pathlib.Path(work, "made.wxs").write_text(text, encoding="utf-8")
        run("wixl", "-a", "x64", "-o", to, pathlib.Path(work, "made.wxs"), cwd=work)
    return to


def insert(package, table, columns, types, keys, row):
    """Give a package a table of one row."""
    with tempfile.TemporaryDirectory() as work:
        text = "\r\n".join("\t".join(line) for line in (columns, types, [table, *keys], row)) + "\r\n"
        pathlib.Path(work, f"{table}.idt").write_text(text)
        run("msibuild", package, "-i", pathlib.Path(work, f"{table}.idt"))


def set_codepage(package, codepage):
    with tempfile.TemporaryDirectory() as work:
        pathlib.Path(work, "_ForceCodepage.idt").write_text(f"\r\n\r\n{codepage}\t_ForceCodepage\r\n")
        run("msibuild", package, "-i", pathlib.Path(work, "_ForceCodepage.idt"))


# ---- NSIS ----

def nsis(to, files, compressor, solid, option):
    """An installer of two programs, one with the same bytes under another name, and two other files."""
    with tempfile.TemporaryDirectory() as work:
        script = pathlib.Path(work, "made.nsi")
        script.write_text(f"""{option}
SetCompressor {'/SOLID' if solid else ''} {compressor}
OutFile "{to}"
Name "Example"
InstallDir "$PROGRAMFILES\\Made"
Section
SetOutPath "$INSTDIR"
File "{files}/random.bin"
File "/oname=$PLUGINSDIR\\text.txt" "{files}/text.txt"
SetOutPath "$INSTDIR\\sub folder"
File "{files}/avp.exe"
File "/oname=same.txt" "{files}/text.txt"
SetOutPath "$SYSDIR\\drivers"
File "/oname=klif.exe" "{changed(files, work)}"
WriteUninstaller "$INSTDIR\\uninst.exe"
SectionEnd
Section Uninstall
SectionEnd
""")
        run("makensis", "-V1", script)
    return to


def changed(files, work):
    """The program with one more byte, so that it is not kept as the same file."""
    path = pathlib.Path(work, "changed.exe")
    path.write_bytes(pathlib.Path(files, "avp.exe").read_bytes() + b"x")
    return path


# ---- programs that carry something ----

PLAIN = resource("Example Corp", "Setup")


def cabinet(to, files):
    run("gcab", "-c", to, *[f.name for f in files], cwd=files[0].parent)
    return to


def burn(to, needs, installs, signed_n=0):
    """A bundle of WiX: a stub, which says what follows, and two cabinets; `signed_n`: bytes of a signature between them."""
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        stub = windows_program(work, "stub.exe", source="int main(void) { return 0; }\n", resource=PLAIN)
        (work / "section").write_bytes(bytes(512))
        run("x86_64-w64-mingw32-objcopy", "--add-section", f".wixburn={work / 'section'}", "--set-section-flags",
            ".wixburn=contents,alloc,load,readonly,data", stub)
        data = bytearray(stub.read_bytes())
        data += bytes(-len(data) % 512)
        headers = struct.unpack_from("<I", data, 60)[0]
        count, optional = struct.unpack_from("<H", data, headers + 6)[0], struct.unpack_from("<H", data, headers + 20)[0]
        for at in range(headers + 24 + optional, headers + 24 + optional + 40 * count, 40):
            if data[at:at + 8] == b".wixburn":
                section = struct.unpack_from("<I", data, at + 20)[0]
        signature = len(data) + len(needs) if signed_n else 0
        struct.pack_into("<II16sIIIIIIII", data, section, 0x00f14300, 2, bytes(16), len(data), 0, signature, signed_n, 1, 2, len(needs),
                         len(installs))
        to.write_bytes(bytes(data) + needs + bytes(signed_n) + installs)
    return to


def with_resource(to, name, kind, content, behind=b""):
    """A program with one more resource, and something behind its end."""
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        (work / "content").write_bytes(content)
        made = windows_program(work, "made.exe", source="int main(void) { return 0; }\n",
                               resource=f'{PLAIN}\n{name} {kind} "{work / "content"}"\n')
        to.write_bytes(made.read_bytes() + behind)
    return to


def inno(to, version):
    """As Inno Setup 5 and 6 begin: a resource says where the setup data stands."""
    with tempfile.TemporaryDirectory() as work:
        plain = with_resource(pathlib.Path(work, "x.exe"), 11111, "RCDATA", bytes(64)).read_bytes()
    head = b"rDlPtS\xcd\xe6\xd7\x7b\x0b\x2a" + struct.pack("<6I", 1, 0, 0, 0, 0, len(plain)) + bytes(28)
    return with_resource(to, 11111, "RCDATA", head, b"Inno Setup Setup Data (%s)" % version.encode() + bytes(100))
