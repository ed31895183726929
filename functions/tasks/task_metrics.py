"""Counts the operations on tasks."""

from functions.chassis.telemetry.instruments import Counter

_operations = Counter("todo_task_operations", "Operations on tasks", ["operation"])


def count_task_operation(operation: str) -> None:
    """Count one operation: "create", "update", "complete", "reopen" or "delete"."""
    _operations.count(operation)
