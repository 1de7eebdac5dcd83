# SPDX-License-Identifier: Apache-2.0
"""Trust stores and browser profiles that the real tools and browsers wrote."""
import base64
import hashlib
import json
import os
import shutil
import zipfile

import pytest

from debar_program import under
from making import Certificates, make_root, write
from programs import recognise, run

ROOT_CN = "Kaspersky Anti-Virus Personal Root Certificate"
ROOT_SUBJECT = f"/O=AO Kaspersky Lab/CN={ROOT_CN}"
EXTENSION = "ahkjpbeeocnddjkakilopmfdlnjdpcdm"
ADDON = "light_plugin_F6F079488B53499DB99380A7E11A93F6@kaspersky.com"
HOST = f"com.kaspersky.{EXTENSION}.host"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two authorities: the vendor's and somebody's."""
    certificates = Certificates(tmp_path_factory.mktemp("authorities"))
    return certificates.party(ROOT_SUBJECT), certificates.party("/O=Acme/CN=Acme Root")


def seen_certificates(seen):
    """{name: (state, store, kind, row)}"""
    found = {}
    for component in seen.components:
        values = {n: v for _, n, v in component}
        found[values["name"]] = (values[""], values["certificate-store"], values["certificate-kind"], values.get("row"))
    return found


# ---- trust stores ----

def certutil(profile, *arguments):
    run("certutil", "-d", f"sql:{profile}", *arguments)


def nss_profile(profile, parties):
    profile.mkdir(parents=True)
    certutil(profile, "-N", "--empty-password")
    for i, party in enumerate(parties):
        certutil(profile, "-A", "-n", f"root {i}", "-t", "C,,", "-i", party.certificate)
    return profile


def test_nss_database_of_certutil(made, tmp_path):
    profile = nss_profile(tmp_path / "x.default", made)
    before = {p: (p.stat().st_size, p.read_bytes()) for p in profile.iterdir()}

    seen = recognise("nss", profile / "cert9.db")

    assert seen.code == 0
    found = seen_certificates(seen)
    assert {n: f[:3] for n, f in found.items()} == {
        n: ("cryptographic-asset installed", "nss", "self-signed-ca") for n in (ROOT_CN, "Acme Root")}
    assert set(seen.all("certificate-sha256")) == {p.sha256() for p in made}
    assert {p: (p.stat().st_size, p.read_bytes()) for p in profile.iterdir()} == before


def test_nss_database_without_certificates(tmp_path):
    seen = recognise("nss", nss_profile(tmp_path / "x.default", []) / "cert9.db")

    assert (seen.code, seen.components) == (0, [])


def keytool(store, *arguments, kind="PKCS12", password="changeit", java=()):
    store.parent.mkdir(parents=True, exist_ok=True)
    run("keytool", *java, "-noprompt", "-keystore", store, "-storetype", kind, "-storepass", password, *arguments)


def keystore(store, party, **options):
    keytool(store, "-importcert", "-alias", "theirs", "-file", party.certificate, **options)
    return store


IN_THE_CLEAR = ("-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE", "-J-Dkeystore.pkcs12.macAlgorithm=NONE")


@pytest.mark.parametrize("options", [
    {"kind": "JKS"}, {"kind": "JCEKS"}, {}, {"java": IN_THE_CLEAR}, {"java": ("-J-Dkeystore.pkcs12.legacy",)},
], ids=["jks", "jceks", "pkcs12", "pkcs12-in-the-clear", "pkcs12-of-java-8"])
def test_keystores_of_keytool(options, made, tmp_path):
    seen = recognise("java_keystore", keystore(tmp_path / "etc/ssl/certs/java/cacerts", made[0], **options))

    assert seen.code == 0
    assert seen_certificates(seen) == {ROOT_CN: ("cryptographic-asset installed", "java", "self-signed-ca", "alias theirs")}
    assert seen.all("certificate-sha256") == [made[0].sha256()]


def test_a_certificate_with_its_key_is_not_trusted(tmp_path):
    for kind in ("JKS", "PKCS12"):
        store = tmp_path / f"{kind}.keystore"
        keytool(store, "-genkeypair", "-alias", "own", "-keyalg", "RSA", "-dname", "CN=Own", "-keypass", "changeit", kind=kind)

        assert recognise("java_keystore", store).text.startswith("cryptographic-asset present <=trace\n  name=Own")


def test_a_password_that_nobody_knows_is_said(made, tmp_path):
    seen = recognise("java_keystore", keystore(tmp_path / "x.p12", made[0], password="correct horse"))

    assert seen.code == 2 and "locked with a password" in seen.text


@pytest.fixture(scope="module")
def trusting(made, tmp_path_factory):
    """A root whose every trust store has the vendor's authority, and a copy in a project's virtual environment."""
    root = make_root(tmp_path_factory.mktemp("trusting") / "root")
    anchors, etc = root / "usr/local/share/ca-certificates", root / "etc/ssl/certs"
    write(root, {"usr/local/share/ca-certificates/theirs.crt": made[0].certificate.read_bytes(),
                 "usr/share/ca-certificates/mozilla/Acme.crt": made[1].certificate.read_bytes(),
                 "etc/ca-certificates.conf": "mozilla/Acme.crt\n", "etc/ssl/certs/": None, "hooks/": None,
                 "home/ann/venv/lib/python3/site-packages/certifi/cacert.pem":
                     b"# Acme\n" + made[1].certificate.read_bytes() + b"\n# Theirs\n" + made[0].certificate.read_bytes()})
    run("update-ca-certificates", "--certsconf", root / "etc/ca-certificates.conf", "--certsdir", root / "usr/share/ca-certificates",
        "--localcertsdir", anchors, "--etccertsdir", etc, "--hooksdir", root / "hooks")
    assert made[0].certificate.read_text() in (etc / "ca-certificates.crt").read_text()
    keystore(etc / "java/cacerts", made[0])
    nss_profile(root / "home/ann/.mozilla/firefox/x.default", made[:1])
    return root


def test_the_authority_is_found_in_every_trust_store(trusting, session_debar):
    scan = session_debar.scan("--root", trusting, "--orders", "ndaa-1634")

    # The system's own store describes the whole root, so that the others lie in it.
    finding = scan.one("kaspersky", "interception-ca")
    assert scan.findings == [finding] and (finding["state"], finding["confidence"]) == ("installed", "confirmed"), scan
    assert finding["places"] == [str(trusting / p) for p in (
        "etc/ssl/certs/ca-certificates.crt", "etc/ssl/certs/java/cacerts", "home/ann/.mozilla/firefox/x.default/cert9.db",
        "home/ann/venv/lib/python3/site-packages/certifi/cacert.pem", "usr/local/share/ca-certificates/theirs.crt")], scan
    assert under(finding, "ndaa-1634")["scope"] == "trust-anchor"


def test_a_profile_alone_is_a_place_of_its_own(made, tmp_path, debar):
    root = make_root(tmp_path / "root")
    profile = nss_profile(root / "home/ann/.mozilla/firefox/x.default", made)

    finding = debar.scan("--root", root).one("kaspersky")

    assert (finding["product"], finding["state"], finding["confidence"]) == ("interception-ca", "installed", "confirmed")
    assert finding["places"] == [str(profile / "cert9.db")]


def test_the_system_without_the_authority_is_clean(trusting, made, tmp_path, debar):
    root = tmp_path / "root"
    shutil.copytree(trusting, root, symlinks=True)
    for path in ("usr/local/share/ca-certificates/theirs.crt", "etc/ssl/certs/java/cacerts",
                 "home/ann/.mozilla/firefox/x.default/cert9.db"):
        (root / path).unlink()
    for path in ("etc/ssl/certs/ca-certificates.crt", "home/ann/venv/lib/python3/site-packages/certifi/cacert.pem"):
        (root / path).write_bytes(made[1].certificate.read_bytes())

    scan = debar.scan("--root", root)

    assert scan.findings == [] and scan.verdict == "absent", scan


# ---- Chromium ----

CHROMIUM = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-features=DisableLoadExtensionCommandLineSwitch", "--dump-dom")


def public_key(folder):
    """The key as a manifest has it, and the id that a browser makes of it."""
    run("openssl", "genrsa", "-out", folder / "key.pem", "2048")
    run("openssl", "rsa", "-in", folder / "key.pem", "-pubout", "-outform", "DER", "-out", folder / "key.der")
    der = (folder / "key.der").read_bytes()
    digits = hashlib.sha256(der).hexdigest()[:32]
    return base64.b64encode(der).decode(), "".join(chr(ord("a") + int(d, 16)) for d in digits)


def as_json(value):
    return json.dumps(value, indent=2)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """A profile that Chromium made with an extension loaded from a folder."""
    folder = tmp_path_factory.mktemp("chromium")
    key, extension_id = public_key(folder)
    write(folder, {
        "extension/manifest.json": as_json({"manifest_version": 3, "name": "__MSG_n__", "default_locale": "en", "version": "1.2",
                                            "author": "Acme Ltd", "key": key, "homepage_url": "https://acme.example"}),
        "extension/_locales/en/messages.json": as_json({"n": {"message": "Acme Guard"}})})
    run(*CHROMIUM, f"--user-data-dir={folder}/data", f"--load-extension={folder}/extension", "about:blank", timeout=120,
        env={**os.environ, "HOME": str(folder)})
    return folder, extension_id


def test_chromium_knows_an_extension_by_the_same_id(chromium):
    folder, extension_id = chromium

    preferences = recognise("chromium_extension", folder / "data/Default/Preferences")
    manifest = recognise("web_extension", folder / "extension/manifest.json")

    assert manifest.code == 0 and manifest.all("extension-id") == [extension_id]
    assert manifest.components[0][0] == (0, "", "application present")
    assert (manifest.all("version"), manifest.all("author")) == (["1.2"], ["Acme Ltd"])
    assert preferences.code == 0
    loaded = next(dict((n, v) for _, n, v in c) for c in preferences.components if (0, "extension-id", extension_id) in c)
    assert loaded[""] == "application installed"
    assert loaded["depends"] == str(folder / "extension")
    assert loaded["status"] == "enabled, by the command line"


def test_a_packed_extension_has_the_id_of_its_key(chromium):
    folder, extension_id = chromium
    run(*CHROMIUM[:-1], f"--user-data-dir={folder}/packing", f"--pack-extension={folder}/extension",
        f"--pack-extension-key={folder}/key.pem", timeout=120, env={**os.environ, "HOME": str(folder)})

    seen = recognise("crx", folder / "extension.crx")

    assert (seen.code, seen.all("extension-id")) == (0, [extension_id])


def chromium_root(folder, browser="chromium", state=None):
    """A root with an extension in a profile, as Chromium lays it out when it installs one from a file."""
    profile = f"home/ann/.config/{browser}/Default"
    manifest = {"manifest_version": 3, "name": "__MSG_Name__", "version": "30.127.400.6", "default_locale": "en"}
    return write(make_root(folder), {
        f"{profile}/Extensions/{EXTENSION}/30.127.400.6_0/manifest.json": as_json(manifest),
        f"{profile}/Local Extension Settings/{EXTENSION}/CURRENT": "MANIFEST-000001\n",
        f"{profile}/Preferences": as_json({"extensions": {"settings": {EXTENSION: state or {
            "location": 1, "from_webstore": True, "disable_reasons": [], "path": f"{EXTENSION}/30.127.400.6_0",
            "first_install_time": "13439950706374305", "manifest": {**manifest, "name": "Kaspersky Protection"}}}}}),
    }), profile


def test_an_extension_in_a_profile_is_one_installation(tmp_path, debar):
    root, profile = chromium_root(tmp_path / "root", "google-chrome")

    scan = debar.scan("--root", root)

    finding = scan.one("kaspersky", "protection-extension")
    assert (finding["state"], finding["confidence"], finding["version"]) == ("installed", "confirmed", "30.127.400.6")
    assert finding["places"] == [str(root / profile / p) for p in (
        f"Extensions/{EXTENSION}/30.127.400.6_0/manifest.json", f"Local Extension Settings/{EXTENSION}/CURRENT", "Preferences")]
    assert under(finding, "bod-17-01")["covered"]
    assert len(scan.findings) == 1, scan


def test_what_an_extension_leaves_is_residue(tmp_path, debar):
    root, profile = chromium_root(tmp_path / "root", state={"ack_external": True})
    shutil.rmtree(root / profile / "Extensions")

    finding = debar.scan("--root", root).one("kaspersky", "protection-extension")

    assert finding["state"] == "residue"
    assert len(finding["places"]) == 2


def test_two_users_have_two_installations(tmp_path, debar):
    root, profile = chromium_root(tmp_path / "root")
    shutil.copytree(root / "home/ann", root / "home/ben")

    scan = debar.scan("--root", root)

    assert len(scan.find("kaspersky", "protection-extension")) == 2, scan


# ---- Firefox ----

@pytest.fixture(scope="module")
def firefox(tmp_path_factory):
    """A root with a profile that Firefox made and in which it found an extension."""
    root = make_root(tmp_path_factory.mktemp("firefox") / "root")
    profile = root / "home/ann/.mozilla/firefox/x.default"
    write(profile, {"extensions/": None, "user.js": 'user_pref("xpinstall.signatures.required", false);\n'
                                                    'user_pref("extensions.autoDisableScopes", 0);\n'
                                                    'user_pref("datareporting.policy.dataSubmissionEnabled", false);\n'})
    manifest = {"manifest_version": 2, "name": "Protection", "version": "1.2", "author": "Somebody",
                "browser_specific_settings": {"gecko": {"id": ADDON}}}
    with zipfile.ZipFile(profile / f"extensions/{ADDON}.xpi", "w") as archive:
        archive.writestr("manifest.json", as_json(manifest))
    run("firefox-esr", "--headless", "--no-remote", "--profile", profile, "--screenshot", root.parent / "page.png", "about:blank",
        timeout=120, env={**os.environ, "HOME": str(root.parent)})
    assert ADDON in (profile / "extensions.json").read_text()
    return root, profile


def test_firefox_tells_what_it_has(firefox):
    seen = recognise("firefox_extension", firefox[1] / "extensions.json")

    assert seen.code == 0
    mine = next(dict((n, v) for _, n, v in c) for c in seen.components if (0, "extension-id", ADDON) in c)
    assert mine[""] == "application installed"
    assert (mine["name"], mine["version"], mine["author"], mine["status"]) == ("Protection", "1.2", "Somebody", "active, app-profile")


def test_an_extension_of_firefox_is_one_installation(firefox, session_debar):
    root, profile = firefox

    scan = session_debar.scan("--root", root, "--orders", "bod-17-01")

    finding = scan.one("kaspersky")
    assert (finding["product"], finding["state"], finding["confidence"]) == ("protection-extension", "installed", "confirmed")
    assert {str(profile / "extensions.json"), str(profile / f"extensions/{ADDON}.xpi")} <= set(finding["places"]), finding


# ---- what belongs to a browser ----

def test_policies_and_native_hosts(tmp_path, debar):
    root = write(make_root(tmp_path / "root"), {
        "etc/opt/chrome/policies/managed/a.json": as_json({"ExtensionInstallForcelist": [f"{EXTENSION};https://crx.example/"]}),
        "etc/opt/chrome/native-messaging-hosts/h.json": as_json({
            "name": HOST, "path": "/opt/x/host", "type": "stdio", "allowed_origins": [f"chrome-extension://{EXTENSION}/"]}),
        "etc/firefox/policies/policies.json": as_json({"policies": {"ExtensionSettings": {
            ADDON: {"installation_mode": "force_installed", "install_url": "https://xpi.example/x.xpi"}}}}),
        "opt/microsoft/msedge/extensions/" + EXTENSION + ".json": as_json({"external_update_url": "https://crx.example/"}),
    })

    scan = debar.scan("--root", root)

    found = {tuple(p.removeprefix(f"{root}/") for p in f["places"]): (f["product"], f["state"], f["confidence"])
             for f in scan.findings}
    assert found == {
        ("etc/opt/chrome/native-messaging-hosts/h.json", "etc/opt/chrome/policies/managed/a.json"):
            ("protection-extension", "installed", "confirmed"),
        ("etc/firefox/policies/policies.json",): ("protection-extension", "referenced", "probable"),
        (f"opt/microsoft/msedge/extensions/{EXTENSION}.json",): ("protection-extension", "referenced", "probable"),
    }, scan


def test_a_policy_that_keeps_it_out_is_no_finding(tmp_path, debar):
    root = write(make_root(tmp_path / "root"), {
        "etc/chromium/policies/managed/a.json": as_json({
            "ExtensionInstallBlocklist": [EXTENSION], "ExtensionSettings": {EXTENSION: {"installation_mode": "removed"}}}),
        "etc/firefox/policies/policies.json": as_json({"policies": {
            "Extensions": {"Uninstall": [ADDON]}, "ExtensionSettings": {ADDON: {"installation_mode": "blocked"}}}}),
    })

    scan = debar.scan("--root", root)

    assert scan.findings == [] and scan.verdict == "absent", scan
