"""The port of tracing: spans, and the tracer that creates them. Without a collector, spans are not recorded."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from enum import Enum
from typing import Final, Protocol, Self

from functions.chassis.telemetry.trace_context import continue_trace

Attributes = Mapping[str, str | int]
"""A span's attributes, by OpenTelemetry's names. They never contain user ids or anything that a user wrote."""

NO_ATTRIBUTES: Final[Attributes] = {}


class SpanKind(Enum):
    """The role of a span in its trace, by OpenTelemetry's names."""

    SERVER = "SERVER"
    CLIENT = "CLIENT"
    PRODUCER = "PRODUCER"
    CONSUMER = "CONSUMER"


class Span(Protocol):
    """One step of a trace, such as a request or the publish of an event."""

    @property
    def traceparent(self) -> str:
        """The ``traceparent`` that names this span as the parent of further spans."""
        ...

    def set_attributes(self, attributes: Attributes) -> None:
        """Add attributes."""
        ...

    def record_error(self, error_type: str) -> None:
        """Mark the span as failed. ``error_type`` is a status such as ``503``, or the name of an exception's class."""
        ...


class Tracer(Protocol):
    """Creates spans. A tracer never blocks and never raises, so tracing cannot break or delay a request."""

    is_recording: bool
    """Whether spans are recorded. If not, callers on hot paths need not compose attributes."""

    def span(
        self, name: str, kind: SpanKind, *, parent: str | None, attributes: Attributes
    ) -> AbstractContextManager[Span]:
        """Trace a block; an exception marks the span as failed.

        ``parent`` is a ``traceparent``. Without one, the span starts a new trace.
        """
        ...

    def close(self) -> None:
        """Export the remaining spans and metrics within a few seconds."""
        ...


class NonRecordingTracer:
    """A tracer that does not record spans. It continues the traces of others, and starts a trace if there is none."""

    is_recording = False

    def span(
        self,
        _name: str,
        _kind: SpanKind,
        *,
        parent: str | None,
        attributes: Attributes,  # noqa: ARG002 - the port's signature
    ) -> AbstractContextManager[Span]:
        """Run a block with a new ``traceparent``."""
        return _NonRecordingSpan(continue_trace(parent))

    def close(self) -> None:
        """Return at once, because there is no export."""


class _NonRecordingSpan:
    __slots__ = ("traceparent",)

    def __init__(self, traceparent: str) -> None:
        self.traceparent = traceparent

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def set_attributes(self, attributes: Attributes) -> None:
        """Ignore the attributes."""

    def record_error(self, error_type: str) -> None:
        """Ignore the error."""
