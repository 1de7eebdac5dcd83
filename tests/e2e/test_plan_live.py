# SPDX-License-Identifier: Apache-2.0
"""plan, remove and verify from within the machine: what runs is ended, and the last protection is not taken by the way."""
import shutil

import pytest

import debian
from debar_program import TOP, needs_root, program
from small_root import PROGRAMS, copy_program, install, small_root

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


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("live")
    root = small_root(folder / "root", programs=[*PROGRAMS, "ps", "env"])
    copy_program(root, "debar", program())
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
