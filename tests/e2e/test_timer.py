# SPDX-License-Identifier: Apache-2.0
"""The timer that scans every day, for whoever enables it."""
import subprocess

from debar_program import TOP, environment, program

UNITS = TOP / "packaging/systemd"


def service():
    return (UNITS / "debar-scan.service.in").read_text()


def test_systemd_takes_the_units(tmp_path):
    (tmp_path / "debar").symlink_to(program())
    (tmp_path / "debar-scan.service").write_text(
        service().replace("@BINDIR@", str(tmp_path)).replace("Documentation=man:debar-scan(1)\n", ""))
    timer = (UNITS / "debar-scan.timer.in").read_text().replace("Documentation=man:debar-scan(1)\n", "")
    (tmp_path / "debar-scan.timer").write_text(timer)
    done = subprocess.run(["systemd-analyze", "verify", tmp_path / "debar-scan.timer", tmp_path / "debar-scan.service"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert "debar-scan" not in done.stdout, done.stdout


def test_what_the_service_runs_is_understood(tmp_path):
    line = next(line for line in service().splitlines() if line.startswith("ExecStart="))
    words = line.partition("=")[2].split()
    assert words[0] == "@BINDIR@/debar"
    done = subprocess.run([program(), *words[1:], "--no-store", "--root", tmp_path], env=environment(),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, done.stderr
