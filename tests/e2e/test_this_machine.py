# SPDX-License-Identifier: Apache-2.0
"""The configuration files of the machine that runs the tests: every one is read, none is an error."""
import glob
import itertools
import os
import pathlib
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]

FILES = {
    "dpkg": ["/var/lib/dpkg/status", "/var/lib/dpkg/info/*.list"],
    "passwd": ["/etc/passwd", "/etc/group"],
    "unit": [f"/{folder}/systemd/{which}/*.{kind}"
             for folder, which, kind in itertools.product(
                 ("etc", "usr/lib"), ("system", "user"), ("service", "timer", "socket", "path"))],
    "init_script": ["/etc/init.d/*"],
    "cron": ["/etc/crontab", "/etc/cron.d/*", "/var/spool/cron/crontabs/*"],
    "module_list": ["/etc/modules", "/etc/modules-load.d/*.conf", "/etc/modprobe.d/*.conf"],
    "package_source": ["/etc/apt/sources.list", "/etc/apt/sources.list.d/*.list",
                       "/etc/apt/sources.list.d/*.sources"],
}


def recogniser():
    for folder in filter(None, [os.environ.get("DEBAR_BUILD"), TOP / "build-test", TOP / "build"]):
        program = pathlib.Path(folder) / "tests/recognise"
        if program.exists():
            return program
    pytest.fail("tests/recognise is not built")


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_this_machine_is_read(name):
    files = [path for pattern in FILES[name] for path in sorted(glob.glob(pattern))
             if os.path.isfile(path) and not os.path.islink(path) and os.access(path, os.R_OK)]

    for start in range(0, len(files), 500):
        done = subprocess.run([recogniser(), "--quiet", name, "auto", *files[start:start + 500]], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert done.returncode < 2, done.stdout


def test_every_user_and_every_installed_package_is_found():
    def answers(name, path, field):
        output = subprocess.run([recogniser(), name, "auto", path], text=True, stdout=subprocess.PIPE, check=True)
        return [line.split("=", 1)[1].split(" @")[0] for line in output.stdout.splitlines()
                if line.startswith(f"  {field}=")]

    users = [line.split(":")[0] for line in pathlib.Path("/etc/passwd").read_text().splitlines()]
    assert answers("passwd", "/etc/passwd", "user") == users
    query = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\\n"], text=True,
                           stdout=subprocess.PIPE, check=True).stdout
    known = [line.split()[1] for line in query.splitlines() if not line.startswith("not-installed")]
    assert sorted(answers("dpkg", "/var/lib/dpkg/status", "package")) == sorted(known)
