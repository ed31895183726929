"""A reminder as this domain keeps it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from events.ids import derived_id
from events.reminder import Reminder


@dataclass(frozen=True, slots=True)
class Record:
    """A reminder, and what only this domain needs to know of it."""

    reminder: Reminder
    planned_at: datetime | None
    """The moment that was asked for, whatever a snooze made of it; None where its task no longer asks for it."""
    failed: tuple[str, ...] = ()
    """The notifications of the present firing that were given up, by their ids."""

    @property
    def waits(self) -> bool:
        """Whether its moment is still to come, or its outcome is not known yet."""
        return self.reminder.status == "scheduled"

    @property
    def firing(self) -> UUID:
        """The id of the ReminderDue for its present moment: a reminder fires once for each moment it is moved to."""
        return derived_id("ReminderDue", self.reminder.id, self.reminder.remind_at.astimezone(UTC).isoformat())
