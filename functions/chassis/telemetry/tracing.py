"""Spans: what was done, how long it took, and what it followed from. Whether anybody is told of them is a setting."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from enum import Enum
from typing import Protocol

from functions.chassis.telemetry.trace_context import continued

Attributes = Mapping[str, str | int]
"""What a span tells, by OpenTelemetry's names. Kinds of things and ids of ours: nothing of a user, nor who they are."""


class Kind(Enum):
    """What a span is to the trace, in OpenTelemetry's words."""

    SERVER = "SERVER"
    CLIENT = "CLIENT"
    PRODUCER = "PRODUCER"
    CONSUMER = "CONSUMER"


class Span(Protocol):
    """Something that is being done."""

    @property
    def traceparent(self) -> str:
        """What follows from it names this as its parent."""
        ...

    def note(self, attributes: Attributes) -> None:
        """Tell more of it."""
        ...

    def fail(self, error_type: str) -> None:
        """Say that it failed, and what kind of failure that was: a status, or the name of an error."""
        ...


class Tracer(Protocol):
    """Whatever makes spans. It costs those who are traced next to nothing, and never fails them."""

    def span(
        self, name: str, kind: Kind, *, parent: str | None, attributes: Attributes
    ) -> AbstractContextManager[Span]:
        """Trace a block below the ``traceparent`` given, or as the first of a trace; an exception is its failure."""
        ...

    def close(self) -> None:
        """Send what is left, within bounded time."""
        ...


class Untraced:
    """Tells nobody. A trace that somebody else began goes on, and one begins where there is none."""

    @contextmanager
    def span(self, _name: str, _kind: Kind, *, parent: str | None, attributes: Attributes) -> Iterator[Span]:  # noqa: ARG002
        """Give the block a ``traceparent``."""
        yield _Unrecorded(continued(parent))

    def close(self) -> None:
        """Do nothing."""


class _Unrecorded:
    def __init__(self, traceparent: str) -> None:
        self.traceparent = traceparent

    def note(self, attributes: Attributes) -> None:
        """Tell nobody."""

    def fail(self, error_type: str) -> None:
        """Tell nobody."""
