"""When a recurring task is completed, its next occurrence is created: exactly one, whatever is heard how often."""

from http import HTTPStatus

from events.event import Event
from events.task import TaskCompleted
from functions.chassis.instance import current_instance
from functions.chassis.invocation import Reply, ServiceUnavailableError, call
from functions.chassis.problem import Problem, unavailable
from functions.chassis.reaction import reaction
from functions.chassis.telemetry.logs import get_logger
from functions.chassis.unit_of_work import UnitOfWork
from functions.recurrence.following import occurrence_after

log = get_logger(__name__)


def ask_tasks(event: Event[TaskCompleted]) -> None:
    """Ask ``tasks`` for the next occurrence, on the user's behalf; a repeat asks for the same one.

    A task has one successor, so a repeat needs no Idempotency-Key; one whose first try died would have to wait for it.
    """
    task, series = event.data.task, event.data.series
    if series is None or task.recurrence is None or task.completed_at is None:
        return
    following = occurrence_after(task, series, completed_at=task.completed_at)
    if following is None:
        log.info("the series has come to its end")
        return
    number, due_at = following
    body = {"follows": str(task.id), "number": number, "dueAt": due_at.isoformat()}
    try:
        reply = call(
            current_instance(),
            "tasks",
            "POST",
            f"/series/{series.id}/occurrences",
            user=task.user_id,
            body=body,
        )
    except ServiceUnavailableError as error:
        raise unavailable(f"the service {error}") from error
    _check(reply)


def _check(reply: Reply) -> None:
    if reply.status == HTTPStatus.NOT_FOUND:
        # A series is never removed, so this is an ingress that does not know the function yet.
        raise unavailable("the service tasks")
    if reply.status >= HTTPStatus.BAD_REQUEST:
        raise Problem(422, f"tasks refused the next occurrence with {reply.status}")
    if reply.status == HTTPStatus.NO_CONTENT:
        log.info("the series does not go on from this task")


@reaction(TaskCompleted, outside=ask_tasks)
def create_next_occurrence(event: Event[TaskCompleted], work: UnitOfWork, outcome: None) -> None:
    """Keep nothing but the claim in the inbox: the series travels in the event, and ``tasks`` keeps the task."""
