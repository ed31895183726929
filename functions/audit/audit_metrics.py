"""Counts the entries of the audit log."""

from functions.chassis.telemetry.instruments import Counter

_entries = Counter("todo_audit_entries", "Events appended to the audit log")


def count_audit_entry() -> None:
    """Count an entry that was appended to the audit log."""
    _entries.count()
