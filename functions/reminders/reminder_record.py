"""A stored reminder: the public reminder of events and answers, with the columns that only this domain uses."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from events.ids import derived_id
from events.reminder import Reminder


@dataclass(frozen=True, slots=True)
class ReminderRecord:
    """A reminder and its bookkeeping."""

    reminder: Reminder
    planned_at: datetime | None
    """The requested moment, before any snooze; None if the task no longer has this reminder."""
    failed: tuple[str, ...] = ()
    """Ids of the notifications of the current firing that have failed."""

    @property
    def is_pending(self) -> bool:
        """Whether the reminder has still to fire, or its outcome is not known yet."""
        return self.reminder.status == "scheduled"

    @property
    def firing_id(self) -> UUID:
        """The id of the ReminderDue for the current moment. A reminder fires once for each moment that it gets."""
        return derived_id("ReminderDue", self.reminder.id, self.reminder.remind_at.astimezone(UTC).isoformat())
