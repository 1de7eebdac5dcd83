# SPDX-License-Identifier: Apache-2.0
"""What tests make is gone when they have ended; and sample_report, which writes the reports of made-up scans."""
import functools
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import pytest

TOP = pathlib.Path(__file__).resolve().parents[1]


def pytest_configure(config):
    # What is told to end still clears up behind itself.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    config.addinivalue_line("markers", "mirror: fetches packages from a public mirror; left out with DEBAR_OFFLINE=1")
    if config.option.basetemp is None:
        config.made_basetemp = tempfile.mkdtemp(prefix="debar-tests-")
        config.option.basetemp = config.made_basetemp


def pytest_unconfigure(config):
    made = getattr(config, "made_basetemp", None)
    if made is None:
        return
    # Some tests take away the permission to look into a folder.
    for folder, folders, _ in os.walk(made):
        for name in folders:
            path = pathlib.Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o700)
    shutil.rmtree(made)


def find_program(name="sample_report"):
    """The newest one built: $DEBAR_BUILD, or any build folder of this tree."""
    folders = [pathlib.Path(os.environ["DEBAR_BUILD"])] if "DEBAR_BUILD" in os.environ else TOP.glob("build*")
    programs = [p for p in (f / "tests" / name for f in folders) if p.exists()]
    if not programs:
        pytest.fail(f"tests/{name} is not built: meson setup build && ninja -C build")
    return max(programs, key=lambda p: p.stat().st_mtime)


def runner(name):
    program = find_program(name)

    def run(*arguments):
        return subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)

    return run


def text_of(run):
    @functools.cache
    def text(*arguments):
        result = run(*arguments)
        assert result.returncode == 0 and result.stderr == b"", result.stderr.decode()
        return result.stdout.decode("utf-8")

    return text


@pytest.fixture(scope="session")
def run_sample():
    return runner("sample_report")


@pytest.fixture(scope="session")
def sample(run_sample):
    """The text of a report; it must have been written without an error."""
    return text_of(run_sample)


@pytest.fixture(scope="session")
def sample_plan():
    """The same of a plan."""
    return text_of(runner("sample_plan"))
