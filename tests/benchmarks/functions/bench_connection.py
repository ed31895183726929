"""The connection of a compared function: one for each thread, which stays open."""

import json
import os
import threading
from typing import Any

from pg8000 import dbapi, native

ARGUMENTS: dict[str, Any] = {**json.loads(os.environ["BENCH_DATABASE"]), "ssl_context": False}
"""The arguments of pg8000: user, password, database and unix_sock."""

INSERT = "INSERT INTO bench.rows VALUES (:id, :body)"

_local = threading.local()


def connection_of_thread() -> dbapi.Connection:
    """Return this thread's connection, as the DB-API has it."""
    if not hasattr(_local, "connection"):
        _local.connection = dbapi.connect(**ARGUMENTS)
    connection: dbapi.Connection = _local.connection
    return connection


def statement_of_thread() -> Any:
    """Return this thread's prepared statement; its ``con`` is this thread's connection."""
    if not hasattr(_local, "statement"):
        _local.statement = native.Connection(**ARGUMENTS).prepare(INSERT)
    return _local.statement
