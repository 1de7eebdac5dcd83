# SPDX-License-Identifier: Apache-2.0
"""What the files of each language ecosystem name is found, as what it is and no more."""
import zipfile

import pytest

from debar_program import ABSENT
from making import write

NPM = "@kaspersky/hexa-ui"
MAVEN = "com.kaspersky.android-components"
IMAGE = "repo.kcs.kaspersky.com/images/kcs-middleware"

DECLARED = {
    "package.json": '{"name": "own", "dependencies": {"%s": "^6.0.0"}}' % NPM,
    "package-lock.json": '{"lockfileVersion": 3, "packages": {"node_modules/%s": {"version": "6.1.0"}}}' % NPM,
    "yarn.lock": '# yarn lockfile v1\n\n"%s@^6":\n  version "6.1.0"\n' % NPM,
    "pnpm-lock.yaml": "lockfileVersion: '9.0'\npackages:\n  '%s@6.1.0': {}\n" % NPM,
    "bun.lock": '{"lockfileVersion": 1, "packages": {"x": ["%s@6.1.0", "", {}, ""],},}' % NPM,
    "pom.xml": "<project><groupId>a</groupId><artifactId>b</artifactId><dependencies><dependency><groupId>%s</groupId>"
               "<artifactId>kaspresso</artifactId><version>1.5.3</version></dependency></dependencies></project>" % MAVEN,
    "build.gradle.kts": 'dependencies {\n  androidTestImplementation("%s:kaspresso:1.5.3")\n}\n' % MAVEN,
    "gradle.lockfile": "%s:kaspresso:1.5.3=debugClasspath\n" % MAVEN,
    "gradle/libs.versions.toml": '[libraries]\nk = { module = "%s:kaspresso", version = "1.5.3" }\n' % MAVEN,
    "go.mod": "module example.org/x\nrequire github.com/KasperskyLab/klogga v1.0.0\n",
    "go.sum": "github.com/KasperskyLab/klogga v1.0.0 h1:AAAA=\n",
    "requirements.txt": "lark-oapi==1.2.0\n",
    "poetry.lock": '[[package]]\nname = "lark-oapi"\nversion = "1.2.0"\n',
    "pyproject.toml": '[project]\nname = "own"\ndependencies = ["lark_oapi>=1"]\n',
    "Podfile.lock": "PODS:\n  - TikTokOpenSDKCore (2.0.0)\n",
    "docker-compose.yml": "services:\n  kcs:\n    image: %s:v2.0\n" % IMAGE,
    "deployment.yaml": "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - {name: kcs, image: '%s:v2.0'}\n" % IMAGE,
    "values.yaml": "kcs:\n  image:\n    registry: %s\n    repository: %s\n    tag: v2.0\n" % tuple(IMAGE.split("/", 1)),
    "Dockerfile": "ARG TAG=v2.0\nFROM %s:${TAG}\n" % IMAGE,
}

# What commands and imports say is a hint about something that is elsewhere, if anywhere.
TRACES = {
    "a.py": "import KlAkOAPI.AdmServer\n",
    "install.sh": "#!/bin/sh\npip install lark-oapi==1.2.0\n",
    "Dockerfile": "FROM debian:12\nRUN npm install %s\n" % NPM,
    "user-data": "#cloud-config\nruncmd:\n  - pip install lark-oapi\n",
    "tasks/main.yml": "- ansible.builtin.pip: {name: lark-oapi}\n",
}

MENTIONS = {
    "a.py": "# import KlAkOAPI\ntext = '''\nimport KlAkOAPI\n'''\n",
    "a.sh": "# pip install lark-oapi\n",
    "Dockerfile": "FROM debian:12\n# RUN npm install %s\n" % NPM,
    "requirements.txt": "# lark-oapi\nlark-parser\n",
    "build.gradle": "// implementation '%s:kaspresso:1.5.3'\n" % MAVEN,
    "pom.xml": "<project><!-- <dependency><groupId>%s</groupId><artifactId>kaspresso</artifactId></dependency> -->"
               "<groupId>a</groupId><artifactId>b</artifactId></project>" % MAVEN,
    "package.json": '{"name": "own", "description": "like %s", "keywords": ["%s"]}' % (NPM, NPM),
}


def scan_each(debar, folder, files):
    """One scan of a tree in which each file has a folder of its own: the scan, and its findings by file."""
    tree = write(folder / "tree", {f"{i}/{name}": text for i, (name, text) in enumerate(files.items())})
    scan = debar.scan(tree)
    place = {f"{tree}/{i}/{name}": name for i, name in enumerate(files)}
    found = {}
    for finding in scan.findings:
        for at in finding["places"]:
            found.setdefault(place[at], []).append(finding)
    return scan, found


@pytest.fixture(scope="module")
def declared(session_debar, tmp_path_factory):
    return scan_each(session_debar, tmp_path_factory.mktemp("declared"), DECLARED)


@pytest.fixture(scope="module")
def traces(session_debar, tmp_path_factory):
    return scan_each(session_debar, tmp_path_factory.mktemp("traces"), TRACES)


@pytest.mark.parametrize("name", DECLARED)
def test_what_a_file_declares_is_a_reference(declared, name):
    scan, found = declared

    [finding] = found.get(name, [])
    assert finding["state"] == "referenced" and finding["confidence"] != "confirmed", scan
    assert len(finding["places"]) == 1, scan


@pytest.mark.parametrize("name", TRACES)
def test_what_a_command_or_an_import_says_is_a_trace(traces, name):
    scan, found = traces

    [finding] = found.get(name, [])
    assert (finding["state"], finding["confidence"]) == ("referenced", "trace"), scan


def test_traces_decide_nothing(traces):
    assert traces[0].code == ABSENT


def test_mentions_are_nothing(debar, tmp_path):
    scan, found = scan_each(debar, tmp_path, MENTIONS)

    assert found == {} and scan.code == ABSENT, scan


def test_classes_in_a_jar_are_found_without_a_manifest(debar, tmp_path):
    with zipfile.ZipFile(tmp_path / "app.jar", "w") as jar:
        jar.writestr("org/example/Main.class", b"\xca\xfe\xba\xbe")
        jar.writestr("com/hikvision/artemis/sdk/ArtemisHttpUtil.class", b"\xca\xfe\xba\xbe")

    scan = debar.scan(tmp_path / "app.jar")

    [finding] = scan.findings
    assert (finding["vendor"], finding["state"]) == ("hikvision", "present"), scan
    assert finding["places"] == [f"{tmp_path}/app.jar"]


def test_installed_packages_of_python_are_installed(debar, tmp_path):
    site = "venv/lib/python3.11/site-packages"
    write(tmp_path / "tree", {
        f"{site}/lark_oapi-1.2.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: lark-oapi\nVersion: 1.2.0\n"})

    scan = debar.scan(tmp_path / "tree")

    [finding] = scan.findings
    assert (finding["state"], finding["version"]) == ("installed", "1.2.0"), scan
