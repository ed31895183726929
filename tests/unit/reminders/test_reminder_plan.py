"""When a task's reminders are, and what becomes of them when the task changes."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.task import ReminderSpec, Task
from functions.reminders.reminder_plan import ReminderChanges, plan_reminders, reminder_id
from functions.reminders.reminder_record import ReminderRecord
from functions.schedule.reminder_times import reminder_time
from tests.samples import NOON, TASK_ID, a_task

BERLIN = ZoneInfo("Europe/Berlin")
HALF_PAST = NOON + timedelta(minutes=30)
LATER = NOON + timedelta(hours=5)


def planned(task: Task) -> dict[UUID, ReminderRecord]:
    """Return the records of a task that was just created."""
    return {record.reminder.id: record for record in plan_reminders(task, {}).scheduled}


def known(task: Task, *, planned_at: Any = "as it was", **changes: Any) -> dict[UUID, ReminderRecord]:
    """Return the one record of a task, after something happened to it."""
    (record,) = planned(task).values()
    at = record.planned_at if planned_at == "as it was" else planned_at
    return {record.reminder.id: ReminderRecord(record.reminder.model_copy(update=changes), at)}


def moments(changes: ReminderChanges) -> list[datetime]:
    """Return when what was scheduled fires."""
    return [record.reminder.remind_at for record in changes.scheduled]


@pytest.mark.parametrize(
    ("due_at", "before", "expected"),
    [
        pytest.param("2026-03-02T09:00+01:00", "PT30M", "2026-03-02T08:30+01:00", id="half an hour"),
        pytest.param("2026-03-02T09:00+01:00", "P1D", "2026-03-01T09:00+01:00", id="a day"),
        pytest.param("2026-03-30T09:00+02:00", "P1D", "2026-03-29T09:00+02:00", id="a day after the spring change"),
        pytest.param("2026-03-29T09:00+02:00", "P1D", "2026-03-28T09:00+01:00", id="a day of 23 hours"),
        pytest.param("2026-03-29T09:00+02:00", "PT24H", "2026-03-28T08:00+01:00", id="24 hours over it"),
        pytest.param("2026-10-25T09:00+01:00", "P1D", "2026-10-24T09:00+02:00", id="a day of 25 hours"),
        pytest.param("2026-03-30T02:30+02:00", "P1D", "2026-03-29T03:30+02:00", id="into the gap"),
        pytest.param("2026-10-26T02:30+01:00", "P1D", "2026-10-25T02:30+02:00", id="into the fold"),
        pytest.param("2026-03-30T09:00+02:00", "P1DT7H", "2026-03-29T01:00+01:00", id="days first, then hours"),
        pytest.param("2026-10-25T02:30+01:00", "PT30M", "2026-10-25T02:00+01:00", id="within the second of the fold"),
        pytest.param("2026-03-16T09:00+01:00", "P2W", "2026-03-02T09:00+01:00", id="two weeks"),
        pytest.param("2026-03-02T09:00+01:00", "PT0S", "2026-03-02T09:00+01:00", id="when it is due"),
    ],
)
def test_before_counts_days_on_the_wall_and_hours_in_time(due_at: str, before: str, expected: str) -> None:
    """Each row is a due date in Berlin, a duration before it, and when that reminds."""
    found = reminder_time(before=before, at=None, due_at=datetime.fromisoformat(due_at), zone=BERLIN)
    assert found == datetime.fromisoformat(expected)


@given(st.datetimes(timezones=st.sampled_from([UTC, BERLIN])).filter(lambda at: 1970 < at.year < 9000))
def test_at_is_its_own_moment(at: datetime) -> None:
    """A reminder with a moment of its own needs no due date."""
    found = reminder_time(before=None, at=at, due_at=None, zone=BERLIN)
    assert found is not None
    assert (found.tzinfo, found.timestamp()) == (UTC, at.timestamp())  # in a gap, == is never true (PEP 495)


def test_before_nothing_is_never() -> None:
    """A relative reminder of a task without a due date has no moment."""
    assert reminder_time(before="PT30M", at=None, due_at=None, zone=BERLIN) is None


def test_a_reminder_before_1970_is_planned_for_the_first_moment_there_is() -> None:
    """However far back a duration reaches, its event can be said."""
    task = a_task(reminders=[ReminderSpec(before="P9999W")])
    assert moments(plan_reminders(task, {})) == [datetime(1970, 1, 1, tzinfo=UTC)]


@pytest.mark.parametrize(("one", "other"), [("PT60M", "PT1H"), ("P1W", "P7D"), ("PT90S", "PT1M30S")])
def test_another_spelling_is_the_same_reminder(one: str, other: str) -> None:
    """The id follows from what a duration means; a day is not 24 hours."""
    assert reminder_id(TASK_ID, ReminderSpec(before=one)) == reminder_id(TASK_ID, ReminderSpec(before=other))
    assert reminder_id(TASK_ID, ReminderSpec(before="P1D")) != reminder_id(TASK_ID, ReminderSpec(before="PT24H"))


def test_the_same_moment_in_another_zone_is_the_same_reminder() -> None:
    """An absolute reminder is its moment, however that was written."""
    in_berlin = ReminderSpec(at=NOON.astimezone(BERLIN))
    assert reminder_id(TASK_ID, in_berlin) == reminder_id(TASK_ID, ReminderSpec(at=NOON))


def test_a_new_task_has_all_its_reminders_planned() -> None:
    """Several reminders, relative and absolute, each with the task's title and owner."""
    task = a_task(reminders=[ReminderSpec(before="PT30M"), ReminderSpec(before="PT5M"), ReminderSpec(at=LATER)])
    changes = plan_reminders(task, {})
    assert moments(changes) == [HALF_PAST, NOON + timedelta(minutes=55), LATER]
    assert {(one.reminder.title, one.reminder.user_id) for one in changes.scheduled} == {("Water the plants", "alice")}


def test_a_new_reminder_whose_moment_has_passed_is_planned_all_the_same() -> None:
    """It is to fire at once: whoever asks an hour before for a day before wants to know now."""
    assert moments(plan_reminders(a_task(reminders=[ReminderSpec(before="P1D")]), {})) == [NOON - timedelta(hours=23)]


def test_nothing_changes_where_nothing_changed() -> None:
    """The same task over the same rows is no change, whatever their state."""
    for status in ("scheduled", "delivered", "failed", "cancelled"):
        assert plan_reminders(a_task(), known(a_task(), status=status)) == ReminderChanges()


def test_what_waits_moves_with_the_due_date() -> None:
    """A relative reminder keeps its distance and becomes the next version of itself."""
    (record,) = plan_reminders(a_task(due_at=LATER), known(a_task())).scheduled
    assert record.reminder.remind_at == LATER - timedelta(minutes=30)
    assert record.reminder.version == 2


def test_an_absolute_reminder_stays_when_the_due_date_moves() -> None:
    """Its moment is its own; only what it says of the due date changes."""
    specs = [ReminderSpec(at=HALF_PAST)]
    changes = plan_reminders(a_task(reminders=specs, due_at=LATER), known(a_task(reminders=specs)))
    assert changes.scheduled == []
    assert [record.reminder.due_at for record in changes.amended] == [LATER]


def test_a_new_title_does_not_move_a_reminder() -> None:
    """It is amended: it fires when it did, with the new title."""
    changes = plan_reminders(a_task(title="Feed the cat"), known(a_task()))
    (record,) = changes.amended
    assert (record.reminder.title, record.reminder.remind_at, record.reminder.version) == ("Feed the cat", HALF_PAST, 2)
    assert changes.scheduled == changes.cancelled == []


def test_a_snooze_has_precedence_over_a_moved_due_date() -> None:
    """What a user put off stays put off, and does not fire a second time for the new date."""
    snoozed = known(a_task(), snoozed=True, remind_at=NOON + timedelta(hours=2))
    moved = a_task(due_at=LATER)
    changes = plan_reminders(moved, snoozed)
    (record,) = changes.amended
    assert record.reminder.remind_at == NOON + timedelta(hours=2)
    assert changes.scheduled == []
    after = {
        record.reminder.id: ReminderRecord(
            record.reminder.model_copy(update={"status": "delivered"}), record.planned_at
        )
    }
    assert plan_reminders(moved, after) == ReminderChanges()


@pytest.mark.parametrize("status", ["delivered", "failed", "cancelled"])
def test_what_is_over_fires_again_where_its_new_moment_is_ahead(status: str) -> None:
    """A reminder that fired, or was dismissed, comes back when its task moves to a later date."""
    task = a_task(due_at=LATER, updated_at=NOON + timedelta(hours=1))
    (record,) = plan_reminders(task, known(a_task(), status=status, reason="…")).scheduled
    assert (record.reminder.status, record.reminder.reason) == ("scheduled", None)
    assert record.reminder.remind_at == LATER - timedelta(minutes=30)


@pytest.mark.parametrize("status", ["delivered", "failed", "cancelled"])
def test_what_is_over_stays_over_where_its_new_moment_has_passed(status: str) -> None:
    """Moving a due date within the past reminds nobody again."""
    task = a_task(due_at=NOON, updated_at=NOON + timedelta(hours=1))
    changes = plan_reminders(task, known(a_task(), status=status))
    assert changes.scheduled == []
    assert [record.reminder.status for record in changes.amended] == [status]


def test_a_reminder_that_was_taken_off_the_task_is_cancelled() -> None:
    """The reason says that the task no longer asks for it."""
    (record,) = plan_reminders(a_task(reminders=[]), known(a_task())).cancelled
    assert (record.reminder.status, record.reminder.reason) == ("cancelled", "the task no longer asks for it")
    assert record.planned_at is None


def test_a_relative_reminder_is_cancelled_with_the_due_date() -> None:
    """Without a due date there is nothing to come before."""
    assert len(plan_reminders(a_task(due_at=None), known(a_task())).cancelled) == 1


def test_a_completed_task_asks_for_nothing() -> None:
    """All that waits is cancelled; what was delivered stays so."""
    done = a_task(status="completed")
    assert plan_reminders(done, {}) == ReminderChanges()
    assert [record.reminder.reason for record in plan_reminders(done, known(a_task())).cancelled] == [
        "the task was completed"
    ]
    assert plan_reminders(done, known(a_task(), status="delivered")).cancelled == []


def test_a_deleted_task_asks_for_nothing() -> None:
    """The task's last state may well be open."""
    changes = plan_reminders(a_task(), known(a_task()), deleted=True)
    assert [record.reminder.reason for record in changes.cancelled] == ["the task was deleted"]


def test_a_reopened_task_has_its_reminders_again() -> None:
    """What was cancelled with the completion is planned again if it is still ahead."""
    done = known(a_task(), status="cancelled", planned_at=None)
    assert moments(plan_reminders(a_task(), done)) == [HALF_PAST]
    assert moments(plan_reminders(a_task(updated_at=HALF_PAST), done)) == []


def test_a_reopened_task_does_not_repeat_what_was_delivered() -> None:
    """A snooze may have delivered early what the task asks for later; that moment did not fire yet, its own did."""
    early = known(a_task(), status="delivered", planned_at=None)
    assert plan_reminders(a_task(), early).scheduled == []


def test_whether_a_moment_is_ahead_is_judged_by_the_tasks_change() -> None:
    """The decision takes no clock, so an event that is handled late decides as it would have in time."""
    task = a_task(due_at=LATER, updated_at=LATER - timedelta(minutes=31))
    assert moments(plan_reminders(task, known(a_task(), status="delivered"))) == [LATER - timedelta(minutes=30)]
