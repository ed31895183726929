"""The occurrence after a task."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.task import Recurrence, Task
from functions.tasks.following import occurrence_after
from tests.samples import NOON, SERIES_ID, a_series, a_task

ONE = datetime(2026, 3, 2, 13, tzinfo=UTC)
"""14:00 in Berlin, where the series has its occurrences."""


def an_occurrence(**changes: Any) -> Task:
    """Return the first occurrence of the daily series."""
    fields = {"due_at": ONE, "recurrence": Recurrence(rule="FREQ=DAILY"), "series_id": SERIES_ID, "occurrence": 1}
    return a_task(**{**fields, "recurrence_id": ONE, **changes})


def days(number: int) -> timedelta:
    """Return so many days."""
    return timedelta(days=number)


@pytest.mark.parametrize(
    ("moved_to", "done", "expected"),
    [
        (ONE, ONE, (2, ONE + days(1))),
        (ONE - timedelta(hours=5), ONE - timedelta(hours=4), (2, ONE + days(1))),  # not at its own time again
        (ONE + days(3), ONE + days(3), (5, ONE + days(4))),  # past others, which count
        (ONE, ONE + days(3), (5, ONE + days(4))),  # the one due just then counts as missed
    ],
)
def test_an_occurrence_that_was_moved_is_followed_by_the_next(
    moved_to: datetime, done: datetime, expected: tuple[int, datetime]
) -> None:
    """Neither its own time nor one that it was moved past comes again."""
    assert occurrence_after(an_occurrence(due_at=moved_to), a_series(), completed_at=done) == expected


def test_what_an_occurrence_was_moved_past_counts() -> None:
    """Put off past the last one of COUNT it is the last, as no date beyond those is the rule's."""
    series = a_series(recurrence=Recurrence(rule="FREQ=DAILY;COUNT=3"))
    for moved_by, expected in ((days(1), (3, ONE + days(2))), (days(2), None), (days(8), None)):
        moved_to = ONE + moved_by
        assert occurrence_after(an_occurrence(due_at=moved_to), series, completed_at=moved_to) == expected


def test_millions_of_minutes_that_an_occurrence_was_moved_past_are_one_step() -> None:
    """They are counted, whatever is to become of what was missed."""
    recurrence = Recurrence(rule="FREQ=MINUTELY", missed="all")
    moved_to = ONE + days(20_000)
    found = occurrence_after(an_occurrence(due_at=moved_to), a_series(recurrence=recurrence), completed_at=moved_to)
    assert found == (2 + 20_000 * 24 * 60, moved_to + timedelta(minutes=1))


def test_nothing_follows_beyond_the_years_there_are() -> None:
    """Where west of Greenwich it is still the last day of the last year, it is the next year already."""
    due_at = datetime(8999, 12, 31, 4, 30, tzinfo=UTC)
    task = an_occurrence(due_at=due_at, recurrence_id=due_at, reminders=[])
    series = a_series(start=datetime(8999, 12, 30, 23, 30), time_zone="America/New_York")  # noqa: DTZ001 - a wall-clock time
    assert occurrence_after(task, series, completed_at=NOON) is None


def test_an_occurrence_of_before_is_followed_by_its_due_date() -> None:
    """One that does not say when the rule put it was not moved, as far as anybody knows."""
    found = occurrence_after(an_occurrence(recurrence_id=None), a_series(), completed_at=ONE)
    assert found == (2, ONE + days(1))


def test_a_series_that_waited_goes_on_from_now() -> None:
    """The first due date ahead; what came in between counts."""
    assert occurrence_after(an_occurrence(), a_series(), completed_at=NOON + days(3)) == (4, ONE + days(3))


def test_nothing_follows_the_last_one() -> None:
    """COUNT is used up."""
    series = a_series(recurrence=Recurrence(rule="FREQ=DAILY;COUNT=2"))
    assert occurrence_after(an_occurrence(occurrence=2), series, completed_at=NOON) is None


def test_nothing_follows_a_task_that_is_never_due() -> None:
    """There is nothing to count from."""
    assert occurrence_after(an_occurrence(due_at=None, reminders=[]), a_series(), completed_at=NOON) is None
