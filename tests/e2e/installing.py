# SPDX-License-Identifier: Apache-2.0
"""Makes installers with the tools that people make them with; what no tool here writes is put together byte by byte."""
import pathlib
import shutil
import tempfile

from programs import run

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
