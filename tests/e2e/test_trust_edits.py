# SPDX-License-Identifier: Apache-2.0
"""Certificates taken out of trust stores, as the tools that own the stores see it."""
import hashlib
import sqlite3

import pytest

from editing import NOTHING, REFUSED, edit, edited
from programs import Party, run


def der_of(party):
    return run("openssl", "x509", "-in", party.certificate, "-outform", "DER")


def sha256(party):
    return hashlib.sha256(der_of(party)).hexdigest()


@pytest.fixture(scope="module")
def cas(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cas")
    return [Party(folder, f"ca{i}", f"/O=Maker {i}/CN=Root {i}", extensions="basicConstraints=critical,CA:TRUE")
            for i in range(3)]


# ---- NSS ----

@pytest.fixture
def profile(tmp_path, cas):
    run("certutil", "-N", "-d", f"sql:{tmp_path}", "--empty-password")
    for i, ca in enumerate(cas):
        run("certutil", "-A", "-d", f"sql:{tmp_path}", "-n", f"root {i}", "-t", "CT,C,", "-i", ca.certificate)
    return tmp_path


def listed(profile):
    lines = run("certutil", "-L", "-d", f"sql:{profile}").decode().splitlines()
    return {line.rsplit(None, 1)[0].strip(): line.rsplit(None, 1)[1] for line in lines if line.startswith("root")}


def table(database):
    """Every row of the table, but for its number."""
    with sqlite3.connect(database) as db:
        return sorted(repr(row[1:]) for row in db.execute("SELECT * FROM nssPublic"))


def test_certutil_misses_only_the_one_that_was_taken_out(profile, cas):
    assert listed(profile) == {f"root {i}": "CT,C," for i in range(3)}
    edited("drop-nss-cert", sha256(cas[1]), profile / "cert9.db")
    assert listed(profile) == {f"root {i}": "CT,C," for i in (0, 2)}
    assert run("certutil", "-L", "-d", f"sql:{profile}", "-n", "root 2", "-r") == der_of(cas[2])


def test_a_certificate_that_comes_back_has_none_of_its_old_trust(profile, cas):
    edited("drop-nss-cert", sha256(cas[1]), profile / "cert9.db")
    run("certutil", "-A", "-d", f"sql:{profile}", "-n", "root 1", "-t", ",,", "-i", cas[1].certificate)
    assert listed(profile)["root 1"] == ",,"


def test_the_same_as_certutil_makes(profile, cas):
    edited("drop-nss-cert", sha256(cas[0]), profile / "cert9.db")
    ours = table(profile / "cert9.db")
    run("certutil", "-A", "-d", f"sql:{profile}", "-n", "root 0", "-t", "CT,C,", "-i", cas[0].certificate)
    run("certutil", "-D", "-d", f"sql:{profile}", "-n", "root 0")
    assert table(profile / "cert9.db") == ours


def test_what_is_no_database_is_refused(tmp_path, cas):
    path = tmp_path / "cert9.db"
    path.write_bytes(b"SQLite format 3\0" + b"\x10\0\1\1" + b"?" * 4000)
    assert edit("drop-nss-cert", sha256(cas[0]), path).code == REFUSED
    path.write_bytes(b"no database")
    assert edit("drop-nss-cert", sha256(cas[0]), path).code == REFUSED


# ---- Java ----

def keytool(*command):
    return run("keytool", *command)


def keystore(path, cas, kind="JKS", password="changeit"):
    for i, ca in enumerate(cas):
        keytool("-importcert", "-noprompt", "-trustcacerts", "-alias", f"root{i}", "-file", ca.certificate,
                "-keystore", path, "-storepass", password, "-storetype", kind)
    return path


def test_keytool_misses_only_the_one_that_was_taken_out(tmp_path, cas):
    store = keystore(tmp_path / "cacerts", cas[:2])
    edited("drop-java-cert", sha256(cas[1]), store)
    said = keytool("-list", "-keystore", store, "-storepass", "changeit").decode()
    assert "root0" in said and "root1" not in said and "contains 1 entry" in said
    assert edit("drop-java-cert", sha256(cas[2]), store).code == NOTHING


@pytest.mark.parametrize("kind, password, why", [("PKCS12", "changeit", "keytool -delete"), ("JKS", "secret1", "password of its own")])
def test_stores_that_keytool_has_to_edit_say_so(tmp_path, cas, kind, password, why):
    store = keystore(tmp_path / "store", cas[:1], kind, password)
    refused = edit("drop-java-cert", sha256(cas[0]), store)
    assert refused.code == REFUSED and why in refused.err


# ---- PEM ----

def test_openssl_reads_what_is_left_of_a_bundle(tmp_path, cas):
    bundle = tmp_path / "ca-certificates.crt"
    texts = [run("openssl", "x509", "-in", ca.certificate, "-text") for ca in cas]
    bundle.write_bytes(b"".join(texts))
    edited("drop-pem", sha256(cas[1]), bundle)
    assert bundle.read_bytes() == texts[0] + texts[2]
    said = run("openssl", "storeutl", "-noout", "-certs", bundle).decode()
    assert "Total found: 2" in said
