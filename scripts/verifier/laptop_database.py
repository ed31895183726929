"""Finds the log of a running scripts/up: its database and its keys are in the data folder."""

import json
from functools import partial
from pathlib import Path

from .database_connection import connect
from .database_source import DatabaseSource
from .verification_errors import CannotVerifyError

SOCKET_LINE = 4
"""The index of the line in ``postmaster.pid`` that names the socket's folder."""


def open_laptop_log(data: Path) -> DatabaseSource:
    """Return the log of the scripts/up that runs on the folder ``data``; raises CannotVerifyError if none runs."""
    try:
        secrets = json.loads((data / "secrets.json").read_text(encoding="utf-8"))
        pointer = data / "postgres-is-in"
        home = Path(pointer.read_text(encoding="utf-8").strip()) if pointer.exists() else data / "postgres"
        folder = (home / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[SOCKET_LINE]
        password, keys = secrets["database-password-audit"], secrets["audit-verifier-keys"].split()
    except (OSError, ValueError, KeyError, IndexError):
        raise CannotVerifyError(
            f"scripts/up does not run on {data}: start it, name its --data, or name a log"
        ) from None
    socket = f"{folder}/.s.PGSQL.5432"
    return DatabaseSource(
        partial(connect, user="todo_audit", password=password, database="todo", unix_sock=socket), keys
    )
