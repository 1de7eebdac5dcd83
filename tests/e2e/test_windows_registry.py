# SPDX-License-Identifier: Apache-2.0
"""Windows that does not run: its registry, checked against what is on its disk."""
import shutil
import struct

import pytest

from debar_program import ABSENT, FOUND
from der import Der
from hives import circle, make_dirty, make_hive, packed
from making import write_to
from programs import CA, CODE as SIGNS_CODE, Party, run

CODE = "{27534751-4A40-48BD-B393-BC3BF28C876E}"
CLSID = "{DD230880-495A-11D1-B064-008048EC2FC5}"
KEYBOARD = r"ControlSet001\Control\Class\{4D36E96B-E325-11CE-BFC1-08002BE10318}"
CURRENT = "Microsoft\\Windows\\CurrentVersion\\"
PRODUCT = "Program Files (x86)/Kaspersky Lab/KES.12.4.0"
IN_WINDOWS = "C:\\Program Files (x86)\\Kaspersky Lab\\KES.12.4.0"
FILES = [f"{PRODUCT}/avp.exe", f"{PRODUCT}/shellex.dll", "Windows/System32/drivers/klif.sys",
         "Windows/System32/drivers/klkbdflt2.sys"]

SOFTWARE = {
    CURRENT + "Uninstall\\" + CODE: {
        "DisplayName": "Kaspersky Endpoint Security for Windows", "Publisher": "AO Kaspersky Lab",
        "DisplayVersion": "12.4.0.467", "InstallDate": "20240131", "InstallLocation": IN_WINDOWS + "\\",
        "UninstallString": f"MsiExec.exe /X{CODE}"},
    CURRENT + f"Installer\\UserData\\S-1-5-18\\Products\\{packed(CODE)}\\InstallProperties": {
        "DisplayName": "Kaspersky Endpoint Security for Windows", "Publisher": "AO Kaspersky Lab"},
    CURRENT + "Installer\\UserData\\S-1-5-18\\Components\\0123456789ABCDEF0123456789ABCDEF": {
        packed(CODE): IN_WINDOWS + "\\avp.exe"},
    CURRENT + "Run": {"AVP": f'"{IN_WINDOWS}\\avp.exe" -min'},
    f"Classes\\CLSID\\{CLSID}": {"": "Kaspersky menu"},
    f"Classes\\CLSID\\{CLSID}\\InprocServer32": {"": IN_WINDOWS + "\\shellex.dll"},
    "Classes\\*\\shellex\\ContextMenuHandlers\\Kaspersky Anti-Virus": {"": CLSID},
    "Wow6432Node\\KasperskyLab\\KES\\settings\\Notifications": {},
    "Acme\\Agent": {"Version": "1"},
}
SYSTEM = {
    "Select": {"Current": 1},
    "ControlSet001\\Services\\AVP.KES.21.19": {
        "Type": 16, "Start": 2, "ImagePath": f'"{IN_WINDOWS}\\avp.exe" -r', "DisplayName": "Kaspersky"},
    "ControlSet001\\Services\\klif": {
        "Type": 2, "Start": 1, "ImagePath": "\\SystemRoot\\system32\\DRIVERS\\klif.sys"},
    "ControlSet001\\Services\\klif\\Instances\\klif": {"Altitude": "320400", "Flags": 0},
    "ControlSet001\\Services\\klkbdflt2": {"Type": 1, "Start": 3},
    KEYBOARD: {"Class": "Keyboard", "UpperFilters": ["kbdclass", "klkbdflt2"]},
    "ControlSet001\\Services\\EventLog\\Kaspersky Event Log\\avp": {"EventMessageFile": IN_WINDOWS + "\\avp.exe"},
}
CLEAN_SOFTWARE = {
    CURRENT + "Uninstall\\{00000000-1111-2222-3333-444444444444}": {
        "DisplayName": "Klipper 2", "Publisher": "Kasper Sky Software", "InstallLocation": "C:\\Klipper"},
    CURRENT + "Run": {"AVPlayer": "C:\\AVPlayer\\avplayer.exe"},
    "Kaspersky": {}, "KasperskyLabTest": {}, "SOFTWARE\\KasperskyLab": {},
    "Microsoft\\Windows Defender\\Exclusions\\Paths": {IN_WINDOWS: 0},
}
CLEAN_SYSTEM = {
    "Select": {"Current": 1},
    "ControlSet001\\Services\\KslD": {"Type": 1, "ImagePath": "system32\\drivers\\wd\\KslD.sys"},
    "ControlSet001\\Services\\KslD\\Instances\\a": {"Altitude": "320400"},
    "ControlSet001\\Services\\AVPlayer": {"Type": 16, "ImagePath": "C:\\AVPlayer\\avplayer.exe"},
    KEYBOARD: {"UpperFilters": ["kbdclass"]},
}


TASK = """<?xml version="1.0" encoding="UTF-16"?>
<Task xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task"><RegistrationInfo><Author>{author}</Author>
<URI>\\Update</URI></RegistrationInfo><Actions><Exec><Command>{command}</Command></Exec></Actions></Task>"""


def task(root, name, author, command):
    text = TASK.format(author=author, command=command)
    write_to(root / "Windows/System32/Tasks" / name, b"\xff\xfe" + text.encode("utf-16-le"))


def certificate_blob(party):
    """As Windows keeps one: properties, of which number 32 is the certificate."""
    der = run("openssl", "x509", "-in", party.certificate, "-outform", "DER")
    return struct.pack("<III", 3, 1, 4) + b"\0" * 4 + struct.pack("<III", 32, 1, len(der)) + der


def catalog(party, folder):
    """A list of no files, signed as Windows does it: the octets inside the content's SEQUENCE."""
    inside, signed = folder / "inside", folder / "signed.der"
    inside.write_bytes(Der.of(0x30, Der.oid("1.3.6.1.4.1.311.12.1.1")).encode())
    run("openssl", "cms", "-sign", "-binary", "-nodetach", "-econtent_type", "1.3.6.1.4.1.311.10.1", "-in", inside,
        "-signer", party.certificate, "-inkey", party.key, "-outform", "DER", "-out", signed)
    cms = Der.parse(signed.read_bytes())
    cms.signed_data()[2].items[1] = Der.of(0xa0, Der(0x30, inside.read_bytes()))
    cms.signed_data()[0]._value = b"\x01"  # PKCS#7, not CMS
    return cms.encode()


def windows(root, software, system, user=None):
    config = root / "Windows/System32/config"
    make_hive(config / "SOFTWARE", software)
    make_hive(config / "SYSTEM", system)
    make_hive(root / "Users/ann/NTUSER.DAT", user or {"Software\\Acme": {}})
    return root


EXTENSION = "ahkjpbeeocnddjkakilopmfdlnjdpcdm"


def traces(root, ca, signed):
    """A disk that has no program of it, only what else is written down."""
    windows(root, CLEAN_SOFTWARE | {
        f"Wow6432Node\\Google\\Chrome\\NativeMessagingHosts\\com.kaspersky.{EXTENSION}.host": {"": IN_WINDOWS + "\\host.json"},
        "Policies\\Google\\Chrome\\ExtensionInstallForcelist": {"1": f"{EXTENSION};https://clients2.google.com/service/update2/crx"},
        "Microsoft\\SystemCertificates\\ROOT\\Certificates\\00112233": {"Blob": certificate_blob(ca)},
    }, CLEAN_SYSTEM)
    make_hive(root / "Windows/AppCompat/Programs/Amcache.hve", {
        "Root\\InventoryApplicationFile\\avp.exe|1": {
            "Name": "avp.exe", "Publisher": "ao kaspersky lab", "LowerCaseLongPath": IN_WINDOWS.lower() + "\\avp.exe"}})
    make_hive(root / "Windows/System32/config/DRIVERS", {
        "DriverDatabase\\DriverPackages\\klif.inf_amd64_0011": {"Provider": "AO Kaspersky Lab"}})
    task(root, "Kaspersky/Update", "AO Kaspersky Lab", IN_WINDOWS + "\\avp.exe")
    task(root, "Acme", "Acme", "C:\\Acme\\agent.exe")
    write_to(root / "Windows/System32/winevt/Logs/Kaspersky Security.evtx", b"ElfFile\0" + b"\0" * 200)
    write_to(root / "Windows/Prefetch/AVP.EXE-1A2B3C4D.pf", b"MAM\x04" + b"\0" * 200)
    write_to(root / "Windows/System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}/oem1.cat", signed)


@pytest.fixture(scope="module")
def roots(tmp_path_factory, session_debar):
    """Several disks beside each other, looked at in one scan."""
    top = tmp_path_factory.mktemp("disks")
    for name in ("installed", "removed"):
        windows(top / name, SOFTWARE, SYSTEM)
    for file in FILES:
        path = top / "installed" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"not a real program\n")
    (top / "removed" / PRODUCT).mkdir(parents=True)  # an empty folder is no program
    windows(top / "clean", CLEAN_SOFTWARE, CLEAN_SYSTEM)
    windows(top / "user", CLEAN_SOFTWARE, CLEAN_SYSTEM,
            {"Software\\" + CURRENT + "Uninstall\\Kaspersky": {"DisplayName": "Kaspersky", "Publisher": "AO Kaspersky Lab"}})
    windows(top / "dirty", {"Wow6432Node\\KasperskyLab\\KES\\settings": {}, "Microsoft\\Windows\\CurrentVersion": {}},
            CLEAN_SYSTEM)
    make_dirty(top / "dirty/Windows/System32/config/SOFTWARE")
    write_to(top / "circle/Windows/System32/config/SOFTWARE", circle())
    made = tmp_path_factory.mktemp("made")
    ca = Party(made, "ca", "/CN=Kaspersky Anti-Virus Personal Root Certificate/O=AO Kaspersky Lab", extensions=CA)
    vendor = Party(made, "vendor", "/C=RU/serialNumber=1027739867473/O=AO Kaspersky Lab/CN=AO Kaspersky Lab", ca, SIGNS_CODE)
    traces(top / "traces", ca, catalog(vendor, made))
    (top / "copy").mkdir()
    run("tar", "-C", top / "installed", "-czf", top / "backup.tar.gz", "Windows/System32/config")
    shutil.copy(top / "installed/Windows/System32/config/SYSTEM", top / "copy/system.bak")
    scan = session_debar.scan("--root", top, "--no-store")
    return top, scan


def findings_in(scan, folder):
    return [f for f in scan.findings if f["installation"] == str(folder)]


def test_an_installed_product_is_one_confirmed_finding(roots):
    top, scan = roots
    [finding] = findings_in(scan, top / "installed")
    assert (finding["product"], finding["state"], finding["confidence"]) == ("kes-windows", "installed", "confirmed")
    assert finding["version"] == "12.4.0.467"
    assert finding["since"].startswith("2024-01-31")
    told = {i["id"] for i in finding["indicators"]}
    assert told >= {"kaspersky.msi.kes", "kaspersky.svc.kes", "kaspersky.drv.altitude", "kaspersky.reg.class-filter",
                    "kaspersky.reg.event-log", "kaspersky.reg.clsid", "kaspersky.reg.context-menu", "kaspersky.reg.kes",
                    "kaspersky.path.win-kes"}


def test_without_its_files_it_is_what_was_left_behind(roots):
    top, scan = roots
    findings = findings_in(scan, top / "removed")
    assert [(f["product"], f["state"]) for f in findings] == [("kes-windows", "residue")], findings


def test_names_that_only_look_alike_are_nothing(roots):
    top, scan = roots
    assert [f for f in findings_in(scan, top / "clean") if f["confidence"] != "trace"] == []


def test_each_user_is_looked_at(roots):
    top, scan = roots
    [finding] = findings_in(scan, top / "user")
    assert finding["places"] == [str(top / "user/Users/ann/NTUSER.DAT")]


def test_a_dirty_hive_is_read_and_accounted_for(roots):
    top, scan = roots
    hive = str(top / "dirty/Windows/System32/config/SOFTWARE")
    [line] = [u for u in scan.coverage["unexamined"] if u["place"] == hive]
    assert line["reason"] == "unsupported" and "transaction logs" in line["detail"]
    [finding] = findings_in(scan, top / "dirty")
    assert finding["state"] == "residue"


def test_a_hive_that_goes_in_circles_is_damaged(roots):
    top, scan = roots
    hive = str(top / "circle/Windows/System32/config/SOFTWARE")
    [line] = [u for u in scan.coverage["unexamined"] if u["place"] == hive]
    assert line["reason"] == "damaged" and "inside of another" in line["detail"]


def test_a_copy_of_a_hive_installs_nothing(roots):
    top, scan = roots
    assert {f["state"] for f in findings_in(scan, top / "copy")} == {"residue"}
    assert all(f["confidence"] != "confirmed" for f in findings_in(scan, top / "copy"))


def test_what_else_is_written_down_is_what_was_left_behind(roots):
    top, scan = roots
    findings = findings_in(scan, top / "traces")
    told = {(i["id"], i["place"][len(str(top / "traces")) + 1:]) for f in findings for i in f["indicators"]}
    config = "Windows/System32/config/"
    assert told >= {
        ("kaspersky.ext.native-host", config + "SOFTWARE"),
        ("kaspersky.ext.chrome", config + "SOFTWARE"),
        ("kaspersky.publisher.ao-kaspersky-lab", config + "DRIVERS"),
        ("kaspersky.publisher.ao-kaspersky-lab", "Windows/AppCompat/Programs/Amcache.hve"),
        ("kaspersky.publisher.ao-kaspersky-lab", "Windows/System32/Tasks/Kaspersky/Update"),
        ("kaspersky.path.win-kes", "Windows/System32/Tasks/Kaspersky/Update"),
        ("kaspersky.reg.event-log", "Windows/System32/winevt/Logs/Kaspersky Security.evtx"),
        ("kaspersky.signer.ogrn", "Windows/System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}/oem1.cat"),
    }, scan
    # A trust anchor needs no program; the order to install an extension stands.
    assert {f["product"]: f["state"] for f in findings} == {
        "kes-windows": "residue", "interception-ca": "installed", "protection-extension": "referenced"}


def test_a_registry_in_an_archive_is_contained_there(roots):
    top, scan = roots
    inside = [f for f in findings_in(scan, top / "backup.tar.gz") if f["confidence"] != "trace"]
    assert [(f["product"], f["state"]) for f in inside] == [("kes-windows", "contained")], inside
    assert str(top / "backup.tar.gz!/Windows/System32/config/SYSTEM") in inside[0]["places"]


def test_the_jail_changes_nothing(roots, session_debar):
    top, scan = roots
    again = session_debar.scan("--root", top, "--no-store", "--sandbox=off")
    assert [(f["id"], f["state"], f["confidence"]) for f in again.findings] == \
        [(f["id"], f["state"], f["confidence"]) for f in scan.findings]
    assert again.coverage["unexamined"] == scan.coverage["unexamined"]
    assert scan.code == again.code == FOUND


def test_a_clean_disk_is_clean(tmp_path, debar):
    scan = debar.scan("--root", windows(tmp_path / "disk", CLEAN_SOFTWARE, CLEAN_SYSTEM), "--no-store")
    assert scan.code == ABSENT, scan
