# SPDX-License-Identifier: Apache-2.0
"""Which packages the tools list, made comparable: (ecosystem, name, version)."""
import json
import pathlib
import re
from urllib.parse import unquote


def normal(kind, name, version):
    name = name.lower()
    if kind == "pypi":
        name = re.sub(r"[-_.]+", "-", name)  # as PEP 503 has it
    return kind, name, version


def of_purl(purl):
    """pkg:npm/%40babel/core@7.1.0?x=y → ("npm", "@babel/core", "7.1.0"); the version may be empty."""
    match = re.match(r"pkg:([^/]+)/([^?#@]+)(?:@([^?#]*))?(?:\?([^#]*))?", purl)
    if not match:
        return None
    kind, name, version = match[1], unquote(match[2]), unquote(match[3] or "")
    epoch = re.search(r"(?:^|&)epoch=(\d+)", match[4] or "")
    if kind == "deb":
        name = name.split("/")[-1]  # without the distribution
        if epoch:
            version = f"{epoch[1]}:{version}"
    return normal(kind, name, version)


def cyclonedx(file, wanted=lambda component: True):
    found, todo = set(), list(json.loads(pathlib.Path(file).read_text())["components"])
    while todo:
        component = todo.pop()
        todo += component.get("components", [])
        listed = of_purl(component.get("purl", ""))
        if listed and wanted(component):
            found.add(listed)
    return found


def osquery(file):
    return {normal(row["kind"], row["name"], row["version"]) for row in json.loads(pathlib.Path(file).read_text())
            if row["version"]}


def by_manifest(component):
    """What cdxgen read in a manifest or lock file, not what it guesses from the name of a file."""
    methods = [m for i in component.get("evidence", {}).get("identity", []) for m in i.get("methods", [])]
    return not methods or any(m.get("technique") != "filename" for m in methods)


def missing(ours, theirs):
    """
    What they list and we do not, as two lists: names that we have not at all, and versions that we
    have not of names that we have.
    """
    names = {(kind, name) for kind, name, _ in ours}
    lost = sorted(theirs - ours)
    return [x for x in lost if x[:2] not in names], [x for x in lost if x[:2] in names]
