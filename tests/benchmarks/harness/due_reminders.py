"""Stores many reminders with their ReminderDue in the outbox, as if they had been scheduled long ago."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from events.encoding import encode_event
from events.reminder import ReminderDue
from tests.benchmarks.harness.event_requests import NUMBERED_ID
from tests.samples import a_reminder, an_event

USERS = 100
EVENT_KINDS = 0x800
"""Added to the kind of a reminder, for the ids of its events."""


def store_due_reminders(
    run_sql: Callable[..., Any], kind: int, count: int, due_at: datetime, *, interval: str = "0 s"
) -> None:
    """Store ``count`` reminders of 100 users; the first is due at ``due_at``, each further one an interval later.

    ``kind`` is the kind of their numbered ids.
    """
    sample = a_reminder(remind_at=due_at, at=due_at, task_id=None)
    event = an_event(ReminderDue(reminder=sample), by="reminders", time=due_at)
    moment = due_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = f"""
        SELECT {NUMBERED_ID.format(kind=kind)} AS id, {NUMBERED_ID.format(kind=kind + EVENT_KINDS)} AS event_id,
            'user-' || mod(n, {USERS}) AS user_id, CAST(:due_at AS timestamptz) + n * CAST(:interval AS interval) AS due
        FROM generate_series(1, :count) AS n
    """
    values = {"due_at": due_at.isoformat(), "interval": interval, "count": count}
    run_sql(
        f"""INSERT INTO reminders.reminders
                (id, user_id, title, at, remind_at, planned_at, status, snoozed, failed, version)
            SELECT id, user_id, 'Water the plants', due, due, due, 'scheduled', false, '[]', 1 FROM ({made}) AS made""",
        **values,
    )
    run_sql(
        f"""INSERT INTO delivery.outbox (id, event, due_at, owner)
            SELECT event_id, CAST(replace(replace(replace(replace(:event, :reminder, id::text), :id, event_id::text),
                '"alice"', '"' || user_id || '"'),
                :moment, to_char(due AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) AS jsonb), due, 'todo_reminders'
            FROM ({made}) AS made""",
        event=encode_event(event).to_json(),
        reminder=str(sample.id),
        id=event.attributes.id,
        moment=moment,
        **values,
    )
