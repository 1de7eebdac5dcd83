# SPDX-License-Identifier: Apache-2.0
"""Packages of covered vendors that a real npm installs from the registry."""
import json
import shutil

import pytest

from debar_program import ABSENT, FOUND, under
from making import write
from programs import run

PACKAGES = {"kaspersky": "@kaspersky/hexa-ui", "bytedance": "@arco-design/color", "huawei": "@agconnect/core"}

pytestmark = pytest.mark.mirror


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("npm") / "project"
    write(folder, {"package.json": '{"name": "project", "version": "1.0.0", "private": true}\n'})
    run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps", "--omit=optional",
        *PACKAGES.values(), cwd=folder, timeout=300)
    return folder


@pytest.fixture(scope="module")
def installed(project, session_debar):
    return session_debar.scan(project)


@pytest.mark.parametrize("vendor, package", PACKAGES.items())
def test_installed_package_is_found(project, installed, vendor, package):
    place = f"{project}/node_modules/{package}/package.json"
    [finding] = [f for f in installed.findings if place in f["places"]]

    assert (finding["vendor"], finding["state"], finding["confidence"]) == (vendor, "installed", "confirmed")
    assert finding["version"] == json.loads((project / "node_modules" / package / "package.json").read_text())["version"]


def test_nothing_else_of_the_tree_is_found(installed):
    scopes = {"kaspersky": ("@kaspersky/",), "bytedance": ("@arco-design/",), "huawei": ("@agconnect/", "@hmscore/")}
    other = [(f["vendor"], p) for f in installed.findings for p in f["places"] if "/node_modules/" in p
             and not p.split("/node_modules/")[-1].startswith((".package-lock.json", *scopes[f["vendor"]]))]

    assert other == []


@pytest.mark.parametrize("package, order, covered", [
    ("@kaspersky/hexa-ui", "ndaa-1634", True), ("@kaspersky/hexa-ui", "bod-17-01", False),
    ("@arco-design/color", "bytedance-far-52.204-27", False), ("@agconnect/core", "ndaa-889", False),
])
def test_orders_say_whether_a_library_is_covered(project, installed, package, order, covered):
    place = f"{project}/node_modules/{package}/package.json"
    [finding] = [f for f in installed.findings if place in f["places"]]
    answer = under(finding, order)

    assert answer["covered"] is covered and answer["why"]
    assert answer["scope"] == "vendor-open-source"


def test_verdict_follows_the_orders_asked_for(project, debar):
    assert debar.scan("--orders", "ndaa-1634", project).code == FOUND
    only_bytedance = debar.scan("--orders", "bytedance-far-52.204-27", project)
    assert only_bytedance.code == ABSENT and len(only_bytedance.findings) >= 3


@pytest.fixture(scope="module")
def lock_alone(project, tmp_path_factory, session_debar):
    folder = tmp_path_factory.mktemp("lock")
    shutil.copy(project / "package-lock.json", folder)
    return session_debar.scan(folder)


@pytest.mark.parametrize("vendor, package", PACKAGES.items())
def test_lock_file_alone_is_a_reference(lock_alone, vendor, package):
    found = [f for f in lock_alone.findings if f["vendor"] == vendor]

    assert found and {f["state"] for f in found} == {"referenced"}, lock_alone
    assert all(f["confidence"] != "confirmed" for f in found)
    assert all(p.endswith("/package-lock.json") for f in found for p in f["places"])
