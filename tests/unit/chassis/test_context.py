"""What is being handled."""

import pytest

from functions.chassis.telemetry.context import Current, correlation_of, current, use

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize("header", ["a b", "x" * 129, "new\nline", "ü", "", None])
def test_a_correlation_id_that_cannot_be_kept_is_replaced(header: str | None) -> None:
    """What a client sends ends up in headers and logs, so it must be harmless."""
    assert correlation_of(header) not in {header, ""}


def test_a_correlation_id_that_can_be_kept_is() -> None:
    """A client's own name for its story goes through all of it."""
    assert correlation_of("my-story") == "my-story"


def test_the_context_is_that_of_what_is_handled() -> None:
    """Inside the block it is there, outside it is not."""
    with use(Current("my-story", TRACE, "tasks")):
        assert (current().correlation_id, current().trace_id) == ("my-story", TRACE[3:35])
    assert (current().correlation_id, current().trace_id) == ("", "")
