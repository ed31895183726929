"""Counts what users do to their tasks."""

from prometheus_client import Counter

from functions.chassis.telemetry.metrics import registry

_operations = Counter("todo_task_operations", "Operations on tasks", ["operation"], registry=registry)


def count_task_operation(operation: str) -> None:
    """Count an operation on a task: create, update, complete, reopen or delete."""
    _operations.labels(operation).inc()
