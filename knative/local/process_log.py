"""Redirect the output of a function's or a sidecar's process to its log file."""

import os
from pathlib import Path
from typing import Final

_MAX_BYTES: Final = 5_000_000


def redirect_output(log: Path) -> None:
    """Append this process's stdout and stderr to a log, and close its stdin.

    A log of more than 5 MB is emptied first.
    """
    too_large = log.exists() and log.stat().st_size > _MAX_BYTES
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if too_large else 0), 0o600)
    no_input = os.open(os.devnull, os.O_RDONLY)
    os.dup2(no_input, 0)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
    os.close(no_input)
