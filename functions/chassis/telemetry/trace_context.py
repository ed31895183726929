"""Reads and writes ``traceparent`` values (W3C Trace Context, section 3.2).

Example: ``00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`` is version, trace id, span id and flags.
"""

import random
import re
from dataclasses import dataclass

_FORM = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_SAMPLED = 0x01


@dataclass(frozen=True, slots=True)
class TraceParent:
    """The parts of a ``traceparent``, in hexadecimal digits."""

    trace_id: str
    span_id: str
    flags: str

    @property
    def is_sampled(self) -> bool:
        """Whether the span is recorded."""
        return bool(int(self.flags, 16) & _SAMPLED)


def parse_traceparent(text: str | None) -> TraceParent | None:
    """Return the parts of a ``traceparent``, or None if it is missing, malformed, or has an id of zeros."""
    match = _FORM.fullmatch(text or "")
    if match is None or (match[4] and match[0].startswith("00")):
        return None
    return TraceParent(match[1], match[2], match[3])


def continue_trace(parent: str | None) -> str:
    """Return the ``traceparent`` of a new span below ``parent``, or in a new trace if there is no valid parent.

    The new span has the parent's flags.
    """
    parts = parse_traceparent(parent)
    if parts is None:
        return f"00-{_random_hex(128)}-{_random_hex(64)}-01"
    return f"00-{parts.trace_id}-{_random_hex(64)}-{parts.flags}"


def choose_parent(event_traceparent: str | None, request_traceparent: str | None) -> str | None:
    """Return the parent of the span that handles an event: the last hop's span, or the span that emitted the event.

    The event's ``traceparent`` attribute names the span that emitted it, and never changes. The request's header
    names a span of the last hop, such as a broker's, which is below the publisher's span. The header is more precise,
    but it is used only if it belongs to the event's trace and its span is recorded. Otherwise the new span would have
    a parent that no trace contains.
    """
    origin, hop = parse_traceparent(event_traceparent), parse_traceparent(request_traceparent)
    if origin is None:
        return request_traceparent
    if hop is None or hop.trace_id != origin.trace_id or (origin.is_sampled and not hop.is_sampled):
        return event_traceparent
    return request_traceparent


def _random_hex(bits: int) -> str:
    """Return a random id that is not zero. It is no secret, so it needs no system call for random bytes."""
    return f"{random.getrandbits(bits) or 1:0{bits // 4}x}"
