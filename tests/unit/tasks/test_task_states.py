"""Building the next state of a task."""

from datetime import timedelta

from functions.tasks.task_states import has_same_content, mark_completed, mark_reopened, replace_fields
from tests.samples import NOON, a_task

LATER = NOON + timedelta(hours=2)


def test_a_completion_can_be_reversed() -> None:
    """Reopening removes the completion. Both increase the version."""
    done = mark_completed(a_task(), now=LATER)
    assert (done.status, done.completed_at, done.version) == ("completed", LATER, 2)
    again = mark_reopened(done, now=LATER)
    assert (again.status, again.completed_at, again.version) == ("open", None, 3)
    assert has_same_content(again, a_task())


def test_replaced_fields_make_a_new_version() -> None:
    """The version increases, and ``updated_at`` is the time of the change."""
    changed = replace_fields(a_task(), {"title": "Cake"}, now=LATER)
    assert (changed.title, changed.version, changed.updated_at, changed.created_at) == ("Cake", 2, LATER, NOON)


def test_every_field_of_the_content_makes_a_difference() -> None:
    """Only the version and the time of the change do not."""
    assert has_same_content(a_task(), a_task(version=2, updated_at=LATER))
    assert not has_same_content(a_task(), a_task(notes="The big ones"))
