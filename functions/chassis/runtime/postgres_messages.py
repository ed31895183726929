"""The messages of PostgreSQL's extended query protocol that a client sends (PostgreSQL's documentation, section 54.7).

pg8000 adds a Flush to each of its messages, so that the server answers each statement by itself. Without it, the server
answers all statements of an exchange together.
"""

from collections.abc import Sequence
from struct import Struct
from typing import Final

_INT16: Final = Struct("!h").pack
_INT32: Final = Struct("!i").pack

EXECUTE: Final = b"E" + _INT32(9) + b"\x00" + _INT32(0)
"""Run the statement that was bound last, and return all of its rows."""

SYNC: Final = b"S" + _INT32(4)
"""The end of an exchange. After an error, the server ignores everything up to this message."""


def make_parse_message(name: bytes, sql: str) -> bytes:
    """Return the message that prepares a statement under a name."""
    parse = name + b"\x00" + sql.encode() + b"\x00" + _INT16(0)
    return b"P" + _INT32(len(parse) + 4) + parse


def make_describe_message(name: bytes) -> bytes:
    """Return the message that asks for the columns of a prepared statement's result."""
    describe = b"S" + name + b"\x00"
    return b"D" + _INT32(len(describe) + 4) + describe


def make_bind_message(name: bytes, parameters: Sequence[str | None]) -> bytes:
    """Return the message that gives a prepared statement its parameters, as text."""
    parts = [b"\x00", name, b"\x00", _INT16(0), _INT16(len(parameters))]
    for parameter in parameters:
        if parameter is None:
            parts.append(_INT32(-1))
        else:
            encoded = parameter.encode()
            parts += (_INT32(len(encoded)), encoded)
    parts.append(_INT16(0))
    bind = b"".join(parts)
    return b"B" + _INT32(len(bind) + 4) + bind
