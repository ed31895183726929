"""The reaction ``create-next-occurrence``: requests the next occurrence of a recurring task after its completion.

The service ``tasks`` computes the date and stores the occurrence.
"""

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


def request_next_occurrence(event: Event[TaskCompleted]) -> None:
    """Request from ``tasks``, on the user's behalf, the occurrence after a completed task.

    ``tasks`` creates at most one successor for a task, so a repeat needs no Idempotency-Key. Raises a 503 problem if
    ``tasks`` is not available, and a 422 problem if ``tasks`` rejects the request.
    """
    task, series = event.data.task, event.data.series
    if series is None or task.recurrence is None or task.due_at is None or task.completed_at is None:
        return
    # Revisions of ``tasks`` before 0.2 require number and dueAt, and ignore both. They may still run during an upgrade.
    ignored = {"number": (task.occurrence or 1) + 1, "dueAt": task.completed_at.isoformat()}
    try:
        reply = invoke_service(
            current_instance(),
            "tasks",
            "POST",
            f"/series/{series.id}/occurrences",
            user=task.user_id,
            body={"follows": str(task.id), **ignored},
        )
    except ServiceUnavailableError as error:
        raise unavailable_problem(f"the service {error}") from error
    _check_reply(reply)


def _check_reply(reply: ServiceResponse) -> None:
    if reply.status == HTTPStatus.NOT_FOUND:
        # A series is never removed, so this is the answer of an ingress that does not know the service yet.
        raise unavailable_problem("the service tasks")
    if reply.status >= HTTPStatus.BAD_REQUEST:
        raise Problem(422, f"tasks rejected the request for the next occurrence with {reply.status}")
    if reply.status == HTTPStatus.NO_CONTENT:
        log.info("no occurrence follows this task")


@reaction(TaskCompleted, before_transaction=request_next_occurrence)
def create_next_occurrence(event: Event[TaskCompleted], work: UnitOfWork, outcome: None) -> None:
    """Store only the claim of the event, as ``tasks`` stores the occurrence."""
