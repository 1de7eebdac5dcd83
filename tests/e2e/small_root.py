# SPDX-License-Identifier: Apache-2.0
"""A small root in which programs of this machine run: a shell, a package manager, and little else."""
import hashlib
import os
import pathlib
import re
import shutil
import stat
import subprocess

from debar_program import TOP
from making import make_root, write

PROGRAMS = ("sh", "cat", "cp", "ln", "mkdir", "rm", "sed", "diff", "tar", "dpkg", "dpkg-split", "dpkg-deb", "dpkg-query", "dpkg-trigger", "ldconfig",
            "start-stop-daemon")
UPDATE = """#!/bin/sh
: >/etc/ssl/certs/ca-certificates.crt
for c in /usr/local/share/ca-certificates/*.crt; do
    [ -e "$c" ] || continue
    cat "$c" >>/etc/ssl/certs/ca-certificates.crt
    n=${c##*/}; ln -sf "$c" "/etc/ssl/certs/${n%.crt}.pem"
done
"""


def libraries(source, loaded=()):
    """What a program is linked to, and what it loads by these names, as paths."""
    known = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, check=True, text=True).stdout
    late = [re.search(rf"^\s+{re.escape(name)} .* => (/\S+)$", known, re.MULTILINE)[1] for name in loaded]
    linked = subprocess.run(["ldd", source, *late], capture_output=True, check=False, text=True).stdout
    return [*late, *re.findall(r"\s(/\S+) \(", linked)]


def copy_program(root, name, source=None, loaded=()):
    """A program with the libraries that it needs, and those that it loads by name."""
    source = pathlib.Path(source or shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin"))
    for path, to in [(source, f"usr/bin/{name}"), *((pathlib.Path(p), p.lstrip("/")) for p in libraries(source, loaded))]:
        target = root / to
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copy(path, target)
            target.chmod(0o755)


def copy_debar(root, source):
    """debar with the libraries that it loads late, by the names that the build gave it."""
    loaded = [subprocess.run([TOP / "tools/soname", name, "cc"], capture_output=True, check=True, text=True).stdout.strip()
              for name in ("archive", "hs")]
    copy_program(root, "debar", source, loaded=loaded)


def small_root(folder, programs=PROGRAMS):
    for name in ("usr/bin", "usr/sbin", "usr/lib", "usr/lib64"):
        (folder / name).mkdir(parents=True)
    for name in ("bin", "sbin", "lib", "lib64"):
        (folder / name).symlink_to(f"usr/{name}")
    for name in programs:
        copy_program(folder, name)
    make_root(folder)
    write(folder, {f"{name}/": None for name in ("dev", "proc", "run", "tmp", "etc/apt/preferences.d", "etc/ssl/certs", "var/log", "opt", "var/opt",
                                                 "etc/systemd/system", "etc/cron.d", "var/lib/dpkg/info", "var/lib/dpkg/updates")})
    write(folder, {
        "var/lib/dpkg/available": "", "usr/sbin/update-ca-certificates": UPDATE,
        "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nkept:x:1000:1000::/:/bin/sh\n",
        "etc/group": "root:x:0:\nkept:x:1000:\n",
    })
    (folder / "usr/sbin/update-ca-certificates").chmod(0o755)
    return folder


def in_root(root, *command, check=True):
    """What it wrote to stdout; it is of the root, and has no devices."""
    done = subprocess.run(["chroot", root, *command], env={"PATH": "/usr/sbin:/usr/bin"}, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode == 0 or not check, f"{command}\n{done.stdout.decode()}\n{done.stderr.decode()}"
    return done.stdout


def install(root, package):
    shutil.copy(package, root / "package.deb")
    in_root(root, "dpkg", "--force-all", "-i", "/package.deb")
    (root / "package.deb").unlink()


def states(root):
    """{path: all that can be set, but for the times of folders}."""
    def state(path):
        s = os.lstat(path)
        what = [stat.S_IFMT(s.st_mode), stat.S_IMODE(s.st_mode), s.st_uid, s.st_gid, s.st_nlink if not stat.S_ISDIR(s.st_mode) else 0]
        if stat.S_ISLNK(s.st_mode):
            what += [os.readlink(path), s.st_mtime_ns]
        elif stat.S_ISREG(s.st_mode):
            what += [hashlib.sha256(path.read_bytes()).hexdigest(), s.st_mtime_ns]
        return tuple(what)

    return {"/" + str(p.relative_to(root)): state(p) for p in pathlib.Path(root).rglob("*")}
