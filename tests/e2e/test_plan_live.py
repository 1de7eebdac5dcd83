# SPDX-License-Identifier: Apache-2.0
"""plan, remove and verify from within the machine: what runs is ended, and the last protection is not taken by the way."""
import shutil

import pytest

import debian
from debar_program import TOP, needs_root, program
from small_root import PROGRAMS, copy_debar, copy_program, install, small_root

pytestmark = needs_root
SCRIPT = """\
set +e
export DEBAR_DATA=/data
/opt/kaspersky/kesl/libexec/launcher & echo $! >/pid
debar scan --state /state >/dev/null; echo scan $?
debar plan --state /state -o text | sed -n 's/^.*\\(last-protection\\).*$/\\1/p' | sed -n 1p
debar plan --state /state --allow last-protection=kesl -o json=/plan.json >/dev/null; echo plan $?
id=$(sed -n 's/^  "id": "\\(.*\\)",$/\\1/p' /plan.json)
debar remove --state /state --yes $id >/remove.txt 2>&1; echo remove $?
[ -e /proc/$(cat /pid)/exe ] && echo runs || echo ended
debar verify --state /state $id >/dev/null; echo verify $?
"""

# Another protection runs when the plan is made, and ends at the worst times.
REPLACED = """\
set +e
export DEBAR_DATA=/data
start() { /usr/sbin/clamd & clamd=$!; }
end() { kill $clamd; wait $clamd 2>/dev/null; }
/opt/kaspersky/kesl/libexec/launcher &
start
debar scan --state /state >/dev/null; echo scan $?
debar plan --state /state -o json=/plan.json >/dev/null; echo plan $?
id=$(sed -n 's/^  "id": "\\(.*\\)",$/\\1/p' /plan.json)
end
debar remove --state /state --yes $id >/gone.txt 2>&1; echo remove $?
start
printf '#!/bin/sh\\nexit 1\\n' >/var/lib/dpkg/info/kesl.prerm; chmod 755 /var/lib/dpkg/info/kesl.prerm
debar remove --state /state --yes $id >/failed.txt 2>&1; echo remove $?
rm /var/lib/dpkg/info/kesl.prerm
end
debar resume --state /state --yes $id >/resumed.txt 2>&1; echo resume $?
dpkg-query -W -f '${Status}\\n' kesl
start
debar resume --state /state --yes $id >/finished.txt 2>&1; echo resume $?
"""


@pytest.fixture
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("live")
    root = small_root(folder / "root", programs=[*PROGRAMS, "ps", "env"])
    copy_debar(root, program())
    for data in ("orders", "catalogue"):
        shutil.copytree(TOP / data, root / "data" / data)
    (root / "sys").mkdir()
    install(root, debian.kesl(folder))
    return root


def test_what_runs_is_ended_and_stays_gone(root):
    code, out, err = debian.live(root, SCRIPT)

    assert code == 0, out + err
    assert out.split("\n")[:6] == ["scan 1", "last-protection", "plan 1", "remove 0", "ended", "verify 0"], \
        out + err + (root / "remove.txt").read_text()[-2000:]


def test_a_replacement_that_ended_since_stops_a_removal_and_its_resumption(root):
    copy_program(root, "clamd", root / "opt/kaspersky/kesl/libexec/launcher")
    (root / "usr/bin/clamd").rename(root / "usr/sbin/clamd")

    code, out, err = debian.live(root, REPLACED)

    told = "".join((root / f"{n}.txt").read_text()[-1500:] for n in ("gone", "failed", "resumed", "finished"))
    assert code == 0, out + err + told
    assert out.splitlines() == ["scan 1", "plan 1", "remove 2", "remove 1", "resume 2", "install ok installed", "resume 0"], out + err + told
    assert "ClamAV (clamd) ran when the plan was made and no longer does" in (root / "gone.txt").read_text()
    assert "last-protection=kesl" in (root / "resumed.txt").read_text()
