"""Computing when the next occurrence of a task is due."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.task import Recurrence, Task
from functions.tasks.next_due_date import compute_next_due_date
from tests.samples import NOON, SERIES_ID, a_series, a_task

START = datetime(2026, 3, 2, 13, tzinfo=UTC)
"""14:00 in Berlin, the time of day of the series."""


def an_occurrence(**changes: Any) -> Task:
    """Return the first occurrence of the daily series."""
    fields = {"due_at": START, "recurrence": Recurrence(rule="FREQ=DAILY"), "series_id": SERIES_ID, "occurrence": 1}
    return a_task(**{**fields, "recurrence_id": START, **changes})


def days(number: int) -> timedelta:
    """Return a number of days."""
    return timedelta(days=number)


@pytest.mark.parametrize(
    ("moved_to", "done", "expected"),
    [
        pytest.param(START, START, (2, START + days(1)), id="not-moved"),
        pytest.param(START - timedelta(hours=5), START - timedelta(hours=4), (2, START + days(1)), id="moved-earlier"),
        pytest.param(START + days(3), START + days(3), (5, START + days(4)), id="moved-past-others"),
        pytest.param(START, START + days(3), (5, START + days(4)), id="completed-when-another-is-due"),
    ],
)
def test_a_moved_occurrence_is_followed_by_the_next_date_of_the_rule(
    moved_to: datetime, done: datetime, expected: tuple[int, datetime]
) -> None:
    """Its original time is not used again, and neither are dates that it was moved past."""
    assert compute_next_due_date(an_occurrence(due_at=moved_to), a_series(), completed_at=done) == expected


def test_dates_that_an_occurrence_was_moved_past_count_towards_count() -> None:
    """An occurrence that was moved past the last date of COUNT has no successor."""
    series = a_series(recurrence=Recurrence(rule="FREQ=DAILY;COUNT=3"))
    for moved_by, expected in ((days(1), (3, START + days(2))), (days(2), None), (days(8), None)):
        moved_to = START + moved_by
        assert compute_next_due_date(an_occurrence(due_at=moved_to), series, completed_at=moved_to) == expected


def test_millions_of_minutes_are_counted_in_one_step() -> None:
    """This holds for every policy for missed occurrences."""
    recurrence = Recurrence(rule="FREQ=MINUTELY", missed="all")
    moved_to = START + days(20_000)
    found = compute_next_due_date(
        an_occurrence(due_at=moved_to), a_series(recurrence=recurrence), completed_at=moved_to
    )
    assert found == (2 + 20_000 * 24 * 60, moved_to + timedelta(minutes=1))


def test_no_date_lies_beyond_the_last_year() -> None:
    """On the last day of the last year in New York, the next occurrence lies in the year after in UTC."""
    due_at = datetime(8999, 12, 31, 4, 30, tzinfo=UTC)
    task = an_occurrence(due_at=due_at, recurrence_id=due_at, reminders=[])
    series = a_series(start=datetime(8999, 12, 30, 23, 30), time_zone="America/New_York")  # noqa: DTZ001 - a wall-clock time
    assert compute_next_due_date(task, series, completed_at=NOON) is None


def test_an_occurrence_without_a_recurrence_id_counts_from_its_due_date() -> None:
    """Earlier versions did not store the original date of an occurrence."""
    found = compute_next_due_date(an_occurrence(recurrence_id=None), a_series(), completed_at=START)
    assert found == (2, START + days(1))


def test_missed_dates_are_skipped_and_counted() -> None:
    """The next occurrence is the first one after the completion."""
    found = compute_next_due_date(an_occurrence(), a_series(), completed_at=NOON + days(3))
    assert found == (4, START + days(3))


def test_no_occurrence_follows_the_last_one() -> None:
    """COUNT is reached."""
    series = a_series(recurrence=Recurrence(rule="FREQ=DAILY;COUNT=2"))
    assert compute_next_due_date(an_occurrence(occurrence=2), series, completed_at=NOON) is None


def test_no_occurrence_follows_a_task_without_a_due_date() -> None:
    """The rule has no date to count from."""
    assert compute_next_due_date(an_occurrence(due_at=None, reminders=[]), a_series(), completed_at=NOON) is None
