"""Why a process ended, in a line."""

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
    """Return the last line of a log that is plain text: a JSON line is telemetry, and no reason to die."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip()[:_LONGEST] for line in reversed(lines) if line.strip() and line[0] != "{"), "")
