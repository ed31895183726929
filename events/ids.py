"""Identifiers: of new things, and of what follows from a thing that already has one."""

from uuid import UUID, uuid5

from uuid6 import uuid7

_NAMESPACE = UUID("6f1d3f0e-8d58-4a57-9d0a-0b8f2f3c7a11")


def new_id() -> UUID:
    """Return a UUIDv7 (RFC 9562, section 5.7): unique, and sorted by its time of birth."""
    return UUID(int=uuid7().int)


def derived_id(*cause: object) -> UUID:
    """Return the UUIDv5 (RFC 9562, section 5.5) of a cause, so that a repeat of the cause has the same id.

    The parts are joined with their lengths: ``("ab", "c")`` and ``("a", "bc")`` differ.
    """
    parts = [str(part) for part in cause]
    return uuid5(_NAMESPACE, "".join(f"{len(part)}:{part}" for part in parts))
