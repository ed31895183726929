"""Tests of the moments of a task's reminders, and of the changes that a change of the task causes."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.task import ReminderSpec, Task
from functions.reminders.reminder_plan import ReminderChanges, derive_reminder_id, plan_reminders
from functions.reminders.reminder_record import ReminderRecord
from functions.schedule.reminder_times import reminder_time
from tests.samples import NOON, TASK_ID, a_task

BERLIN = ZoneInfo("Europe/Berlin")
HALF_PAST = NOON + timedelta(minutes=30)
LATER = NOON + timedelta(hours=5)


def plan_new(task: Task) -> dict[UUID, ReminderRecord]:
    """Return the records of a task without stored records."""
    return {record.reminder.id: record for record in plan_reminders(task, {}).scheduled}


def known_record(task: Task, *, planned_at: Any = "unchanged", **changes: Any) -> dict[UUID, ReminderRecord]:
    """Return the stored record of a task with one reminder, by its id; ``changes`` replace fields of the reminder."""
    (record,) = plan_new(task).values()
    at = record.planned_at if planned_at == "unchanged" else planned_at
    return {record.reminder.id: ReminderRecord(record.reminder.model_copy(update=changes), at)}


def scheduled_moments(changes: ReminderChanges) -> list[datetime]:
    """Return the moments of the scheduled reminders."""
    return [record.reminder.remind_at for record in changes.scheduled]


@pytest.mark.parametrize(
    ("due_at", "before", "expected"),
    [
        pytest.param("2026-03-02T09:00+01:00", "PT30M", "2026-03-02T08:30+01:00", id="half an hour"),
        pytest.param("2026-03-02T09:00+01:00", "P1D", "2026-03-01T09:00+01:00", id="a day"),
        pytest.param("2026-03-30T09:00+02:00", "P1D", "2026-03-29T09:00+02:00", id="a day after the spring change"),
        pytest.param("2026-03-29T09:00+02:00", "P1D", "2026-03-28T09:00+01:00", id="a day of 23 hours"),
        pytest.param("2026-03-29T09:00+02:00", "PT24H", "2026-03-28T08:00+01:00", id="24 hours earlier"),
        pytest.param("2026-10-25T09:00+01:00", "P1D", "2026-10-24T09:00+02:00", id="a day of 25 hours"),
        pytest.param("2026-03-30T02:30+02:00", "P1D", "2026-03-29T03:30+02:00", id="into the gap"),
        pytest.param("2026-10-26T02:30+01:00", "P1D", "2026-10-25T02:30+02:00", id="into the fold"),
        pytest.param("2026-03-30T09:00+02:00", "P1DT7H", "2026-03-29T01:00+01:00", id="days first, then hours"),
        pytest.param("2026-10-25T02:30+01:00", "PT30M", "2026-10-25T02:00+01:00", id="within the second of the fold"),
        pytest.param("2026-03-16T09:00+01:00", "P2W", "2026-03-02T09:00+01:00", id="two weeks"),
        pytest.param("2026-03-02T09:00+01:00", "PT0S", "2026-03-02T09:00+01:00", id="when it is due"),
    ],
)
def test_before_counts_days_as_dates_and_hours_as_elapsed_time(due_at: str, before: str, expected: str) -> None:
    """Each row is a due date in Berlin, a duration before it, and the reminder's moment."""
    found = reminder_time(before=before, at=None, due_at=datetime.fromisoformat(due_at), zone=BERLIN)
    assert found == datetime.fromisoformat(expected)


@given(st.datetimes(timezones=st.sampled_from([UTC, BERLIN])).filter(lambda at: 1970 < at.year < 9000))
def test_an_absolute_reminder_fires_at_its_moment(at: datetime) -> None:
    """A reminder with ``at`` needs no due date."""
    found = reminder_time(before=None, at=at, due_at=None, zone=BERLIN)
    assert found is not None
    assert (found.tzinfo, found.timestamp()) == (UTC, at.timestamp())  # in a gap, == is never true (PEP 495)


def test_a_relative_reminder_without_a_due_date_has_no_moment() -> None:
    """``before`` counts from the due date, so ``reminder_time`` returns None."""
    assert reminder_time(before="PT30M", at=None, due_at=None, zone=BERLIN) is None


def test_a_reminder_before_1970_is_planned_for_the_start_of_1970() -> None:
    """Event times begin in 1970, so that the event of a very long ``before`` is still valid."""
    task = a_task(reminders=[ReminderSpec(before="P9999W")])
    assert scheduled_moments(plan_reminders(task, {})) == [datetime(1970, 1, 1, tzinfo=UTC)]


@pytest.mark.parametrize(("one", "other"), [("PT60M", "PT1H"), ("P1W", "P7D"), ("PT90S", "PT1M30S")])
def test_two_spellings_of_a_duration_are_one_reminder(one: str, other: str) -> None:
    """The id derives from the value of the duration; a day is not 24 hours."""
    assert derive_reminder_id(TASK_ID, ReminderSpec(before=one)) == derive_reminder_id(
        TASK_ID, ReminderSpec(before=other)
    )
    assert derive_reminder_id(TASK_ID, ReminderSpec(before="P1D")) != derive_reminder_id(
        TASK_ID, ReminderSpec(before="PT24H")
    )


def test_the_same_moment_in_another_zone_is_the_same_reminder() -> None:
    """The id of an absolute reminder derives from its moment, not from the offset."""
    in_berlin = ReminderSpec(at=NOON.astimezone(BERLIN))
    assert derive_reminder_id(TASK_ID, in_berlin) == derive_reminder_id(TASK_ID, ReminderSpec(at=NOON))


def test_all_reminders_of_a_new_task_are_scheduled() -> None:
    """Relative and absolute reminders have the task's title and owner."""
    task = a_task(reminders=[ReminderSpec(before="PT30M"), ReminderSpec(before="PT5M"), ReminderSpec(at=LATER)])
    changes = plan_reminders(task, {})
    assert scheduled_moments(changes) == [HALF_PAST, NOON + timedelta(minutes=55), LATER]
    assert {(one.reminder.title, one.reminder.user_id) for one in changes.scheduled} == {("Water the plants", "alice")}


def test_a_scheduled_reminder_has_the_members_of_its_spec() -> None:
    """The reminder shows how it was requested: ``before`` or ``at``, and ``maxLateness``."""
    specs = [ReminderSpec(before="PT30M", max_lateness="PT1H"), ReminderSpec(at=LATER)]
    scheduled = plan_reminders(a_task(reminders=specs), {}).scheduled
    shown = [(one.reminder.before, one.reminder.at, one.reminder.max_lateness) for one in scheduled]
    assert shown == [("PT30M", None, "PT1H"), (None, LATER, None)]


def test_a_new_reminder_is_scheduled_even_if_its_moment_has_passed() -> None:
    """It fires at once: a reminder a day before a task that is due in an hour is useful now."""
    assert scheduled_moments(plan_reminders(a_task(reminders=[ReminderSpec(before="P1D")]), {})) == [
        NOON - timedelta(hours=23)
    ]


def test_an_unchanged_task_changes_no_reminder() -> None:
    """The same task and records give no changes, in each status."""
    for status in ("scheduled", "delivered", "failed", "cancelled"):
        assert plan_reminders(a_task(), known_record(a_task(), status=status)) == ReminderChanges()


def test_a_pending_reminder_moves_with_the_due_date() -> None:
    """A relative reminder has the same distance from the new due date, and the next version."""
    (record,) = plan_reminders(a_task(due_at=LATER), known_record(a_task())).scheduled
    assert record.reminder.remind_at == LATER - timedelta(minutes=30)
    assert record.reminder.version == 2


def test_an_absolute_reminder_does_not_move_with_the_due_date() -> None:
    """Only its copy of the due date is updated."""
    specs = [ReminderSpec(at=HALF_PAST)]
    changes = plan_reminders(a_task(reminders=specs, due_at=LATER), known_record(a_task(reminders=specs)))
    assert changes.scheduled == []
    assert [record.reminder.due_at for record in changes.amended] == [LATER]


def test_a_new_title_does_not_move_a_reminder() -> None:
    """The reminder is amended: it fires at the same moment with the new title."""
    changes = plan_reminders(a_task(title="Feed the cat"), known_record(a_task()))
    (record,) = changes.amended
    assert (record.reminder.title, record.reminder.remind_at, record.reminder.version) == ("Feed the cat", HALF_PAST, 2)
    assert changes.scheduled == changes.cancelled == []


def test_a_snooze_has_precedence_over_a_moved_due_date() -> None:
    """A snoozed reminder stays at its moment, and does not fire a second time for the new due date."""
    snoozed = known_record(a_task(), snoozed=True, remind_at=NOON + timedelta(hours=2))
    moved = a_task(due_at=LATER)
    changes = plan_reminders(moved, snoozed)
    (record,) = changes.amended
    assert record.reminder.remind_at == NOON + timedelta(hours=2)
    assert changes.scheduled == []
    delivered = {
        record.reminder.id: ReminderRecord(
            record.reminder.model_copy(update={"status": "delivered"}), record.planned_at
        )
    }
    assert plan_reminders(moved, delivered) == ReminderChanges()


@pytest.mark.parametrize("status", ["delivered", "failed", "cancelled"])
def test_an_ended_reminder_fires_again_if_its_new_moment_is_ahead(status: str) -> None:
    """A reminder that has fired or was dismissed is scheduled again if the due date moves to a later time."""
    task = a_task(due_at=LATER, updated_at=NOON + timedelta(hours=1))
    (record,) = plan_reminders(task, known_record(a_task(), status=status, reason="…")).scheduled
    assert (record.reminder.status, record.reminder.reason) == ("scheduled", None)
    assert record.reminder.remind_at == LATER - timedelta(minutes=30)


@pytest.mark.parametrize("status", ["delivered", "failed", "cancelled"])
def test_an_ended_reminder_does_not_fire_again_if_its_new_moment_has_passed(status: str) -> None:
    """If the due date moves and is still in the past, the status of the reminder stays."""
    task = a_task(due_at=NOON, updated_at=NOON + timedelta(hours=1))
    changes = plan_reminders(task, known_record(a_task(), status=status))
    assert changes.scheduled == []
    assert [record.reminder.status for record in changes.amended] == [status]


def test_a_reminder_that_was_removed_from_the_task_is_cancelled() -> None:
    """The reason is that the task no longer asks for the reminder."""
    (record,) = plan_reminders(a_task(reminders=[]), known_record(a_task())).cancelled
    assert (record.reminder.status, record.reminder.reason) == ("cancelled", "the task no longer asks for it")
    assert record.planned_at is None


def test_a_relative_reminder_is_cancelled_if_the_due_date_is_removed() -> None:
    """Without a due date, ``before`` has no moment."""
    assert len(plan_reminders(a_task(due_at=None), known_record(a_task())).cancelled) == 1


def test_a_completed_task_cancels_its_pending_reminders() -> None:
    """A delivered reminder stays delivered."""
    done = a_task(status="completed")
    assert plan_reminders(done, {}) == ReminderChanges()
    assert [record.reminder.reason for record in plan_reminders(done, known_record(a_task())).cancelled] == [
        "the task was completed"
    ]
    assert plan_reminders(done, known_record(a_task(), status="delivered")).cancelled == []


def test_a_deleted_task_cancels_its_pending_reminders() -> None:
    """The last version of a deleted task may be open."""
    changes = plan_reminders(a_task(), known_record(a_task()), is_deleted=True)
    assert [record.reminder.reason for record in changes.cancelled] == ["the task was deleted"]


def test_a_reopened_task_schedules_its_reminders_again() -> None:
    """A reminder that was cancelled by the completion is scheduled again if its moment is still ahead."""
    done = known_record(a_task(), status="cancelled", planned_at=None)
    assert scheduled_moments(plan_reminders(a_task(), done)) == [HALF_PAST]
    assert scheduled_moments(plan_reminders(a_task(updated_at=HALF_PAST), done)) == []


def test_a_reopened_task_does_not_repeat_a_delivered_reminder() -> None:
    """The reminder was delivered for the moment that the reopened task requests again."""
    early = known_record(a_task(), status="delivered", planned_at=None)
    assert plan_reminders(a_task(), early).scheduled == []


def test_a_new_moment_is_compared_with_the_time_of_the_tasks_change() -> None:
    """The decision uses no clock, so an event that is handled late has the same result."""
    task = a_task(due_at=LATER, updated_at=LATER - timedelta(minutes=31))
    assert scheduled_moments(plan_reminders(task, known_record(a_task(), status="delivered"))) == [
        LATER - timedelta(minutes=30)
    ]
