"""The telemetry context: the correlation id, trace and event type of the request or event that is being handled."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from events.ids import new_id

_CORRELATION_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


@dataclass(frozen=True, slots=True)
class TelemetryContext:
    """The request or event that is being handled; each field is empty if it is unknown.

    ``traceparent`` names the current span. Everything that follows from the request or event has it as its parent.
    """

    correlation_id: str = ""
    traceparent: str = ""
    service: str = ""
    event_type: str = ""

    @property
    def trace_id(self) -> str:
        """The trace's 32 hexadecimal digits, or an empty string outside of a trace."""
        return self.traceparent[3:35]


_context: ContextVar[TelemetryContext] = ContextVar("telemetry_context", default=TelemetryContext())  # noqa: B039 - frozen


def current_context() -> TelemetryContext:
    """Return the context of the current request or event; every field is empty outside of both."""
    return _context.get()


@contextmanager
def use_context(context: TelemetryContext) -> Iterator[None]:
    """Make ``context`` the current one while the block runs."""
    token = _context.set(context)
    try:
        yield
    finally:
        _context.reset(token)


def read_correlation_id(header: str | None) -> str:
    """Return the value of an ``X-Correlation-Id`` header, or a new id if it is missing or has unsafe characters."""
    return header if header and _CORRELATION_ID.fullmatch(header) else str(new_id())
