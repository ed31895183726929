"""Building the next state of a series."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from events.task import Recurrence, Task
from functions.tasks.series_states import (
    MOST_EXDATES,
    build_task_and_series,
    exclude_date,
    replace_fields_and_series,
)
from tests.samples import NOON, SERIES_ID, TASK_ID, a_series, a_task

LATER = NOON + timedelta(hours=2)
DAILY = Recurrence(rule="FREQ=DAILY")


def a_recurring_task(**changes: Any) -> Task:
    """Return the first occurrence of the daily series."""
    return a_task(**{"recurrence": DAILY, "series_id": SERIES_ID, "occurrence": 1, **changes})


def test_a_task_without_recurrence_has_no_series() -> None:
    """The fields that describe a series are empty."""
    task, series = build_task_and_series({"title": "Tea"}, task_id=TASK_ID, user="alice", now=NOON)
    assert (task.version, task.series_id, task.occurrence, series) == (1, None, None, None)


def test_a_recurring_task_starts_a_series_on_the_wall_clock() -> None:
    """DTSTART is the due date as the zone's clocks show it. The task is the first occurrence."""
    fields = {"title": "Tea", "due_at": NOON, "time_zone": "Europe/Berlin", "recurrence": DAILY}
    task, series = build_task_and_series(fields, task_id=TASK_ID, user="alice", now=NOON)
    assert series is not None
    assert (series.start, series.time_zone, series.recurrence) == (datetime(2026, 3, 2, 13), "Europe/Berlin", DAILY)  # noqa: DTZ001 - a wall-clock time
    assert (task.series_id, task.occurrence) == (series.id, 1)


def test_a_repeated_request_builds_the_same_series() -> None:
    """The id of the series is derived from the id of the task."""
    fields = {"title": "Tea", "due_at": NOON, "time_zone": "Europe/Berlin", "recurrence": DAILY}
    assert build_task_and_series(fields, task_id=TASK_ID, user="alice", now=NOON) == build_task_and_series(
        fields, task_id=TASK_ID, user="alice", now=NOON
    )


def test_another_due_date_moves_one_occurrence() -> None:
    """The series does not change."""
    task, series = replace_fields_and_series(a_recurring_task(occurrence=3), {"due_at": LATER}, a_series(), now=LATER)
    assert series is None
    assert (task.due_at, task.occurrence, task.version, task.updated_at) == (LATER, 3, 2, LATER)


@pytest.mark.parametrize("changes", [{"recurrence": Recurrence(rule="FREQ=WEEKLY")}, {"time_zone": "Asia/Tokyo"}])
def test_another_rule_or_zone_restarts_the_series(changes: dict[str, Any]) -> None:
    """The task becomes the first occurrence of the same series, which starts at its due date."""
    task, series = replace_fields_and_series(a_recurring_task(occurrence=3), changes, a_series(), now=LATER)
    assert series is not None
    start = (NOON + timedelta(hours=1)).astimezone(ZoneInfo(str(task.time_zone))).replace(tzinfo=None)
    assert (series.id, series.start, series.recurrence) == (SERIES_ID, start, task.recurrence)
    assert (task.series_id, task.occurrence) == (SERIES_ID, 1)


def test_another_policy_keeps_the_start_and_the_count() -> None:
    """Occurrences that counted towards COUNT still count."""
    recurrence = Recurrence(rule="FREQ=DAILY", anchor="completion", missed="all")
    task, series = replace_fields_and_series(
        a_recurring_task(occurrence=3), {"recurrence": recurrence}, a_series(), now=LATER
    )
    assert series == a_series(recurrence=recurrence)
    assert (task.recurrence, task.occurrence) == (recurrence, 3)


def test_a_task_without_a_recurrence_leaves_its_series() -> None:
    """It is no longer an occurrence."""
    task, series = replace_fields_and_series(a_recurring_task(), {"recurrence": None}, a_series(), now=LATER)
    assert (task.series_id, task.occurrence, series) == (None, None, None)


def test_a_task_with_a_new_recurrence_starts_a_series() -> None:
    """The series starts at its due date."""
    task, series = replace_fields_and_series(a_task(), {"recurrence": DAILY}, None, now=LATER)
    assert series is not None
    assert (task.series_id, task.occurrence, series.start) == (series.id, 1, a_series().start)


def test_the_oldest_excluded_dates_are_dropped() -> None:
    """A series has at most ``MOST_EXDATES`` excluded dates."""
    series = a_series(exdates=[NOON + timedelta(days=day) for day in range(MOST_EXDATES)])
    after = exclude_date(series, NOON + timedelta(days=MOST_EXDATES))
    assert after.exdates == [*series.exdates[1:], NOON + timedelta(days=MOST_EXDATES)]
