"""The telemetry context of the request or event that is being handled."""

import pytest

from functions.chassis.telemetry.context import TelemetryContext, current_context, read_correlation_id, use_context

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize("header", ["a b", "x" * 129, "new\nline", "ü", "", None])
def test_an_unsafe_correlation_id_is_replaced(header: str | None) -> None:
    """A client's correlation id is copied to headers and logs, so it must be harmless."""
    assert read_correlation_id(header) not in {header, ""}


def test_a_safe_correlation_id_is_used() -> None:
    """A client can choose the correlation id."""
    assert read_correlation_id("my-story") == "my-story"


def test_a_context_is_current_inside_its_block_only() -> None:
    """Outside of the block every field is empty."""
    with use_context(TelemetryContext("my-story", TRACE, "tasks")):
        assert (current_context().correlation_id, current_context().trace_id) == ("my-story", TRACE[3:35])
    assert (current_context().correlation_id, current_context().trace_id) == ("", "")
