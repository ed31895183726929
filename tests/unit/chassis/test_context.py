"""What is being handled, and the trace it belongs to."""

import pytest

from events.task import TaskCreated
from functions.chassis.telemetry.context import continued, current, from_event, from_headers, use
from tests.samples import a_task, an_event

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_trace_is_continued_with_a_span_of_ones_own() -> None:
    """The trace id and the sampled flag stay, the span is new."""
    following = continued(TRACE)
    assert (following[:36], following[-3:]) == (TRACE[:36], "-01")
    assert following != TRACE
    assert continued(TRACE.removesuffix("01") + "00").endswith("-00")


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


@pytest.mark.parametrize("header", ["a b", "x" * 129, "new\nline", "ü", ""])
def test_a_correlation_id_that_cannot_be_kept_is_replaced(header: str) -> None:
    """What a client sends ends up in headers and logs, so it must be harmless."""
    assert from_headers({"X-Correlation-Id": header}, "tasks").correlation_id not in {header, ""}


def test_the_context_is_that_of_what_is_handled() -> None:
    """Inside the block it is there, outside it is not."""
    handled = from_headers({"X-Correlation-Id": "my-story", "traceparent": TRACE}, "tasks")
    with use(handled):
        assert (current().correlation_id, current().trace_id) == ("my-story", TRACE[3:35])
    assert (current().correlation_id, current().trace_id) == ("", "")


def test_an_event_brings_its_story() -> None:
    """An event's correlation id and type are those of what is handled."""
    event = an_event(TaskCreated(task=a_task()), traceparent=TRACE)
    handled = from_event(event, "schedule-reminders")
    assert (handled.correlation_id, handled.event_type, handled.trace_id) == (
        "a-correlation-id",
        "todo.TaskCreated",
        TRACE[3:35],
    )
