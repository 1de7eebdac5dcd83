# SPDX-License-Identifier: Apache-2.0
"""Runs a scan on a terminal of its own and compares the time left that it shows with what came true."""
import fcntl
import os
import pty
import re
import shlex
import struct
import termios
import time

import measure

LEFT = re.compile(rb"about (?:(\d+) h )?(?:(\d+) min )?(?:([\d.]+) s )?left")


def shown(command):
    """[(second, seconds left that it showed)] and the second at which it ended."""
    pid, terminal = pty.fork()
    if pid == 0:
        words = shlex.split(command)
        os.execvp(words[0], words)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))
    start, seen, text = time.monotonic(), [], b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        text = (text + piece)[-4096:]
        last = None
        for last in LEFT.finditer(text):
            pass
        if last:
            h, m, s = (float(x or 0) for x in last.groups())
            seen.append((time.monotonic() - start, 3600 * h + 60 * m + s))
            text = text[last.end():]
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    if os.waitstatus_to_exitcode(status) not in (0, 1, 3):
        raise measure.Failed(f"{command}: exit {os.waitstatus_to_exitcode(status)}")
    return seen, time.monotonic() - start


def worst_error(command):
    """From half of the time on: the largest |shown end − true end|, as a share of the whole time; None when nothing was shown."""
    seen, end = shown(command)
    errors = [abs(at + left - end) / end for at, left in seen if at >= end / 2]
    return max(errors) if errors else None
