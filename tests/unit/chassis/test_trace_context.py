"""Reading and writing ``traceparent`` values."""

import pytest

from functions.chassis.telemetry.trace_context import choose_parent, continue_trace

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
HOP = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01"
OTHER_TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def unsampled(traceparent: str) -> str:
    """Return a ``traceparent`` with the flag "sampled" off."""
    return traceparent.removesuffix("01") + "00"


def test_a_trace_is_continued_with_a_new_span() -> None:
    """The trace id and the flag "sampled" stay the same, and the span id is new."""
    continued = continue_trace(TRACE)
    assert (continued[:36], continued[-3:]) == (TRACE[:36], "-01")
    assert continued != TRACE
    assert continue_trace(unsampled(TRACE)).endswith("-00")


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
def test_an_invalid_parent_starts_a_new_trace(value: str | None) -> None:
    """An invalid ``traceparent`` counts as missing (W3C Trace Context, section 3.2)."""
    started = continue_trace(value)
    assert started[3:35] != TRACE[3:35]
    assert continue_trace(started)[3:35] == started[3:35]


def test_a_later_version_is_read() -> None:
    """A later version may have further fields (W3C Trace Context, section 4.3)."""
    assert continue_trace(TRACE.replace("00-", "01-", 1) + "-more")[3:35] == TRACE[3:35]


@pytest.mark.parametrize(
    ("event_traceparent", "request_traceparent", "expected"),
    [
        (TRACE, HOP, HOP),
        (TRACE, OTHER_TRACE, TRACE),
        (TRACE, unsampled(HOP), TRACE),
        (unsampled(TRACE), unsampled(HOP), unsampled(HOP)),
        (TRACE, None, TRACE),
        (TRACE, "nonsense", TRACE),
        (None, HOP, HOP),
        ("nonsense", HOP, HOP),
        (None, None, None),
    ],
    ids=[
        "the hop is more precise",
        "the hop is in another trace",
        "the hop is not sampled",
        "neither is sampled",
        "no hop",
        "a malformed hop",
        "no event traceparent",
        "a malformed event traceparent",
        "neither",
    ],
)
def test_the_parent_is_the_last_hop_in_the_events_trace(
    event_traceparent: str | None, request_traceparent: str | None, expected: str
) -> None:
    """The last hop is the parent if it belongs to the event's trace; otherwise the emitting span is."""
    assert choose_parent(event_traceparent, request_traceparent) == expected
