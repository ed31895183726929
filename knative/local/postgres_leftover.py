"""The server that a killed platform left running: found, told apart from a stranger's process, and ended."""

import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil

SOCKETS = "todo-pg-"
"""What the name of a server's socket folder begins with."""

STOP_SECONDS = 20.0

_NOBODY = 2**31 - 1  # no system gives a process this number


def stop_leftover(data: Path, *, keep: Path | None = None) -> None:
    """End the server that still runs on PostgreSQL's data folder, and remove its sockets unless they are ``keep``.

    PostgreSQL itself clears away the ``postmaster.pid`` of a server that is gone, unless its number lives on.
    """
    note = data / "postmaster.pid"
    try:
        lines = note.read_text(encoding="utf-8").splitlines(keepends=True)
        pid, sockets = int(lines[0]), Path(lines[4].rstrip("\n"))
    except (OSError, ValueError, IndexError):
        return
    for how in (signal.SIGINT, signal.SIGQUIT):
        if _is_server_of(pid, data):
            os.kill(pid, how)
            _await_end(pid, data)
    if note.exists() and not _is_server_of(pid, data):
        # Somebody else's process may have the number by now, or a zombie, and PostgreSQL would take it for a server.
        # The rest of the note stays: by it PostgreSQL sees whether sessions of the dead server still run.
        note.write_text("".join([f"{_NOBODY}\n", *lines[1:]]), encoding="utf-8")
    if sockets != keep and sockets.name.startswith(SOCKETS):
        shutil.rmtree(sockets, ignore_errors=True)


def _await_end(pid: int, data: Path) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while _is_server_of(pid, data) and time.monotonic() < deadline:
        time.sleep(0.02)


def _is_server_of(pid: int, data: Path) -> bool:
    """Tell whether a process is the server of a data folder, and not one that was given its number since."""
    with suppress(psutil.Error):
        return str(data) in psutil.Process(pid).cmdline()  # empty for one that has ended and awaits its parent
    return False
