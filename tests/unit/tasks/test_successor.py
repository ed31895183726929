"""Building the task that follows a completed occurrence."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from events.task import Recurrence, ReminderSpec, Task
from functions.tasks.successor import build_successor
from functions.tasks.task_states import mark_completed
from tests.samples import NOON, SERIES_ID, a_series, a_task

LATER = NOON + timedelta(hours=2)
BERLIN = ZoneInfo("Europe/Berlin")


def a_recurring_task(**changes: Any) -> Task:
    """Return the first occurrence of the daily series."""
    recurrence = Recurrence(rule="FREQ=DAILY")
    return a_task(**{"recurrence": recurrence, "series_id": SERIES_ID, "occurrence": 1, **changes})


def test_a_successor_has_the_content_of_the_task_before() -> None:
    """It takes over what the owner set, and has its own id, status and version."""
    done = mark_completed(a_recurring_task(notes="The big ones", tags=["home"], priority="high"), now=LATER)
    due_at = NOON + timedelta(days=1, hours=1)
    after = build_successor(done, a_series(), number=2, due_at=due_at, now=LATER)
    assert after.id != done.id
    assert after.id == build_successor(done, a_series(), number=2, due_at=due_at, now=NOON).id
    assert (after.title, after.notes, after.tags, after.priority) == (done.title, "The big ones", ["home"], "high")
    assert (after.status, after.completed_at, after.version, after.occurrence) == ("open", None, 1, 2)
    assert (after.due_at, after.created_at, after.series_id) == (due_at, LATER, SERIES_ID)
    assert after.reminders == done.reminders


def test_a_successor_has_the_current_recurrence_of_the_series() -> None:
    """The rule may have changed since the task before was created."""
    series = a_series(recurrence=Recurrence(rule="FREQ=WEEKLY"))
    after = build_successor(mark_completed(a_recurring_task(), now=LATER), series, number=2, due_at=LATER, now=LATER)
    assert after.recurrence == series.recurrence


@given(
    due=st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001 - wall-clock times
    ahead=st.timedeltas(timedelta(0), timedelta(days=30)),
    days=st.integers(1, 400),
)
def test_a_reminder_at_a_fixed_time_moves_with_the_due_date(due: datetime, ahead: timedelta, days: int) -> None:
    """The distance on the wall clock from the reminder to the due date remains, except in a gap of the clock."""
    due, ahead = due.replace(minute=due.minute, second=0, microsecond=0), timedelta(hours=ahead // timedelta(hours=1))
    at = due - ahead
    before = a_recurring_task(
        due_at=due.replace(tzinfo=BERLIN).astimezone(UTC),
        reminders=[ReminderSpec(at=at.replace(tzinfo=BERLIN).astimezone(UTC))],
    )
    walls = [
        moment.astimezone(BERLIN).replace(tzinfo=None) for moment in (before.due_at, before.reminders[0].at) if moment
    ]
    next_due = datetime.combine(walls[0].date() + timedelta(days=days), time(walls[0].hour, walls[0].minute))
    due_at = next_due.replace(tzinfo=BERLIN).astimezone(UTC)
    after = build_successor(mark_completed(before, now=LATER), a_series(), number=2, due_at=due_at, now=LATER)
    assert after.reminders[0].at is not None
    shown = after.reminders[0].at.astimezone(BERLIN).replace(tzinfo=None)
    expected = walls[1] + (due_at.astimezone(BERLIN).replace(tzinfo=None) - walls[0])
    assert shown - expected in (timedelta(0), timedelta(hours=1))
    if shown != expected:
        assert expected.replace(tzinfo=BERLIN).astimezone(UTC).astimezone(BERLIN).replace(tzinfo=None) == shown
