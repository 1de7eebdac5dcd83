# SPDX-License-Identifier: Apache-2.0
"""A small root with a real dpkg database: a product of the vendor's, its neighbours, and what is awkward to restore."""
import os
import pathlib
import shutil
import stat
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/e2e"))

from making import build_deb  # noqa: E402

TOOLS = ["sh", "rm", "tar", "diff", "dpkg", "dpkg-deb", "dpkg-query", "dpkg-split", "ldconfig", "start-stop-daemon", "cat",
         "mkdir", "ln", "cp", "touch", "env"]
MACHINE = "0123456789abcdef0123456789abcdef"
PASSWD = "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1::/:/usr/sbin/nologin\nkesl:x:990:990::/opt/kaspersky/kesl:/bin/false\nann:x:1000:1000::/home/ann:/bin/sh\n"
GROUP = "root:x:0:\ndaemon:x:1:\nkesl:x:990:\nklusers:x:991:ann\nann:x:1000:\n"
POSTINST = """#!/bin/sh
[ "$1" = configure ] || exit 0
mkdir -p /var/opt/kaspersky/kesl/private/storage /var/log/kaspersky/kesl
echo data > /var/opt/kaspersky/kesl/private/storage/events.db
echo started > /var/log/kaspersky/kesl/kesl_launcher.log
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -sf /lib/systemd/system/kesl.service /etc/systemd/system/multi-user.target.wants/kesl.service
echo klflt >> /etc/modules
"""


def needed(program):
    """A program with what it is linked to."""
    listed = subprocess.run(["ldd", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout.decode()
    return [program, *(w for line in listed.splitlines() for w in line.split() if w.startswith("/"))]


def bring_tools(root):
    """What dpkg and the scripts of packages run, from this machine."""
    for folder in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / folder).mkdir(parents=True, exist_ok=True)
        (root / folder).symlink_to(f"usr/{folder}")
    for tool in TOOLS:
        for file in needed(shutil.which(tool, path="/usr/sbin:/usr/bin:/sbin:/bin")):
            to = root / file.lstrip("/")
            to.parent.mkdir(parents=True, exist_ok=True)
            if not to.exists():
                shutil.copy(os.path.realpath(file), to)
                to.chmod(0o755)


def dpkg(root, *arguments):
    subprocess.run(["dpkg", f"--root={root}", "--force-not-root", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"})


def awkward(root):
    """What a careless restore gets wrong, in the folders of the product."""
    home = root / "opt/kaspersky/kesl"
    storage = root / "var/opt/kaspersky/kesl/private/storage"
    with open(storage / "sparse.db", "wb") as f:
        f.seek(64 << 10)
        f.write(b"x" * 5000)
        f.truncate(192 << 10)
    os.link(storage / "events.db", storage / "events.link")
    os.link(home / "share/notes", root / "srv/notes.shared")
    os.mkfifo(storage / "pipe", 0o620)
    os.mknod(storage / "control", 0o755 | stat.S_IFSOCK)
    (storage / os.fsdecode(b"name-\xff\n")).write_text("odd")
    (storage / "deep/er/est").mkdir(parents=True)
    (storage / "deep/er/est").chmod(0o2751)
    os.chown(storage / "deep", 990, 991)
    os.setxattr(storage / "events.db", "user.note", b"kept \0 whole")
    os.setxattr(home / "bin/kesl-control", "security.capability", bytes.fromhex("0100000200040000000000000000000000000000"))
    os.setxattr(storage, "trusted.mark", b"1")
    os.chmod(home / "libexec/kesl", 0o4750)
    for n, path in enumerate(sorted(root.rglob("*"))):
        os.utime(path, ns=(1_500_000_000_000_000_001 + n * 1_000_003, 1_600_000_000_000_000_001 + n * 1_000_003),
                 follow_symlinks=False)


def access_list(root):
    """Where the file system has them: user 1000 may read a folder of the product."""
    os.setxattr(root / "opt/kaspersky/kesl/share", "system.posix_acl_access", b"\2\0\0\0" + b"".join(
        tag.to_bytes(2, "little") + may.to_bytes(2, "little") + who.to_bytes(4, "little")
        for tag, may, who in ((1, 7, 2**32 - 1), (2, 5, 1000), (4, 5, 2**32 - 1), (16, 5, 2**32 - 1), (32, 0, 2**32 - 1))))


def make(root, work):
    """The root, with kesl and its neighbours installed by dpkg."""
    root.mkdir(parents=True)
    bring_tools(root)
    for folder in ("etc", "var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers", "tmp", "srv", "home/ann", "root",
                   "dev", "proc", "run", "sys", "var/log", "var/opt", "opt"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name, text in {"etc/machine-id": MACHINE + "\n", "etc/hostname": "made\n", "etc/passwd": PASSWD, "etc/group": GROUP,
                       "etc/shadow": PASSWD.replace(":x:", ":*:"), "etc/modules": "loop\n", "var/lib/dpkg/status": "",
                       "var/lib/dpkg/available": "", "home/ann/letter": "Kaspersky is a name in a letter\n",
                       "etc/os-release": 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'}.items():
        (root / name).write_text(text, encoding="utf-8")
    (root / "etc/shadow").chmod(0o640)
    work.mkdir(parents=True, exist_ok=True)
    vendor = "Maintainer: AO Kaspersky Lab <support@kaspersky.com>\n"
    kesl = build_deb(work, "kesl", {
        "opt/kaspersky/kesl/bin/kesl-control": "#!/bin/sh\necho no\n", "opt/kaspersky/kesl/libexec/kesl": "#!/bin/sh\nsleep 9\n",
        "opt/kaspersky/kesl/share/notes": "notes\n", "etc/opt/kaspersky/kesl/kesl.conf": "Locale=en\n",
        **{f"opt/kaspersky/kesl/lib/module-{n}": f"module {n}\n" * 50 for n in range(12)},
        "lib/systemd/system/kesl.service": "[Unit]\nDescription=kesl\n[Service]\nExecStart=/opt/kaspersky/kesl/libexec/kesl\n"
                                           "[Install]\nWantedBy=multi-user.target\n",
        "etc/cron.d/kesl": "17 * * * * root /opt/kaspersky/kesl/bin/kesl-control --update\n",
    }, control=vendor, scripts={"postinst": POSTINST}, conffiles=["/etc/opt/kaspersky/kesl/kesl.conf", "/etc/cron.d/kesl"])
    neighbour = build_deb(work, "neighbour", {
        "opt/neighbour/share/readme": "not the vendor's\n", "etc/cron.d/neighbour": "3 * * * * root true\n",
        "lib/systemd/system/neighbour.service": "[Service]\nExecStart=/bin/true\n", "var/opt/neighbour/data": "data\n",
    }, control="Maintainer: Neighbours <neighbours@example.org>\n", conffiles=["/etc/cron.d/neighbour"])
    dpkg(root, "-i", kesl, neighbour)
    awkward(root)
    return root
