"""What is being handled, for whoever logs or calls on: the story's correlation id, and the W3C trace."""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from events.data import EventData
from events.event import Event
from events.ids import new_id

_CORRELATION = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


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


def from_headers(headers: Mapping[str, str], service: str) -> Current:
    """Return the context of a request: its ``X-Correlation-Id`` and trace, or new ones where it has none that fit."""
    given = headers.get("X-Correlation-Id", "")
    correlation = given if _CORRELATION.fullmatch(given) else str(new_id())
    return Current(correlation, continued(headers.get("traceparent")), service)


def from_event(event: Event[EventData], service: str) -> Current:
    """Return the context of an event that is being handled."""
    attributes = event.attributes
    return Current(event.cause.correlationid, continued(attributes.traceparent), service, attributes.type)


def continued(traceparent: str | None) -> str:
    """Return a ``traceparent`` with a new span in the given trace, or in a new one where none is given.

    W3C Trace Context, section 3.2: a value that does not parse, or whose ids are all zeros, is as good as none. The
    sampled flag is kept.
    """
    parsed = _TRACEPARENT.fullmatch(traceparent or "")
    if parsed is None or (parsed[4] and traceparent is not None and traceparent.startswith("00")):
        return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
    return f"00-{parsed[1]}-{secrets.token_hex(8)}-{parsed[3]}"
