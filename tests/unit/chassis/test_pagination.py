"""Tests of keyset pagination."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.data import Value
from events.fields import EARLIEST, LATEST
from functions.chassis.http.pagination import CursorTime, decode_cursor, encode_cursor, make_page
from functions.chassis.http.problem import Problem

TYPES = (CursorTime, UUID)
SOME_ID = UUID(int=0)


class Item(Value):
    """An item of a list."""

    number: int


@given(st.datetimes(datetime(1970, 1, 2), datetime(8999, 12, 30), timezones=st.timezones()), st.uuids())  # noqa: DTZ001 - their zone is drawn
def test_a_decoded_cursor_equals_the_sort_key(moment: datetime, identifier: UUID) -> None:
    """Encoding and decoding preserve a sort key, to the microsecond."""
    key = (moment.astimezone(UTC), identifier)
    assert decode_cursor(encode_cursor(key), TYPES) == key


def test_no_cursor_means_the_first_page() -> None:
    """Without a cursor there is no sort key."""
    assert decode_cursor(None, TYPES) is None


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "x" * 2000,
        encode_cursor(("now",)),
        encode_cursor(("now", "here")),
        encode_cursor((1, 2, 3)),
        encode_cursor((5, SOME_ID)),
        encode_cursor(("2026-03-02T12:00:00", SOME_ID)),
        encode_cursor((EARLIEST - timedelta(seconds=1), SOME_ID)),
        encode_cursor((LATEST, SOME_ID)),
        encode_cursor(("0001-01-01T00:00:00+14:00", SOME_ID)),
        urlsafe_b64encode(b"\xff").decode(),
        urlsafe_b64encode(b"[" * 5000).decode(),
        urlsafe_b64encode(b'{"a": 1}').decode(),
    ],
)
def test_a_forged_cursor_is_rejected(cursor: str) -> None:
    """A string that is not a cursor of this list gets a 400."""
    with pytest.raises(Problem, match="cursor: must be the `next`") as rejected:
        decode_cursor(cursor, TYPES)
    assert rejected.value.status == 400


@given(st.integers(0, 30), st.integers(1, 10))
def test_pages_contain_every_item_once(count: int, limit: int) -> None:
    """A client that follows `next` from the first page gets every item once, in order."""
    items = [Item(number=number) for number in range(count)]
    seen, cursor = list[Item](), None
    while True:
        after = decode_cursor(cursor, (int,))
        rest = [item for item in items if after is None or item.number > after[0]]
        page = make_page(rest[: limit + 1], limit, item=lambda item: item, key=lambda item: [item.number])
        seen += page.items
        cursor = page.next
        if cursor is None:
            break
    assert seen == items
