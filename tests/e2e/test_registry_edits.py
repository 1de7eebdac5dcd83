# SPDX-License-Identifier: Apache-2.0
"""Keys, values and texts taken out of registry hives that no Windows has open, and what else is in them."""
import random
import struct

import hivex
import pytest

from debar_program import ABSENT, FOUND, needs_root
from editing import NOTHING, REFUSED, edit, edited
from hives import make_dirty, make_hive
from test_windows_registry import KEYBOARD, SOFTWARE, SYSTEM

RUN = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run"
SERVICES = "HKLM\\SYSTEM\\CurrentControlSet\\Services"


def dump(path):
    """{path: [time, {value: (type, bytes)}]} of every key, as libhivex reads it."""
    hive, keys = hivex.Hivex(str(path)), {}

    def walk(node, name):
        values = {hive.value_key(v): hive.value_value(v) for v in hive.node_values(node)}
        keys[name] = [hive.node_timestamp(node), values]
        for child in hive.node_children(node):
            walk(child, f"{name}\\{hive.node_name(child)}")

    walk(hive.root(), "")
    return keys


@pytest.fixture
def software(tmp_path):
    return make_hive(tmp_path / "SOFTWARE", SOFTWARE)


@pytest.fixture
def system(tmp_path):
    return make_hive(tmp_path / "SYSTEM", SYSTEM)


def test_a_key_goes_with_all_below_it_and_nothing_else(system):
    before = dump(system)
    edited("drop-registry", SERVICES + "\\klif", system)
    gone = {k for k in before if k.startswith("\\ControlSet001\\Services\\klif")}
    gone = {k for k in gone if k.split("\\")[3] == "klif"}
    assert len(gone) == 3
    assert dump(system) == {k: v for k, v in before.items() if k not in gone}


def test_a_value_goes_and_its_key_stays(software):
    before = dump(software)
    edited("drop-registry", RUN + "\\avp", software)
    del before["\\Microsoft\\Windows\\CurrentVersion\\Run"][1]["AVP"]
    assert dump(software) == before


def test_one_filter_goes_out_of_a_list(system):
    before = dump(system)
    edited("drop-registry-text", f"HKLM\\SYSTEM\\{KEYBOARD}\\UpperFilters=klkbdflt2", system)
    kind, _ = before["\\" + KEYBOARD][1]["UpperFilters"]
    before["\\" + KEYBOARD][1]["UpperFilters"] = (kind, "kbdclass\0\0".encode("utf-16-le"))
    assert dump(system) == before
    assert edit("drop-registry-text", f"HKLM\\SYSTEM\\{KEYBOARD}\\Class=Keyboard", system).code == REFUSED


def test_many_values_of_all_kinds_stay_as_they_are(tmp_path):
    values = {f"v{i}": [i, f"text {i}", bytes(range(i % 256)), ["a", "b"], "%x%\\y", "ä€"][i % 6] for i in range(200)}
    hive = make_hive(tmp_path / "NTUSER.DAT", {"Software\\Acme": dict(values, Gone="x"), "Software\\Acme\\Kept": values})
    before = dump(hive)
    edited("drop-registry", "HKCU\\Software\\Acme\\Gone", hive)
    del before["\\Software\\Acme"][1]["Gone"]
    assert dump(hive) == before


def test_the_same_edit_makes_the_same_bytes(system):
    one, two = (edit("drop-registry", SERVICES + "\\klif", system).bytes for _ in range(2))
    assert one == two and len(one) == len(system.read_bytes())


@pytest.mark.parametrize("key, why", [(RUN, "others share"), ("HKLM\\SOFTWARE\\Classes", "others share"),
                                      ("HKLM\\SOFTWARE\\", "no path")])
def test_what_others_share_is_refused(software, key, why):
    refused = edit("drop-registry", key, software)
    assert refused.code == REFUSED and why in refused.err, refused.err


def test_a_hive_with_changes_in_its_logs_is_refused(software):
    make_dirty(software)
    refused = edit("drop-registry", RUN + "\\AVP", software)
    assert refused.code == REFUSED and ".LOG1" in refused.err and "shut it down" in refused.err


def test_a_value_beside_one_that_cannot_be_written_again_is_refused(tmp_path):
    hive = make_hive(tmp_path / "SOFTWARE", {"Acme": {"small": "x", "large": b"y" * 20000}})
    refused = edit("drop-registry", "HKLM\\SOFTWARE\\Acme\\small", hive)
    assert refused.code == REFUSED and "large" in refused.err
    edited("drop-registry", "HKLM\\SOFTWARE\\Acme", hive)


def test_what_is_not_there_is_nothing(software):
    assert edit("drop-registry", RUN + "\\Nobody", software).code == NOTHING
    assert edit("drop-registry", "HKLM\\SOFTWARE\\No\\Such\\Key", software).code == NOTHING


def test_damaged_hives_are_refused_or_edited_but_end_nothing(system):
    data, seed = system.read_bytes(), random.Random(7)
    for _ in range(25):
        broken = bytearray(data)
        for _ in range(seed.choice([1, 3, 20])):
            at = seed.randrange(4096, len(broken) - 4)
            struct.pack_into("<I", broken, at, seed.choice([0, 0xFFFFFFFF, 8, seed.randrange(1 << 32)]))
        system.write_bytes(bytes(broken))
        edit("drop-registry", SERVICES + "\\klif", system)
    system.write_bytes(data[:5000])
    assert edit("drop-registry", SERVICES + "\\klif", system).code == REFUSED


def test_a_scan_finds_no_more_what_was_taken_out(debar, tmp_path):
    config = tmp_path / "pc/Windows/System32/config"
    hive = make_hive(config / "SOFTWARE", {"Microsoft\\Windows\\CurrentVersion": {}, "Acme": {"a": "b"},
                                           "KasperskyLab\\KES": {"a": "b"}, "Wow6432Node\\KasperskyLab\\KES": {"a": "b"}})
    scan = debar("scan", "--root", tmp_path / "pc", "-o", "json")
    assert scan.json["findings"], scan
    for row in ("KasperskyLab", "Wow6432Node\\KasperskyLab"):
        edited("drop-registry", "HKLM\\SOFTWARE\\" + row, hive)
    after = debar("scan", "--root", tmp_path / "pc", "-o", "json")
    assert not after.json["findings"] and after.code in (ABSENT, FOUND), after
    assert after.code == ABSENT


@needs_root
def test_a_removal_edits_hives_and_undo_brings_them_back(debar, tmp_path):
    config = tmp_path / "pc/Windows/System32/config"
    hives = [make_hive(config / "SOFTWARE", SOFTWARE), make_hive(config / "SYSTEM", SYSTEM)]
    before, keys = [h.read_bytes() for h in hives], [dump(h) for h in hives]
    assert debar("scan", "--root", tmp_path / "pc").code == FOUND
    plan = debar("plan", "-o", "json").json
    edits = [s for s in plan["steps"] if s["action"] == "edit"]
    assert not [s for s in plan["steps"] if s["action"] == "remove"], "a hive is no file of the vendor's"
    # the filter goes before anything else of its driver
    assert edits[0]["edit"] == "drop-registry-text" and edits[0]["edit_key"].endswith("UpperFilters=klkbdflt2")
    assert debar("remove", plan["id"], "--yes").code == ABSENT
    after = [dump(h) for h in hives]
    for was, now in zip(keys, after):
        assert set(now) < set(was)
        assert all("aspersky" in k or "DD230880" in k or "kl" in k or "AVP" in k or "2753" in k or "1574" in k for k in set(was) - set(now))
    assert after[0]["\\Acme\\Agent"] == keys[0]["\\Acme\\Agent"]
    assert not debar("scan", "--root", tmp_path / "pc", "-o", "json").json["findings"]
    assert debar("undo", plan["id"], "--yes").code == ABSENT
    assert [h.read_bytes() for h in hives] == before


@needs_root
def test_lists_that_name_a_product_are_never_removed(debar, tmp_path):
    root = tmp_path / "pc"
    lock = root / "srv/app/package-lock.json"
    lock.parent.mkdir(parents=True)
    lock.write_text('{"name": "app", "lockfileVersion": 3, "packages": {"node_modules/@kaspersky/hexa-ui": {"version": "6.0.0"}, '
                    '"node_modules/a": {"version": "1.0.0"}}}\n')
    findings = debar("scan", "--root", root, "-o", "json").json["findings"]
    assert findings
    for finding in findings:
        plan = debar("plan", "--finding", finding["id"], "-o", "json").json
        assert not [t for s in plan["steps"] for t in s.get("touches", [])], plan["steps"]
