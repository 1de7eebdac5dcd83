# SPDX-License-Identifier: Apache-2.0
"""Asks one edit of debar what a file becomes."""
import os
import subprocess

from programs import tool

EDITED, NOTHING, REFUSED = range(3)


class Edit:
    def __init__(self, done):
        self.code, self.bytes, self.err = done.returncode, done.stdout, done.stderr.decode()
        assert self.code in (EDITED, NOTHING, REFUSED) and "Sanitizer" not in self.err, self.err
        assert self.code == EDITED or not self.bytes
        assert (self.code == REFUSED) == bool(self.err), self.err


def edit(name, key, path, *options):
    """A crash, a leak or undefined behaviour fails the test."""
    return Edit(subprocess.run([tool("edit"), *options, name, key, str(path)], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, check=False, env=dict(os.environ)))


def edited(name, key, path):
    """What the file becomes, written to it; doing it again has to be nothing."""
    once = edit(name, key, path)
    assert once.code == EDITED, once.err
    path.write_bytes(once.bytes)
    assert edit(name, key, path).code == NOTHING
    return once.bytes
