# SPDX-License-Identifier: Apache-2.0
"""Package databases that the real package managers wrote, against what these say of them."""
import os
import pathlib
import sqlite3
import struct
import subprocess
import tarfile
import zlib

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
RPM_PACKAGES = 60


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, **options)
    return done.returncode, done.stdout


def must(*command, **options):
    code, output = run(*command, **options)
    assert code == 0, f"{command}: {output}"
    return output


def recogniser():
    for folder in filter(None, [os.environ.get("DEBAR_BUILD"), TOP / "build-test", TOP / "build"]):
        program = pathlib.Path(folder) / "tests/recognise"
        if program.exists():
            return program
    pytest.fail("tests/recognise is not built")


def recognise(name, *files, gate="auto"):
    """A list of (type and state, {field: [values]})."""
    components = []
    for line in must(recogniser(), name, gate, *files).splitlines():
        if line.startswith("captured "):
            continue  # what the caller knows from the path
        if not line.startswith("  "):
            components.append((line, {}))
            continue
        field, _, value = line.strip().partition("=")
        components[-1][1].setdefault(field, []).append(value)
    return components


def by_package(components):
    """name -> (type and state, fields); the range in the file is cut off the name."""
    return {fields["package"][0].split(" @")[0]: (head, fields) for head, fields in components}


# ---- dpkg ----

def build_deb(folder, name, scripts=(), conffile=False):
    tree = folder / name
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(
        f"Package: {name}\nVersion: 1.0-1\nArchitecture: all\nMaintainer: Acme <a@acme.example>\n"
        f"Description: {name} for a test\n more of it\n")
    (tree / f"opt/{name}").mkdir(parents=True)
    (tree / f"opt/{name}/program").write_text("#!/bin/sh\n")
    if conffile:
        (tree / "etc").mkdir()
        (tree / f"etc/{name}.conf").write_text("x=1\n")
        (tree / "DEBIAN/conffiles").write_text(f"/etc/{name}.conf\n")
    for script in scripts:
        (tree / "DEBIAN" / script).write_text("#!/bin/sh\nexit 1\n")
        (tree / "DEBIAN" / script).chmod(0o755)
    must("dpkg-deb", "--root-owner-group", "-b", tree, folder / f"{name}.deb")
    return folder / f"{name}.deb"


@pytest.fixture(scope="module")
def dpkg_root(tmp_path_factory):
    work = tmp_path_factory.mktemp("dpkg")
    root = work / "root"
    for folder in ("info", "updates"):
        (root / "var/lib/dpkg" / folder).mkdir(parents=True)
    (root / "var/lib/dpkg/status").write_text("")
    dpkg = ["dpkg", f"--root={root}", "--force-script-chrootless", "--force-not-root",
            f"--log={work}/dpkg.log"]
    must(*dpkg, "-i", build_deb(work, "acme-installed", conffile=True))
    must(*dpkg, "--unpack", build_deb(work, "acme-unpacked"))
    assert run(*dpkg, "-i", build_deb(work, "acme-half-configured", ["postinst"]))[0]
    assert run(*dpkg, "-i", build_deb(work, "acme-half-installed", ["preinst", "postrm"]))[0]
    must(*dpkg, "-i", build_deb(work, "acme-config-files", conffile=True))
    must(*dpkg, "-r", "acme-config-files")
    must(*dpkg, "-i", build_deb(work, "acme-purged"))
    must(*dpkg, "-P", "acme-purged")
    return root


def test_dpkg_tells_the_states_of_real_packages_apart(dpkg_root):
    found = by_package(recognise("dpkg", dpkg_root / "var/lib/dpkg/status"))

    said = {name: (head, fields["status"][0].split()[-1]) for name, (head, fields) in found.items()}
    assert said == {
        "acme-installed": ("application installed", "installed"),
        "acme-unpacked": ("application installed", "unpacked"),
        "acme-half-configured": ("application installed", "half-configured"),
        "acme-half-installed": ("application installed", "half-installed"),
        "acme-config-files": ("application residue", "config-files"),
    }
    assert found["acme-installed"][1]["owns"] == ["/etc/acme-installed.conf"]
    assert found["acme-config-files"][1]["owns"] == ["/etc/acme-config-files.conf"]


def test_dpkg_lists_what_a_real_package_owns(dpkg_root):
    (_, fields), = recognise("dpkg", dpkg_root / "var/lib/dpkg/info/acme-installed.list")

    assert "/opt/acme-installed/program" in fields["owns"]
    assert "/etc/acme-installed.conf" in fields["owns"]


# ---- rpm ----

SPEC_HEAD = """\
Name: acme
Epoch: 2
Version: 1.5
Release: 3
Summary: Acme agent
Vendor: Acme Inc.
Packager: Build <b@acme.example>
License: Proprietary
URL: https://acme.example
BuildArch: noarch
%description
Acme.
%install
mkdir -p %{buildroot}/opt/acme/bin %{buildroot}/etc/acme %{buildroot}/var/log
echo x > %{buildroot}/opt/acme/bin/agent
echo x > %{buildroot}/etc/acme/acme.conf
for i in $(seq 1 59); do
    mkdir -p %{buildroot}/opt/sub/$i
    for j in $(seq 1 $i); do echo $j > %{buildroot}/opt/sub/$i/file-$j; done
done
%files
%dir /opt/acme
/opt/acme/bin
%config /etc/acme/acme.conf
%ghost /var/log/acme.log
"""


@pytest.fixture(scope="module")
def rpm_root(tmp_path_factory):
    """A root with 60 packages, of 1 to 59 files, so that headers are of many sizes."""
    work = tmp_path_factory.mktemp("rpm")
    spec = SPEC_HEAD
    for i in range(1, RPM_PACKAGES):
        spec += (f"%package -n sub-{i}\nSummary: part {i}\n%description -n sub-{i}\nPart.\n"
                 f"%files -n sub-{i}\n/opt/sub/{i}\n")
    (work / "acme.spec").write_text(spec)
    must("rpmbuild", "-bb", "--define", f"_topdir {work}/top", work / "acme.spec")
    root = work / "root"
    packages = sorted((work / "top/RPMS/noarch").glob("*.rpm"))
    assert len(packages) == RPM_PACKAGES
    must("rpm", "--root", root, "--define", "_dbpath /var/lib/rpm", "--initdb")
    must("rpm", "--root", root, "--define", "_dbpath /var/lib/rpm", "-i", "--nodeps", "--noscripts",
         "--nosignature", *packages)
    must("rpm", "--root", root, "--define", "_dbpath /var/lib/rpm", "-e", "sub-7")
    return root


def rpm_query(root, *options):
    return must("rpm", "--root", root, "--define", "_dbpath /var/lib/rpm", *options).splitlines()


def headers(root):
    with sqlite3.connect(f"file:{root}/var/lib/rpm/rpmdb.sqlite?immutable=1", uri=True) as db:
        return list(db.execute("SELECT hnum, blob FROM Packages"))


def check_rpm(root, database):
    found = by_package(recognise("rpm", database))

    every = rpm_query(root, "-qa", "--qf",
                      "%{NAME}|%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}|%{VENDOR}|%{INSTALLTIME:date}\\n")
    assert len(every) == RPM_PACKAGES - 1
    said = {name: (head, fields["version"][0], fields["supplier"][0])
            for name, (head, fields) in found.items()}
    assert said == {line.split("|")[0]: ("application installed", "2:1.5-3", "Acme Inc.") for line in every}
    for name in ("acme", "sub-1", "sub-59"):
        listed = rpm_query(root, "-q", name, "--qf", "[%{FILEMODES:perms} %{FILENAMES}\\n]")
        files = [line.split()[1] for line in listed if not line.startswith("d")]
        assert found[name][1]["owns"] == files
    fields = found["acme"][1]
    assert fields["maintainer"] == ["Build <b@acme.example>"]
    assert fields["architecture"] == ["noarch"]
    assert fields["description"] == ["Acme agent"]
    assert fields["purl"] == ["pkg:rpm/acme@1.5-3"]
    when = must("date", "-u", "-d", "@" + rpm_query(root, "-q", "acme", "--qf", "%{INSTALLTIME}")[0],
                "+%Y-%m-%dT%H:%M:%SZ").strip()
    assert fields["installed-at"] == [when]


def test_rpm_sqlite_says_what_rpm_says(rpm_root):
    database = rpm_root / "var/lib/rpm/rpmdb.sqlite"
    check_rpm(rpm_root, database)


def test_rpm_sqlite_is_read_without_a_trace(rpm_root, tmp_path):
    database = tmp_path / "var/lib/rpm/rpmdb.sqlite"
    database.parent.mkdir(parents=True)
    content = (rpm_root / "var/lib/rpm/rpmdb.sqlite").read_bytes()
    assert content[18:20] == b"\x02\x02"  # rpm leaves it in WAL mode
    database.write_bytes(content)

    assert len(recognise("rpm", database)) == RPM_PACKAGES - 1

    assert [p.name for p in database.parent.iterdir()] == ["rpmdb.sqlite"]
    assert database.read_bytes() == content


def test_rpm_sqlite_below_sysimage(rpm_root, tmp_path):
    database = tmp_path / "usr/lib/sysimage/rpm/rpmdb.sqlite"
    database.parent.mkdir(parents=True)
    database.write_bytes((rpm_root / "var/lib/rpm/rpmdb.sqlite").read_bytes())

    check_rpm(rpm_root, database)


BDB_WRITER = r"""
#include <db.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* writer DATABASE PAGESIZE ORDER: reads { number n bytes } records from stdin. */
int main(int argc, char **argv)
{
    uint32_t number, n, highest = 0;
    DB *db;

    if (argc != 4 || db_create(&db, NULL, 0) || db->set_pagesize(db, (uint32_t)atoi(argv[2])) ||
        db->set_lorder(db, atoi(argv[3])) || db->open(db, NULL, argv[1], NULL, DB_HASH, DB_CREATE, 0644))
        return 1;
    while (fread(&number, 4, 1, stdin) == 1 && fread(&n, 4, 1, stdin) == 1) {
        char *bytes = malloc(n);
        uint32_t stored = atoi(argv[3]) == 4321 ? __builtin_bswap32(number) : number;
        DBT key = {.data = &stored, .size = 4}, value = {.data = bytes, .size = n};

        if (fread(bytes, 1, n, stdin) != n || db->put(db, NULL, &key, &value, 0))
            return 1;
        free(bytes);
        highest = number > highest ? number : highest;
    }
    DBT zero = {.data = &(uint32_t){0}, .size = 4}, last = {.data = &highest, .size = 4};
    /* A record that is deleted again leaves its pages behind, on the list of free ones. */
    DBT gone = {.data = &(uint32_t){1u << 30}, .size = 4}, big = {.data = calloc(1, 100000), .size = 100000};
    if (db->put(db, NULL, &zero, &last, 0) || db->put(db, NULL, &gone, &big, 0) ||
        db->del(db, NULL, &gone, 0))
        return 1;
    return db->close(db, 0);
}
"""


@pytest.mark.parametrize("page_size, order", [(512, 1234), (4096, 1234), (65536, 1234), (4096, 4321)])
def test_rpm_berkeley_db_says_what_rpm_says(rpm_root, tmp_path, page_size, order):
    (tmp_path / "writer.c").write_text(BDB_WRITER)
    must("cc", "-o", tmp_path / "writer", tmp_path / "writer.c", "-ldb")
    database = tmp_path / "var/lib/rpm/Packages"
    database.parent.mkdir(parents=True)
    records = b"".join(struct.pack("<II", number, len(blob)) + blob for number, blob in headers(rpm_root))
    subprocess.run([tmp_path / "writer", database, str(page_size), str(order)], input=records, check=True)

    check_rpm(rpm_root, database)


def ndb(records):
    """Packages.db as rpm's ndb backend lays it out: one page of slots, then the blobs."""
    assert len(records) <= 254
    slots, blobs, block = b"", b"", 256
    for number, blob in records:
        head = b"BlbS" + struct.pack("<III", number, 1, len(blob))
        size = (len(head) + len(blob) + 12 + 15) // 16 * 16
        body = (head + blob).ljust(size - 12, b"\0")
        blobs += body + struct.pack("<II", zlib.adler32(body), len(blob)) + b"BlbE"
        slots += b"Slot" + struct.pack("<III", number, block, size // 16)
        block += size // 16
    free = (b"Slot" + bytes(12)) * (254 - len(records))
    return b"RpmP" + struct.pack("<IIII", 0, 1, 1, len(records) + 1) + bytes(12) + slots + free + blobs


def test_rpm_ndb_says_what_rpm_says(rpm_root, tmp_path):
    database = tmp_path / "usr/lib/sysimage/rpm/Packages.db"
    database.parent.mkdir(parents=True)
    database.write_bytes(ndb(headers(rpm_root)))

    check_rpm(rpm_root, database)


def test_rpm_reads_the_other_packages_of_a_damaged_database(rpm_root, tmp_path):
    records = headers(rpm_root)
    records[5] = (records[5][0], b"\xff" * 64)
    database = tmp_path / "var/lib/rpm/Packages.db"
    database.parent.mkdir(parents=True)
    database.write_bytes(ndb(records))

    code, output = run(recogniser(), "rpm", "auto", database)

    assert code == 2
    assert "error: rpm database: 1 damaged records" in output
    assert output.count("application installed") == len(records) - 1


# ---- pacman ----

def test_pacman_says_what_pacman_says(tmp_path):
    tree, root = tmp_path / "tree", tmp_path / "root"
    (tree / "opt/acme-agent/bin").mkdir(parents=True)
    (tree / "opt/acme-agent/bin/agent").write_text("x\n")
    (tree / ".PKGINFO").write_text(
        "pkgname = acme-agent\npkgver = 2:1.5-3\npkgdesc = Acme agent\nurl = https://acme.example\n"
        "builddate = 1600000000\npackager = Build <b@acme.example>\nsize = 2\narch = any\nlicense = custom\n")
    package = tmp_path / "acme-agent-2:1.5-3-any.pkg.tar.gz"
    with tarfile.open(package, "w:gz") as tar:
        tar.add(tree / ".PKGINFO", ".PKGINFO")
        tar.add(tree / "opt", "opt")
    (root / "var/lib/pacman").mkdir(parents=True)
    must("pacman", "--root", root, "--dbpath", root / "var/lib/pacman", "--config", "/dev/null",
         "--noconfirm", "--noscriptlet", "--cachedir", tmp_path, "-U", package)
    folder = root / "var/lib/pacman/local/acme-agent-2:1.5-3"

    (head, fields), = recognise("pacman", folder / "desc")
    (_, owned), = recognise("pacman", folder / "files")

    assert head == "application installed"
    assert fields["package"][0].startswith("acme-agent @")
    assert fields["version"] == ["2:1.5-3"]
    assert fields["maintainer"] == ["Build <b@acme.example>"]
    assert fields["installed-at"][0].startswith("20")
    assert owned["owns"] == ["/opt/acme-agent/bin/agent"]
