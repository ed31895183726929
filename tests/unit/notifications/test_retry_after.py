"""The Retry-After header."""

from datetime import timedelta

import pytest

from functions.notifications.outbound.http_post import parse_retry_after
from tests.samples import NOON


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 0 ", timedelta()),
        ("Mon, 02 Mar 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("Mon, 02 Mar 2026 12:05:00 -0000", timedelta(minutes=5)),
        ("Mon, 02 Mar 2026 11:00:00 GMT", None),
        ("soon", None),
        ("-5", None),
        ("9" * 400, None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
def test_seconds_and_dates_are_read(header: str | None, wait: timedelta | None) -> None:
    """A header that cannot be read has no delay."""
    assert parse_retry_after(header, now=NOON) == wait
