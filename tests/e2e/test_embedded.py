# SPDX-License-Identifier: Apache-2.0
"""The vendor's code in another maker's product is a finding of its own kind, named after that product."""
import plistlib
import shutil
import subprocess

import pytest

from debar_program import under
from making import Windows, windows_root, write

KASPERSKY = "AO Kaspersky Lab"
ENGINE = "Kaspersky Anti-Virus Engine"
LIBRARY = {"source": "int engine(void) { return 0; }\n", "flags": ("-shared",)}


@pytest.fixture(scope="module")
def scan(tmp_path_factory, session_debar):
    top = tmp_path_factory.mktemp("embedded")
    root, programs = windows_root(top / "root"), Windows(top)
    there = root / "Program Files"

    programs(there / "CheckPoint/ZoneAlarm/zlclient.exe", "Check Point Software Technologies LTD", "ZoneAlarm")
    programs(there / "CheckPoint/ZoneAlarm/av/kave.dll", KASPERSKY, ENGINE, **LIBRARY)

    # A maker's helper beside the vendor's own program does not make the folder that maker's.
    programs(there / "Some Folder/avp.exe", KASPERSKY, "Kaspersky Anti-Virus")
    programs(there / "Some Folder/7za.exe", "Igor Pavlov", "7-Zip")
    programs(there / "Some Folder/kave.dll", KASPERSKY, ENGINE, **LIBRARY)

    # Nobody's folder: what other makers put there says nothing.
    programs(root / "Windows/System32/notepad.exe", "Microsoft Corporation", "Windows")
    programs(root / "Windows/System32/kave.dll", KASPERSKY, ENGINE, **LIBRARY)

    installer = programs(root / "srv/setup.exe", "Example Corp", "Example Suite")
    inner = top / "inner"
    programs(inner / "kave.dll", KASPERSKY, ENGINE, **LIBRARY)
    subprocess.run(["zip", "-q", "inner.zip", "kave.dll"], cwd=inner, check=True)
    with installer.open("ab") as out:
        out.write((inner / "inner.zip").read_bytes())

    bundle = root / "Applications/Guard.app/Contents"
    write(bundle, {"Info.plist": plistlib.dumps({
        "CFBundleIdentifier": "com.example.guard", "CFBundleName": "Guard", "CFBundlePackageType": "APPL"}).decode()})
    (bundle / "Frameworks").mkdir()
    shutil.copy(inner / "kave.dll", bundle / "Frameworks/kave.dll")
    return session_debar.scan("--root", root)


@pytest.mark.parametrize("place, carrier", {
    "Program Files/CheckPoint/ZoneAlarm/av/kave.dll": "ZoneAlarm",
    "srv/setup.exe!/kave.dll": "Example Suite",
    "Applications/Guard.app/Contents/Frameworks/kave.dll": "Guard",
}.items())
def test_code_in_another_makers_product_is_embedded_in_it(place, carrier, scan):
    found = scan.one(place=f"{scan.json['root']}/{place}")

    assert found["carrier"] == carrier
    assert found["name"].endswith(f" in {carrier}")
    assert under(found, "ndaa-1634")["scope"] == "embedded"
    assert under(found, "ndaa-1634")["covered"]
    assert not under(found, "bod-17-01")["covered"]


@pytest.mark.parametrize("place", ["Program Files/Some Folder/kave.dll", "Windows/System32/kave.dll"])
def test_code_that_no_other_product_carries_is_the_vendors(place, scan):
    found = scan.one(place=f"{scan.json['root']}/{place}")

    assert not found.get("carrier")
    assert under(found, "bod-17-01")["scope"] == "branded"
