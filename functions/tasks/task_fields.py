"""Classifies the fields of a task: which ones its owner sets, and which ones the next occurrence takes over.

A new field of :class:`events.task.Task` needs no change here if its owner sets it: the next occurrence takes it over.
"""

from typing import Final

from events.task import Task

SYSTEM_FIELDS: Final = frozenset(
    {
        "id",
        "user_id",
        "status",
        "series_id",
        "occurrence",
        "recurrence_id",
        "version",
        "created_at",
        "updated_at",
        "completed_at",
    }
)
"""Fields that only the service sets. A draft has none of them."""

SCHEDULE_FIELDS: Final = frozenset({"due_at", "time_zone", "recurrence"})
"""Fields that the owner sets, and that the series determines for the next occurrence."""

CARRIED_OVER_FIELDS: Final = tuple(
    name for name in Task.model_fields if name not in SYSTEM_FIELDS and name not in SCHEDULE_FIELDS
)
"""Fields that the next occurrence takes over from the task before."""
