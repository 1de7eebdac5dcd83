# SPDX-License-Identifier: Apache-2.0
"""Android apps as they lie about, are installed and are handed out: what they are, and who vouches for it."""
import shutil
import zipfile

import pytest

import android
from debar_program import under
from programs import recognise

SDK = ["com/kavsdk/KavSdk", "com/kavsdk/license/SdkLicense"]
CODE = {"classes.dex": android.dex(["com/example/bank/Main"], ["com/kavsdk/KavSdk"]),
        "classes2.dex": android.dex(["a/A", *SDK])}


@pytest.fixture(scope="module")
def signers(tmp_path_factory):
    top = tmp_path_factory.mktemp("signers")
    return {"rsa": android.Signer(top, "rsa", "/O=Example/CN=Example"),
            "ec": android.Signer(top, "ec", "/O=Example/CN=Example EC", "ec")}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    return android.app(tmp_path_factory.mktemp("app") / "plain.apk", "com.kms.free", label="@string/name")


@pytest.fixture(scope="module")
def signed(app, signers):
    """Each way to sign, by apksigner."""
    return {(who, which): signers[who].sign(app, app.parent / f"{who}{''.join(map(str, which))}.apk", *which)
            for who, which in (("rsa", (1,)), ("ec", (2,)), ("rsa", (3,)), ("ec", (1,)), ("rsa", (1, 2, 3)))}


def test_manifest_and_resources(app):
    seen = recognise("android", app)
    assert seen.all("product") == ["Ein Name & mehr"] and seen.all("version") == ["1.2.3"]
    assert seen.signatures() == [{"signature": "unsigned", "bundle-id": "com.kms.free"}]


def test_every_scheme_names_its_signer(signed, signers):
    for (who, which), path in signed.items():
        seen = recognise("android", path)
        assert seen.code == 0 and seen.all("bundle-id", group=0) == ["com.kms.free"], (path, seen.text)
        assert [s["signature"] for s in seen.signatures()] == ["self-signed"], (path, seen.text)
        assert seen.all("signer-sha256") == [signers[who].sha256()]
        assert seen.all("signer-o") == ["Example"]


def test_a_changed_byte_breaks_every_scheme(signed, tmp_path):
    """The same change is refused by the tool that signed."""
    for (who, which), path in signed.items():
        data = bytearray(path.read_bytes())
        with zipfile.ZipFile(path) as z:
            entry = z.getinfo("classes.dex")
        at = entry.header_offset + 30 + len(entry.filename) + len(entry.extra) + 40
        data[at] ^= 1
        to = tmp_path / path.name
        to.write_bytes(data)
        assert not android.verified(to)
        seen = recognise("android", to)
        assert seen.all("signature") == ["broken"], (which, seen.text)
        assert seen.all("bundle-id", group=0) == [], seen.text


def test_stripping_the_newer_signature_is_seen(signed, tmp_path):
    """What is left says that there was a newer one."""
    to = tmp_path / "stripped.apk"
    with zipfile.ZipFile(signed["rsa", (1, 2, 3)]) as old, zipfile.ZipFile(to, "w") as new:
        for entry in old.infolist():
            new.writestr(entry, old.read(entry))
    seen = recognise("android", to)
    assert seen.all("signature") == ["broken"] and "newer" in seen.all("status")[0]


def test_damage_never_crashes(signed, tmp_path):
    data = signed["rsa", (1, 2, 3)].read_bytes()
    files = []
    for i in range(0, len(data), 41):
        files.append(tmp_path / f"{i}")
        files[-1].write_bytes(data[:i] + bytes([data[i] ^ 0xff]) + data[i + 1:])
    recognise("android", files, gate="7")


@pytest.fixture(scope="module")
def scanned(session_debar, app, signed, signers, tmp_path_factory):
    """Everything in one scan."""
    top = tmp_path_factory.mktemp("scanned")
    made = tmp_path_factory.mktemp("made")
    bank = signers["rsa"].sign(android.app(made / "bank.apk", "com.example.bank", CODE), made / "bank-signed.apk", 2, 3)
    plain = android.app(made / "other.apk", "com.example.other", {"classes.dex": android.dex(["com/example/Main"], SDK)})
    native = android.app(made / "native.apk", "com.example.native", {
        "lib/arm64-v8a/libkavsdk.so": b"not a program"})
    (top / "downloads").mkdir()
    shutil.copy(signed["ec", (2,)], top / "downloads/a.apk")
    shutil.copy(signed["ec", (2,)], top / "downloads/renamed.bin")
    shutil.copy(app, top / "downloads/unsigned.apk")
    shutil.copy(bank, top / "bank.apk")
    shutil.copy(plain, top / "mentions.apk")
    shutil.copy(native, top / "native.apk")
    android.bundle(made, top / "store.xapk", {"com.kms.free.apk": signed["rsa", (3,)], "config.en.apk": plain})
    installed = top / "data/app/~~x==/com.kms.free-y=="
    installed.mkdir(parents=True)
    shutil.copy(signed["rsa", (1, 2, 3)], installed / "base.apk")
    (top / "classes.dex").write_bytes(CODE["classes2.dex"])
    results = [session_debar.scan("--root", top, "--no-store", f"--sandbox={how}") for how in ("auto", "off")]
    return top, results


def test_apps_are_found_by_name(scanned):
    top, (scan, _) = scanned
    for name in ("downloads/a.apk", "downloads/renamed.bin"):
        finding = scan.one("kaspersky", "kaspersky-android", place=top / name)
        assert (finding["state"], finding["confidence"]) == ("present", "confirmed"), scan
    finding = scan.one("kaspersky", "kaspersky-android", place=top / "downloads/unsigned.apk")
    assert finding["confidence"] == "probable", scan
    finding = scan.one("kaspersky", "kaspersky-android", place=f"{top}/store.xapk!/com.kms.free.apk")
    assert (finding["state"], finding["confidence"]) == ("contained", "confirmed"), scan
    finding = scan.one("kaspersky", "kaspersky-android", place=top / "data/app/~~x==/com.kms.free-y==/base.apk")
    assert (finding["state"], finding["confidence"]) == ("installed", "confirmed"), scan


def test_the_sdk_in_another_app_is_embedded(scanned):
    top, (scan, _) = scanned
    finding = scan.one("kaspersky", "mobile-sdk", place=f"{top}/bank.apk!/classes2.dex")
    assert (finding["state"], finding["confidence"]) == ("contained", "confirmed"), scan
    assert under(finding, "bod-17-01")["scope"] == "embedded", finding
    assert scan.one("kaspersky", "mobile-sdk", place=top / "classes.dex")["state"] == "present"
    finding = scan.one("kaspersky", "mobile-sdk", place=f"{top}/native.apk!/lib/arm64-v8a/libkavsdk.so")
    assert finding["confidence"] != "confirmed", finding


def test_what_an_app_only_asks_for_is_not_in_it(scanned):
    top, (scan, _) = scanned
    assert not [f for f in scan.findings for p in f["places"] if "mentions.apk" in p or p.endswith("bank.apk!/classes.dex")]
    assert not scan.coverage["unexamined"], scan


def test_the_jail_changes_nothing(scanned):
    _, (jailed, free) = scanned
    assert jailed.findings == free.findings
