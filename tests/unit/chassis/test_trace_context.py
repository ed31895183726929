"""Traces, as W3C Trace Context writes them."""

import pytest

from functions.chassis.telemetry.trace_context import continued, nearest

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
HOP = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01"
ELSEWHERE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def unsampled(traceparent: str) -> str:
    """Return it as one whose span is not kept."""
    return traceparent.removesuffix("01") + "00"


def test_a_trace_is_continued_with_a_span_of_ones_own() -> None:
    """The trace id and the sampled flag stay, the span is new."""
    following = continued(TRACE)
    assert (following[:36], following[-3:]) == (TRACE[:36], "-01")
    assert following != TRACE
    assert continued(unsampled(TRACE)).endswith("-00")


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "nonsense",
        TRACE.upper(),
        TRACE.replace("00-", "ff-", 1),
        TRACE + "-extra",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-0af7651916cd43dd8448eb211c80319c-{'0' * 16}-01",
    ],
)
def test_what_is_no_trace_begins_one(value: str | None) -> None:
    """W3C Trace Context, section 3.2: an invalid traceparent is as good as none."""
    begun = continued(value)
    assert begun[3:35] != TRACE[3:35]
    assert continued(begun)[3:35] == begun[3:35]


def test_a_later_version_is_read_as_far_as_it_is_known() -> None:
    """W3C Trace Context, section 4.3: a higher version may have more fields."""
    assert continued(TRACE.replace("00-", "01-", 1) + "-more")[3:35] == TRACE[3:35]


@pytest.mark.parametrize(
    ("said", "came", "expected"),
    [
        (TRACE, HOP, HOP),
        (TRACE, ELSEWHERE, TRACE),
        (TRACE, unsampled(HOP), TRACE),
        (unsampled(TRACE), unsampled(HOP), unsampled(HOP)),
        (TRACE, None, TRACE),
        (TRACE, "nonsense", TRACE),
        (None, HOP, HOP),
        ("nonsense", HOP, HOP),
        (None, None, None),
    ],
    ids=[
        "the hop tells more",
        "a hop in another trace does not count",
        "a hop that keeps no span does not count",
        "nobody keeps anything",
        "no hop",
        "no hop that can be read",
        "an event of others",
        "an event that cannot be read",
        "nothing at all",
    ],
)
def test_an_event_follows_what_is_nearest_in_its_own_trace(said: str | None, came: str | None, expected: str) -> None:
    """The last hop is the parent where it is part of the event's trace; who said the event is, where it is not."""
    assert nearest(said, came) == expected
