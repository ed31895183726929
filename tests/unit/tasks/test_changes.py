"""What a change makes of a task."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.task import Recurrence, ReminderSpec, Task
from functions.tasks.changes import completed, created, reopened, replaced, same, succeeded
from tests.samples import NOON, SERIES_ID, TASK_ID, a_series, a_task

LATER = NOON + timedelta(hours=2)
BERLIN = ZoneInfo("Europe/Berlin")
DAILY = Recurrence(rule="FREQ=DAILY")


def a_recurring_task(**changes: Any) -> Task:
    """Return the first occurrence of the daily series."""
    return a_task(**{"recurrence": DAILY, "series_id": SERIES_ID, "occurrence": 1, **changes})


def test_a_task_that_comes_once_has_no_series() -> None:
    """Nothing about it says that it belongs to one."""
    task, series = created({"title": "Tea"}, task_id=TASK_ID, user="alice", now=NOON)
    assert (task.version, task.series_id, task.occurrence, series) == (1, None, None, None)


def test_a_recurring_task_begins_a_series_on_the_wall_clock() -> None:
    """DTSTART is the due date as the zone's clocks show it; the task is its first occurrence."""
    fields = {"title": "Tea", "due_at": NOON, "time_zone": "Europe/Berlin", "recurrence": DAILY}
    task, series = created(fields, task_id=TASK_ID, user="alice", now=NOON)
    assert series is not None
    assert (series.start, series.time_zone, series.recurrence) == (datetime(2026, 3, 2, 13), "Europe/Berlin", DAILY)  # noqa: DTZ001 - a wall-clock time
    assert (task.series_id, task.occurrence) == (series.id, 1)


def test_the_same_task_begins_the_same_series() -> None:
    """A repeat of a request makes no second series."""
    fields = {"title": "Tea", "due_at": NOON, "time_zone": "Europe/Berlin", "recurrence": DAILY}
    assert created(fields, task_id=TASK_ID, user="alice", now=NOON) == created(
        fields, task_id=TASK_ID, user="alice", now=NOON
    )


def test_another_due_date_moves_one_occurrence() -> None:
    """The series keeps its beat."""
    task, series = replaced(a_recurring_task(occurrence=3), {"due_at": LATER}, a_series(), now=LATER)
    assert series is None
    assert (task.due_at, task.occurrence, task.version, task.updated_at) == (LATER, 3, 2, LATER)


@pytest.mark.parametrize("changes", [{"recurrence": Recurrence(rule="FREQ=WEEKLY")}, {"time_zone": "Asia/Tokyo"}])
def test_another_rule_or_zone_begins_the_series_anew(changes: dict[str, Any]) -> None:
    """The task is the first occurrence of the same series, which starts at its due date."""
    task, series = replaced(a_recurring_task(occurrence=3), changes, a_series(), now=LATER)
    assert series is not None
    start = (NOON + timedelta(hours=1)).astimezone(ZoneInfo(str(task.time_zone))).replace(tzinfo=None)
    assert (series.id, series.start, series.recurrence) == (SERIES_ID, start, task.recurrence)
    assert (task.series_id, task.occurrence) == (SERIES_ID, 1)


def test_another_policy_keeps_the_beat_and_the_count() -> None:
    """What COUNT has used up stays used up."""
    recurrence = Recurrence(rule="FREQ=DAILY", anchor="completion", missed="all")
    task, series = replaced(a_recurring_task(occurrence=3), {"recurrence": recurrence}, a_series(), now=LATER)
    assert series == a_series(recurrence=recurrence)
    assert (task.recurrence, task.occurrence) == (recurrence, 3)


def test_a_task_leaves_its_series() -> None:
    """Without a recurrence it is no occurrence any more."""
    task, series = replaced(a_recurring_task(), {"recurrence": None}, a_series(), now=LATER)
    assert (task.series_id, task.occurrence, series) == (None, None, None)


def test_a_task_that_came_once_begins_a_series() -> None:
    """From its due date on."""
    task, series = replaced(a_task(), {"recurrence": DAILY}, None, now=LATER)
    assert series is not None
    assert (task.series_id, task.occurrence, series.start) == (series.id, 1, a_series().start)


def test_what_was_done_can_be_undone() -> None:
    """Reopening takes the completion back, and counts as a change."""
    done = completed(a_task(), now=LATER)
    assert (done.status, done.completed_at, done.version) == ("completed", LATER, 2)
    again = reopened(done, now=LATER)
    assert (again.status, again.completed_at, again.version) == ("open", None, 3)
    assert same(again, a_task())


def test_any_field_makes_a_difference() -> None:
    """Only the version and the time of the change do not."""
    assert same(a_task(), a_task(version=2, updated_at=LATER))
    assert not same(a_task(), a_task(notes="The big ones"))


def test_the_next_occurrence_is_a_task_of_its_own() -> None:
    """What a user set is taken over; the story of the one before is not."""
    done = completed(a_recurring_task(notes="The big ones", tags=["home"], priority="high"), now=LATER)
    due_at = NOON + timedelta(days=1, hours=1)
    after = succeeded(done, a_series(), number=2, due_at=due_at, now=LATER)
    assert after.id != done.id
    assert after.id == succeeded(done, a_series(), number=2, due_at=due_at, now=NOON).id
    assert (after.title, after.notes, after.tags, after.priority) == (done.title, "The big ones", ["home"], "high")
    assert (after.status, after.completed_at, after.version, after.occurrence) == ("open", None, 1, 2)
    assert (after.due_at, after.created_at, after.series_id) == (due_at, LATER, SERIES_ID)
    assert after.reminders == done.reminders


def test_the_next_occurrence_follows_the_series_as_it_is_now() -> None:
    """A rule that changed meanwhile is the one it shows."""
    series = a_series(recurrence=Recurrence(rule="FREQ=WEEKLY"))
    after = succeeded(completed(a_recurring_task(), now=LATER), series, number=2, due_at=LATER, now=LATER)
    assert after.recurrence == series.recurrence


@given(
    due=st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001 - wall-clock times
    ahead=st.timedeltas(timedelta(0), timedelta(days=30)),
    days=st.integers(1, 400),
)
def test_a_reminder_of_its_own_moment_moves_as_far_on_the_wall_clock(
    due: datetime, ahead: timedelta, days: int
) -> None:
    """The clocks show the same distance between reminder and due date, but where a gap has no such time."""
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
    after = succeeded(completed(before, now=LATER), a_series(), number=2, due_at=due_at, now=LATER)
    assert after.reminders[0].at is not None
    shown = after.reminders[0].at.astimezone(BERLIN).replace(tzinfo=None)
    expected = walls[1] + (due_at.astimezone(BERLIN).replace(tzinfo=None) - walls[0])
    assert shown - expected in (timedelta(0), timedelta(hours=1))
    if shown != expected:
        assert expected.replace(tzinfo=BERLIN).astimezone(UTC).astimezone(BERLIN).replace(tzinfo=None) == shown
