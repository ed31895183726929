"""Keyset pagination: a cursor encodes the sort key of a page's last row, and the next page starts after that key."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from events.data import Value
from events.fields import EARLIEST, LATEST
from functions.chassis.http.problem import field_problem

Row = TypeVar("Row")
Item = TypeVar("Item")

CursorTime: Final = Annotated[AwareDatetime, Field(ge=EARLIEST, lt=LATEST)]
"""A time in a cursor. Python and PostgreSQL can compare every time in this range.

It is not :data:`events.fields.Instant`: cursors contain ``2026-03-01 09:00:00+00:00``, which is not RFC 3339."""


class Page(Value, Generic[Item]):
    """Some items of a list, and the cursor of the next page; ``next`` is null on the last page."""

    items: list[Item]
    next: str | None = None


def make_page(
    rows: Sequence[Row], limit: int, *, item: Callable[[Row], Item], key: Callable[[Row], Sequence[object]]
) -> Page[Item]:
    """Return a page of at most ``limit`` items, made from a query's first ``limit`` + 1 rows.

    The extra row shows that there is a next page. ``item`` converts a row, and ``key`` returns its sort key.
    """
    shown = rows[:limit]
    following = encode_cursor(key(shown[-1])) if len(rows) > limit else None
    return Page(items=[item(row) for row in shown], next=following)


def encode_cursor(key: Sequence[object]) -> str:
    """Return a sort key as an opaque string: the Base64 of a JSON array, with times and ids as text."""
    text = json.dumps([_to_json(part) for part in key], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, types: Sequence[Any], *, field: str = "cursor") -> tuple[Any, ...] | None:
    """Return a cursor's sort key with each part converted to its type, or None for the first page.

    ``field`` is the query parameter that holds the cursor. Raises a 400 that names it if the cursor has another form.

    Example: ``decode_cursor(query.cursor, (CursorTime, UUID))`` returns a datetime and a UUID.
    """
    if cursor is None:
        return None
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        parts = TypeAdapter(tuple[*types])  # type: ignore[valid-type] # the types are known at run time only
        return tuple(parts.validate_json(text, strict=True))
    except (binascii.Error, ValidationError):
        raise field_problem(400, field, "must be the `next` of a page of this list") from None


def _to_json(part: object) -> object:
    return part if isinstance(part, int | float | None) else str(part)
