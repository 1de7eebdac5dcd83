# SPDX-License-Identifier: Apache-2.0
"""A real Debian in a folder, and the vendor's package for it."""
import subprocess

from debar_program import TOP
from making import CA, Certificates, build_deb, elf
from programs import run

CA_NAME = "Kaspersky_Endpoint_Security_Personal_Certification_Authority"
EXTENSION = "ahkjpbeeocnddjkakilopmfdlnjdpcdm"
POSTINST = f"""\
[ "$1" = configure ] || exit 0
mkdir -p /usr/local/share/ca-certificates /var/opt/kaspersky/kesl/private/storage /var/log/kaspersky/kesl
cp /opt/kaspersky/kesl/share/ca.crt /usr/local/share/ca-certificates/{CA_NAME}.crt
update-ca-certificates >/dev/null
echo data > /var/opt/kaspersky/kesl/private/storage/events.db
echo started > /var/log/kaspersky/kesl/kesl_launcher.log
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -sf /lib/systemd/system/kesl.service /etc/systemd/system/multi-user.target.wants/kesl.service
"""
# The live machine of a folder: processes, network and mounts of its own, and of the real one only its devices.
LIVE = """\
set -e
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
exec chroot . env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -ec "$2"
"""


def debar_package():
    """debar's own Debian package, built from this tree."""
    name = run(TOP / "tools/build-deb", cwd=TOP).decode().splitlines()[-1]
    return TOP / name


def stock(root, more=()):
    """A minimal bookworm from the package mirror."""
    run("mmdebstrap", "--quiet", "--variant=essential", f"--include={','.join(['ca-certificates', *more])}",
        "--aptopt=Acquire::Retries 3", "bookworm", root, timeout=300)
    return root


def kesl(folder):
    """A package as the vendor's: service, configuration, certificate authority, cron line, browser policy."""
    ca = Certificates(folder).party("/O=AO Kaspersky Lab/CN=Kaspersky Endpoint Security Personal Certification Authority",
                                    extensions=CA)
    program = elf(folder / "kesl-program", "#include <unistd.h>\nint main(void) { return pause(); }\n").read_bytes()
    return build_deb(folder, "kesl", {
        "opt/kaspersky/kesl/bin/kesl-control": "#!/bin/sh\necho no\n",
        "opt/kaspersky/kesl/libexec/kesl": program, "opt/kaspersky/kesl/libexec/launcher": program,
        "opt/kaspersky/kesl/share/ca.crt": ca.certificate.read_bytes(),
        "var/opt/kaspersky/kesl/common/kesl.ini": "[General]\n", "etc/opt/kaspersky/kesl/kesl.conf": "Locale=en\n",
        "lib/systemd/system/kesl.service": "[Unit]\nDescription=kesl\n[Service]\nExecStart=/opt/kaspersky/kesl/libexec/launcher\n"
                                           "[Install]\nWantedBy=multi-user.target\n",
        "etc/cron.d/kesl": "17 * * * * root /opt/kaspersky/kesl/bin/kesl-control --update\n",
        "etc/chromium/policies/managed/kesl.json":
            f'{{"ExtensionInstallForcelist": ["{EXTENSION};https://clients2.google.com/service/update2/crx"]}}\n',
    }, control="Maintainer: AO Kaspersky Lab <support@kaspersky.com>\n", scripts={"postinst": POSTINST},
        conffiles=["/etc/opt/kaspersky/kesl/kesl.conf", "/etc/cron.d/kesl", "/etc/chromium/policies/managed/kesl.json"])


def live(root, script):
    """Run a script as on a machine whose root this folder is."""
    done = subprocess.run(["unshare", "-m", "-n", "-p", "-f", "--propagation", "private", "sh", "-c", LIVE, "sh", root, script],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=120)
    return done.returncode, done.stdout.decode(), done.stderr.decode()
