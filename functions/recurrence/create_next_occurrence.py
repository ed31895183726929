"""When a recurring task is completed, its next occurrence is created: exactly one, whatever is heard how often."""

from http import HTTPStatus

from events.event import Event
from events.task import TaskCompleted
from functions.chassis.http.problem import Problem, unavailable_problem
from functions.chassis.http.service_client import ServiceResponse, ServiceUnavailableError, invoke_service
from functions.chassis.instance import current_instance
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction
from functions.chassis.telemetry.logs import get_logger

log = get_logger(__name__)


def ask_tasks(event: Event[TaskCompleted]) -> None:
    """Ask ``tasks``, on the user's behalf, for the occurrence after a completed task.

    ``tasks`` computes the date and creates at most one successor for a task, so a repeat needs no Idempotency-Key.
    Raises the 503 of a service that is not available, and the 422 of a request that ``tasks`` rejects.
    """
    task, series = event.data.task, event.data.series
    if series is None or task.recurrence is None or task.completed_at is None:
        return
    # Revisions of ``tasks`` before 0.2 require number and dueAt, and ignore both. They may still run during an upgrade.
    unused = {"number": (task.occurrence or 1) + 1, "dueAt": task.completed_at.isoformat()}
    body = {"follows": str(task.id), **unused}
    try:
        reply = invoke_service(
            current_instance(),
            "tasks",
            "POST",
            f"/series/{series.id}/occurrences",
            user=task.user_id,
            body=body,
        )
    except ServiceUnavailableError as error:
        raise unavailable_problem(f"the service {error}") from error
    _check(reply)


def _check(reply: ServiceResponse) -> None:
    if reply.status == HTTPStatus.NOT_FOUND:
        # A series is never removed, so this is an ingress that does not know the function yet.
        raise unavailable_problem("the service tasks")
    if reply.status >= HTTPStatus.BAD_REQUEST:
        raise Problem(422, f"tasks refused the next occurrence with {reply.status}")
    if reply.status == HTTPStatus.NO_CONTENT:
        log.info("the series does not go on from this task")


@reaction(TaskCompleted, before_transaction=ask_tasks)
def create_next_occurrence(event: Event[TaskCompleted], work: UnitOfWork, outcome: None) -> None:
    """Keep nothing but the claim in the inbox: the series travels in the event, and ``tasks`` keeps the task."""
