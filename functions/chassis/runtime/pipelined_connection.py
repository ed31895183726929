"""A connection of pg8000 that sends several statements in one exchange and reads all results together.

pg8000's own cursor needs three exchanges for a statement with parameters, and another three for a commit. PostgreSQL
allows a client to send the next statement before it has read the result of the one before (PostgreSQL's
documentation, section 54.2.4). After an error, it ignores the rest of the exchange, a COMMIT included.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from select import POLLIN, poll
from struct import Struct
from typing import Any, Final, NamedTuple

from pg8000 import dbapi
from pg8000.converters import timestamptz_in
from pg8000.core import BIND_COMPLETE, COMMAND_COMPLETE, EMPTY_QUERY_RESPONSE, PARSE_COMPLETE, READY_FOR_QUERY, Context
from pg8000.exceptions import InterfaceError

from functions.chassis.runtime.postgres_messages import (
    EXECUTE,
    SYNC,
    make_bind_message,
    make_describe_message,
    make_parse_message,
)
from functions.chassis.runtime.statement import Row, Statement

_IDLE: Final = b"I"
"""PostgreSQL's status of a connection without a transaction."""

_HEADER: Final = Struct("!ci")
"""The code of a message, and the length of the rest with these four bytes."""

_READ_SIZE: Final = 65_536
"""Bytes that are read at most at once. Most exchanges have fewer, so that one read returns all responses."""

_ENDS_OF_CALLS: Final = (COMMAND_COMPLETE, EMPTY_QUERY_RESPONSE)

MAX_PREPARED: Final = 250
"""A connection with more prepared statements is replaced, because PostgreSQL keeps each until the connection ends.

The combinations of filters of a list alone are thousands of statements.
"""

_TIMESTAMPTZ: Final = 1184
"""The type's object identifier in PostgreSQL."""


class Call(NamedTuple):
    """A statement with its encoded parameters."""

    statement: Statement
    parameters: list[str | None]


class CallResult(NamedTuple):
    """The rows that a statement returned, and the number of rows that it returned or changed."""

    rows: list[Row]
    row_count: int


class _Prepared(NamedTuple):
    columns: Any
    converters: Any


class _Context(Context):  # type: ignore[misc] # pg8000 has no types
    """The responses of one call. ``is_parsed`` tells whether the server has just prepared its statement."""

    is_parsed = False


class PipelinedConnection:
    """One connection. Each statement is prepared at its first use.

    ``raw`` is the connection of pg8000. The names of pg8000 that are used here are those of its version 1.31; the
    tests fail if another version changes them.
    """

    def __init__(self, raw: dbapi.Connection) -> None:
        self.raw = raw
        self.raw.autocommit = True  # BEGIN and COMMIT are sent by the transaction
        self.raw.register_in_adapter(_TIMESTAMPTZ, _read_time)
        self.raw.message_types[PARSE_COMPLETE] = _mark_parsed
        self.used_at = time.monotonic()
        self._prepared: dict[Statement, _Prepared] = {}
        self._is_broken = False

    @property
    def is_usable(self) -> bool:
        """Whether the connection works, no transaction is open on it, and its prepared statements are not too many."""
        is_idle = self.raw._transaction_status in (_IDLE, None)  # noqa: SLF001 - pg8000 has no public name for it
        return is_idle and not self._is_broken and len(self._prepared) <= MAX_PREPARED

    @property
    def has_unread_input(self) -> bool:
        """Whether the server sent something although no statement is running. Usually it closed the connection."""
        waiting = poll()
        waiting.register(self.raw._usock, POLLIN)  # noqa: SLF001 - pg8000 has no public name for it
        return bool(waiting.poll(0))

    def exchange(self, calls: Sequence[Call]) -> list[CallResult]:
        """Send all calls at once, and return their results in the same order.

        Raises pg8000's DatabaseError of the first call that failed, and InterfaceError or OSError if the connection
        broke. After an exchange that was interrupted, the next would read the rest of its responses. So it sends
        nothing, and raises InterfaceError.
        """
        if self._is_broken:
            raise InterfaceError("an earlier exchange broke the connection")
        contexts, messages = self._prepare(calls)
        self._is_broken = True  # until all responses were read
        self.raw._sock.write(messages)  # noqa: SLF001 - pg8000 has no public name for it
        self.raw._sock.flush()  # noqa: SLF001 - pg8000 has no public name for it
        self._read_responses(contexts)
        self._is_broken = False
        self.used_at = time.monotonic()
        for call, context in zip(calls, contexts, strict=True):
            if context.is_parsed:
                self._prepared[call.statement] = _Prepared(context.columns, context.input_funcs)
        for context in contexts:
            if context.error is not None:
                raise context.error
        return [_read_result(context) for context in contexts]

    def close(self) -> None:
        """Close the connection. An error of a connection that is already broken is ignored."""
        with suppress(Exception):
            self.raw.close()

    def _prepare(self, calls: Sequence[Call]) -> tuple[list[_Context], bytes]:
        """Return a context for the responses of each call, and the messages of the exchange."""
        contexts, messages = list[_Context](), list[bytes]()
        parsing = set[Statement]()  # a statement may occur twice in one exchange
        for statement, parameters in calls:
            name = statement.name.encode()
            prepared = self._prepared.get(statement)
            if prepared is not None:
                contexts.append(_Context(statement.sql, columns=prepared.columns, input_funcs=prepared.converters))
            else:
                contexts.append(_Context(statement.sql))
                if statement not in parsing:
                    parsing.add(statement)
                    messages.append(make_parse_message(name, statement.sql))
                messages.append(make_describe_message(name))
            messages += (make_bind_message(name, parameters), EXECUTE)
        messages.append(SYNC)
        return contexts, b"".join(messages)

    def _read_responses(self, contexts: Sequence[_Context]) -> None:
        """Read messages up to the end of the exchange. Raises InterfaceError or OSError if the connection broke."""
        handlers, read = self.raw.message_types, self.raw._sock.read1  # noqa: SLF001 - pg8000 has no public name for it
        received, position, number, last = b"", 0, 0, len(contexts) - 1
        while True:
            while len(received) - position < _HEADER.size:
                received, position = _read_more(read, received[position:]), 0
            code, length = _HEADER.unpack_from(received, position)
            start, end = position + _HEADER.size, position + length + 1  # the length does not count the code
            while len(received) < end:
                received = _read_more(read, received)
            if code != BIND_COMPLETE:  # it has no content
                handlers[code](received[start:end], contexts[min(number, last)])
            position = end
            if code in _ENDS_OF_CALLS:
                number += 1
            elif code == READY_FOR_QUERY:
                return


def _read_more(read: Callable[[int], bytes], received: bytes) -> bytes:
    """Return the bytes with those that arrive next. Raises InterfaceError if the server closed the connection."""
    further = read(_READ_SIZE)
    if not further:
        raise InterfaceError("the server closed the connection")
    return received + further


def _mark_parsed(_data: bytes, context: _Context) -> None:
    context.is_parsed = True


def _read_result(context: _Context) -> CallResult:
    if not context.rows:
        return CallResult([], max(context.row_count, 0))
    names = [column["name"] for column in context.columns]
    return CallResult([dict(zip(names, row, strict=True)) for row in context.rows], context.row_count)


def _read_time(text: str) -> Any:  # noqa: ANN401 - pg8000 returns text for a time that Python does not have
    """Return a timestamptz as a datetime: several times faster than pg8000's own way by ``strptime``."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return timestamptz_in(text)
