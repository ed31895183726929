"""Keyset pages: a cursor holds the last row's sort key, so that a page is as stable and as cheap as its index."""

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

Moment: Final = Annotated[AwareDatetime, Field(ge=EARLIEST, lt=LATEST)]
"""A moment in a sort key, as rows have them; further out neither Python nor PostgreSQL could compare it."""


class Page(Value, Generic[Item]):
    """Some items of a list, and the cursor of the page after; null on the last one."""

    items: list[Item]
    next: str | None = None


def encode_cursor(key: Sequence[object]) -> str:
    """Return a sort key as an opaque string; times and ids travel as text."""
    text = json.dumps([_plain(part) for part in key], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, types: Sequence[Any], *, field: str = "cursor") -> tuple[Any, ...] | None:
    """Return the sort key in a cursor, each part as its type; None for the first page.

    A cursor is of our making: anything else is answered with a 400 that names the field it came in.
    """
    if cursor is None:
        return None
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        parts = TypeAdapter(tuple[*types])  # type: ignore[valid-type] # made at run time
        return tuple(parts.validate_json(text, strict=True))
    except (binascii.Error, ValidationError):
        raise field_problem(400, field, "must be the `next` of a page of this list") from None


def page(
    rows: Sequence[Row], limit: int, *, item: Callable[[Row], Item], key: Callable[[Row], Sequence[object]]
) -> Page[Item]:
    """Return a page from up to ``limit`` + 1 rows: the one too many tells that there is a next one."""
    shown = rows[:limit]
    following = encode_cursor(key(shown[-1])) if len(rows) > limit else None
    return Page(items=[item(row) for row in shown], next=following)


def _plain(part: object) -> object:
    return part if isinstance(part, int | float | None) else str(part)
