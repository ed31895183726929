"""Lists the exchanges with PostgreSQL, and the statements of each."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest.mock import patch

from functions.chassis.runtime.pipelined_connection import Call, CallResult, PipelinedConnection


@contextmanager
def count_exchanges() -> Iterator[list[list[str]]]:
    """Collect the exchanges of the block, of every thread: each is a list of SQL texts and commands.

    Example::

        with count_exchanges() as exchanges:
            function.deliver(event)
        assert len(exchanges) <= 4
    """
    exchanges: list[list[str]] = []
    exchange = PipelinedConnection.exchange

    def record(connection: PipelinedConnection, calls: Sequence[Call]) -> list[CallResult]:
        exchanges.append([call.statement.sql for call in calls])
        return exchange(connection, calls)

    with patch.object(PipelinedConnection, "exchange", record):
        yield exchanges


def describe_statement(sql: str) -> str:
    """Return a statement's verb and its first table, such as ``INSERT notifications.attempts``; or a command."""
    found = re.match(r"(SELECT|UPDATE|INSERT|DELETE).*?\b([a-z]+\.[a-z]+)", sql, re.DOTALL)
    return f"{found[1]} {found[2]}" if found else sql
