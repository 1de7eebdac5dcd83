# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import re
import tempfile

import pytest

import debian
from debar_program import Debar, program
from programs import run


def pytest_collection_modifyitems(items):
    offline = os.environ.get("DEBAR_OFFLINE")
    for item in items:
        if offline and item.get_closest_marker("mirror"):
            item.add_marker(pytest.mark.skip(reason="DEBAR_OFFLINE is set"))


@pytest.fixture
def debar(tmp_path):
    """debar(*arguments) and debar.scan(*arguments), with a state folder of the test's own."""
    assert program().exists(), f"{program()} is not built: make build"
    return Debar(tmp_path / "debar-state")


@pytest.fixture(scope="session")
def session_debar(tmp_path_factory):
    """The same for scans that many tests look at."""
    assert program().exists(), f"{program()} is not built: make build"
    return Debar(tmp_path_factory.mktemp("session") / "debar-state")


@pytest.fixture
def memory_path(tmp_path):
    """A folder for very many files: in memory where there is room, so that making them takes no time."""
    memory = pathlib.Path("/dev/shm")
    if not os.access(memory, os.W_OK) or os.statvfs(memory).f_bavail * os.statvfs(memory).f_frsize < 1 << 30:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="debar-tests-", dir=memory) as folder:
        yield pathlib.Path(folder)


@pytest.fixture(scope="session")
def debar_package():
    return debian.debar_package()


@pytest.fixture(scope="session")
def stock_debian(tmp_path_factory, debar_package):
    """A minimal Debian with the libraries that debar needs; to be copied before it is changed."""
    depends = run("dpkg-deb", "-f", debar_package, "Depends").decode()
    return debian.stock(tmp_path_factory.mktemp("debian") / "root", re.findall(r"([a-z0-9.+-]+)(?: \([^)]*\))?(?:,|\n)", depends))
