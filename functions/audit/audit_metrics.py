"""Counts the entries of the audit log."""

from prometheus_client import Counter

from functions.chassis.telemetry.metrics import registry

_entries = Counter("todo_audit_entries", "Events appended to the audit log", registry=registry)


def count_audit_entry() -> None:
    """Count an entry that was appended to the audit log."""
    _entries.inc()
