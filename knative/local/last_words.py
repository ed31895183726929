"""Why a process ended, in a line."""

import json
import signal
from pathlib import Path
from typing import Final

_TAIL: Final = 4096
_LONGEST: Final = 200


def reason(code: int, log: Path) -> str:
    """Return what an exit code means, negative for a signal's; with what the process last said, if it exited."""
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    words = _last_words(log)
    return f"exit code {code}" + (f": {words} (all of it in {log})" if words else "")


def _last_words(log: Path) -> str:
    """Return the last line of a log that is a reason to die."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return next((words[:_LONGEST] for line in reversed(lines) if (words := _words(line))), "")


def _words(line: str) -> str:
    """Return what a line says: all of it where it is plain text; JSON is telemetry, unless it calls itself fatal."""
    if not line.startswith("{"):
        return line.strip()
    try:
        record = json.loads(line)
    except ValueError:
        return ""  # its beginning or its end
    return str(record.get("msg", "")) if record.get("level") == "fatal" else ""
