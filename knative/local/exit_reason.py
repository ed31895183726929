"""Describe in one line why a process ended."""

import json
import signal
from pathlib import Path
from typing import Final

FORK_SERVER_DIED: Final = 255
"""The exit code that ``multiprocessing`` returns for a process if its fork server died first."""

_TAIL_BYTES: Final = 4096
_MAX_LENGTH: Final = 200


def describe_exit(code: int, log: Path) -> str:
    """Return the reason behind an exit code.

    A negative code is the signal that killed the process. For any other code the reason ends with the last message
    in the process's log, as in ``exit code 1: KeyError: 'DATABASE_URL' (full log: /data/run/tasks.log)``.
    """
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    if code == FORK_SERVER_DIED:
        return "the fork server died"
    message = _last_message(log)
    return f"exit code {code}" + (f": {message} (full log: {log})" if message else "")


def _last_message(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return next((message[:_MAX_LENGTH] for line in reversed(lines) if (message := _message(line))), "")


def _message(line: str) -> str:
    """Return the message of a line: plain text, or of a JSON record of level ``fatal``. Other records are telemetry."""
    if not line.startswith("{"):
        return line.strip()
    try:
        record = json.loads(line)
    except ValueError:
        return ""  # the log was cut inside this line
    return str(record.get("msg", "")) if record.get("level") == "fatal" else ""
