"""Reads how long the machine's cores were idle, whatever ran on them."""

import os
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_IDLE, _WAITING = 3, 4
"""Places of idle time and of time that waited for a disk, after the name of the line."""


def read_idle_seconds() -> float:
    """Return the core-seconds in which a core had nothing to run since the start of the machine, or 0 without /proc."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text(encoding="ascii").splitlines()[0].split()[1:]
    return (int(fields[_IDLE]) + int(fields[_WAITING])) / _TICKS
