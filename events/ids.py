"""Creates identifiers: new ones, and ones derived from a cause."""

from uuid import UUID, uuid5

from uuid6 import uuid7

_NAMESPACE = UUID("6f1d3f0e-8d58-4a57-9d0a-0b8f2f3c7a11")


def new_id() -> UUID:
    """Return a UUIDv7 (RFC 9562, section 5.7). These are unique and sort by the time of their creation."""
    return UUID(int=uuid7().int)


def derived_id(*cause: object) -> UUID:
    """Return the UUIDv5 (RFC 9562, section 5.5) of a cause. The same cause always has the same id.

    Example: ``derived_id("reminder", task_id, "PT30M")``. Each part is joined with its length, so that
    ``("ab", "c")`` and ``("a", "bc")`` differ.
    """
    parts = [str(part) for part in cause]
    return uuid5(_NAMESPACE, "".join(f"{len(part)}:{part}" for part in parts))
