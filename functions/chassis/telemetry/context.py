"""What is being handled, for whoever logs or calls on: the story's correlation id, and the W3C trace."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from events.ids import new_id

_CORRELATION = re.compile(r"[A-Za-z0-9._:-]{1,128}")


@dataclass(frozen=True, slots=True)
class Current:
    """The request or event that is being handled."""

    correlation_id: str = ""
    traceparent: str = ""
    service: str = ""
    event_type: str = ""

    @property
    def trace_id(self) -> str:
        """The trace's 32 hexadecimal digits, or nothing outside of one."""
        return self.traceparent[3:35]


_NOTHING = Current()
_current: ContextVar[Current] = ContextVar("current", default=_NOTHING)


def current() -> Current:
    """Return what is being handled here; an empty one where nothing is."""
    return _current.get()


@contextmanager
def use(handled: Current) -> Iterator[None]:
    """Make ``handled`` the current one for as long as the block runs."""
    token = _current.set(handled)
    try:
        yield
    finally:
        _current.reset(token)


def correlation_of(header: str | None) -> str:
    """Return a request's ``X-Correlation-Id``, or a new one where it has none that can be kept."""
    return header if header and _CORRELATION.fullmatch(header) else str(new_id())
