"""Stop a PostgreSQL server that a killed platform left running."""

import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil

SOCKET_FOLDER_PREFIX = "todo-pg-"
"""The first part of the name of a server's socket folder."""

STOP_SECONDS = 20.0

_UNUSED_PID = 2**31 - 1  # above the highest process id of Linux and macOS


def stop_leftover_server(data: Path, *, keep: Path | None = None) -> None:
    """Stop a server that still runs on ``data``, PostgreSQL's data directory, and delete its socket folder.

    The socket folder ``keep`` is not deleted. The server's process id is read from ``postmaster.pid``. PostgreSQL
    does not start if this file has the id of a running process, even of an unrelated one, which got the id later. In
    that case the id in the file is replaced by one that no process has.
    """
    pid_file = data / "postmaster.pid"
    try:
        lines = pid_file.read_text(encoding="utf-8").splitlines(keepends=True)
        pid, sockets = int(lines[0]), Path(lines[4].rstrip("\n"))
    except (OSError, ValueError, IndexError):
        return
    for number in (signal.SIGINT, signal.SIGQUIT):
        if _is_server_of(pid, data):
            os.kill(pid, number)
            _wait_until_stopped(pid, data)
    if pid_file.exists() and not _is_server_of(pid, data):
        # The other lines stay: PostgreSQL reads in them whether sessions of the dead server still run.
        pid_file.write_text("".join([f"{_UNUSED_PID}\n", *lines[1:]]), encoding="utf-8")
    if sockets != keep and sockets.name.startswith(SOCKET_FOLDER_PREFIX):
        shutil.rmtree(sockets, ignore_errors=True)


def _wait_until_stopped(pid: int, data: Path) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while _is_server_of(pid, data) and time.monotonic() < deadline:
        time.sleep(0.02)


def _is_server_of(pid: int, data: Path) -> bool:
    """Return whether a process is the server of a data directory, and not an unrelated process with the same id."""
    with suppress(psutil.Error):
        return str(data) in psutil.Process(pid).cmdline()  # a zombie has an empty command line
    return False
