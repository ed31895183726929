"""SQL statements that are written once, at module level, and prepared once per connection."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from itertools import count
from typing import Any, Final
from uuid import UUID

Row = dict[str, Any]
"""A row of a result: its values by the names of the columns."""

_PARAMETER: Final = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")
_ARRAY_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"'})
_numbers = count(1)


class Statement:
    """One SQL statement with named parameters, such as ``:user_id``.

    Example::

        FIND_REMINDER = Statement("SELECT id, title FROM reminders.reminders WHERE id = :id AND user_id = :user_id")
        row = transaction.fetch_first(FIND_REMINDER, id=reminder_id, user_id=user.id)

    Write it at module level: a connection prepares each statement once, and keeps it. A value is sent as text, and
    PostgreSQL derives its type from the statement, so that a parameter may need a cast (``:now::timestamptz``). See
    :func:`encode_value` for the types. Text in a statement must not contain a colon before a lower-case word.
    """

    __slots__ = ("name", "parameters", "sql")

    def __init__(self, sql: str) -> None:
        self.parameters = tuple(dict.fromkeys(_PARAMETER.findall(sql)))
        positions = {name: f"${number}" for number, name in enumerate(self.parameters, start=1)}
        self.sql = _PARAMETER.sub(lambda found: positions[found[1]], sql)
        self.name = f"todo_{next(_numbers)}"

    def encode(self, values: Mapping[str, object]) -> list[str | None]:
        """Return the values in the order of the parameters, as text. Raises TypeError for a missing or unknown one."""
        if values.keys() != set(self.parameters):
            raise TypeError(f"the statement takes {self.parameters}, not {tuple(values)}")
        return [encode_value(values[name]) for name in self.parameters]


@lru_cache(maxsize=256)
def make_statement(sql: str) -> Statement:
    """Return the statement of an SQL text that is put together at run time, such as a query with optional filters.

    Equal texts give the same statement. Only fixed parts may be in the text: a value is always a parameter.
    """
    return Statement(sql)


def encode_value(value: object) -> str | None:
    """Return a parameter's value as PostgreSQL reads it.

    None is NULL. Times are RFC 3339. Dictionaries and lists are JSON; for an array use :func:`encode_array`.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, dict | list):
        return encode_json(value)
    if isinstance(value, int | float | UUID):
        return str(value)
    raise TypeError(f"a {type(value).__name__} is no value of a statement")


def encode_json(value: object) -> str:
    """Return JSON in which UUIDs and times are strings. Raises TypeError for other types, ValueError for NaN."""
    return json.dumps(value, default=_to_json, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def encode_array(values: Iterable[object]) -> str:
    """Return a PostgreSQL array, for example for ``id = ANY(:ids::uuid[])``."""
    return "{" + ",".join(f'"{str(value).translate(_ARRAY_ESCAPES)}"' for value in values) + "}"


def quote_columns(columns: Iterable[str]) -> str:
    """Return the columns' names for a statement, quoted and separated by commas."""
    return ", ".join(f'"{column}"' for column in columns)


def insert_rows(table: str, columns: Iterable[str]) -> str:
    """Return the start of an INSERT of many rows that are given as JSON in the parameter ``:rows``.

    Each object has the columns as members; PostgreSQL converts each to its column's type. ``ON CONFLICT`` and
    ``RETURNING`` may follow::

        STORE = Statement(insert_rows("reminders.seen", ("task_id", "version")) + " ON CONFLICT DO NOTHING")
        transaction.enqueue(STORE, rows=[{"task_id": task.id, "version": task.version}])
    """
    names = quote_columns(columns)
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{table}, :rows)"  # noqa: S608 - names from the code


def update_on_conflict(key: Iterable[str], columns: Iterable[str]) -> str:
    """Return an ON CONFLICT clause that sets the given columns of the existing row to the new row's values."""
    changes = ", ".join(f'"{column}" = excluded."{column}"' for column in columns)
    return f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"


def _to_json(value: object) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"a {type(value).__name__} is no JSON value")
