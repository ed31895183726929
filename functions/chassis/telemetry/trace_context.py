"""A ``traceparent``: which trace something belongs to, and what it follows there (W3C Trace Context, section 3.2)."""

import re
import secrets
from dataclasses import dataclass

_FORM = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_SAMPLED = 0x01


@dataclass(frozen=True, slots=True)
class TraceParent:
    """The parts of a ``traceparent``, as they are written there."""

    trace_id: str
    span_id: str
    flags: str

    @property
    def sampled(self) -> bool:
        """Whether whoever wrote it keeps its span."""
        return bool(int(self.flags, 16) & _SAMPLED)


def parse(text: str | None) -> TraceParent | None:
    """Return the parts; None for what does not parse, or whose ids are all zeros, as that is as good as nothing."""
    found = _FORM.fullmatch(text or "")
    if found is None or (found[4] and found[0].startswith("00")):
        return None
    return TraceParent(found[1], found[2], found[3])


def continued(text: str | None) -> str:
    """Return a new span in the given trace, with its flags, or in a new trace where none is given."""
    parent = parse(text)
    if parent is None:
        return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
    return f"00-{parent.trace_id}-{secrets.token_hex(8)}-{parent.flags}"


def nearest(said: str | None, came: str | None) -> str | None:
    """Return what the handling of an event follows from: its own ``traceparent``, or that of the request it came in.

    The event's says who said it, and stays the same however it travels. The request's is that of the last hop, a span
    of a broker or a sidecar below the publisher's, and so tells more; but it counts only where it belongs to the
    event's trace, and where that hop keeps its span: what follows would otherwise hang from nothing.
    """
    origin, hop = parse(said), parse(came)
    if origin is None:
        return came
    if hop is None or hop.trace_id != origin.trace_id or (origin.sampled and not hop.sampled):
        return said
    return came
