# SPDX-License-Identifier: Apache-2.0
"""Looks at the HTML report in a real browser: see look.mjs."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = ["found", "absent", "unknown", "traces", "excepted", "many", "hostile", "stopped", "matched", "bare"]
PLANS = ["plan-whole", "plan-refused", "plan-empty", "plan-many", "plan-hostile"]
AGENCIES = ["agency-whole", "agency-missing", "agency-hostile"]


@pytest.fixture(scope="session")
def modules(tmp_path_factory):
    """playwright-core and axe-core, as the lock file pins them, in a folder of their own."""
    folder = tmp_path_factory.mktemp("modules")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    result = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert result.returncode == 0, result.stdout
    return folder


@pytest.fixture(scope="session")
def seen(modules, sample, sample_plan, tmp_path_factory):
    """What the browser found wrong, by sample."""
    browser = shutil.which("chromium")
    assert browser, "chromium is not installed: packaging/deps-test.txt"
    folder = tmp_path_factory.mktemp("reports")
    for name in SAMPLES:
        (folder / f"{name}.html").write_text(sample("html", name))
    for name in PLANS:
        (folder / f"{name}.html").write_text(sample_plan("html", name.removeprefix("plan-")))
    for name in AGENCIES:
        (folder / f"{name}.html").write_text(sample_plan("agency", name.removeprefix("agency-")))
    result = subprocess.run(["node", HERE / "look.mjs", browser, folder], env=dict(os.environ, MODULES=str(modules)),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("name", SAMPLES + PLANS + AGENCIES)
def test_the_page_is_sound_in_a_browser(seen, name):
    checks = [line for line in seen if line["name"] == name]
    assert len(checks) >= 4
    assert [(c["check"], c["problems"]) for c in checks if c["problems"]] == []


def test_what_only_some_samples_can_show_was_looked_at(seen):
    assert {("many", "filter"), ("hostile", "unharmed"), ("plan-hostile", "unharmed"), ("plan-many", "whole lists")} <= {(line["name"], line["check"]) for line in seen}
