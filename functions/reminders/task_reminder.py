"""Adding a reminder to a task, which belongs to another function: asked over HTTP, on the user's behalf."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from events.task import ReminderSpec, Task
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.problem import Problem, field_problem, unavailable_problem
from functions.chassis.http.service_client import ServiceResponse, ServiceUnavailableError, invoke_service
from functions.reminders.plan import reminder_id

TRIES: Final = 5

# What tasks decides itself. All else goes back as it came, also what this version does not know of.
_DECIDED: Final = frozenset(
    {
        "id",
        "userId",
        "status",
        "seriesId",
        "occurrence",
        "recurrenceId",
        "version",
        "createdAt",
        "updatedAt",
        "completedAt",
    }
)


def add_to_task(request: AuthorizedRequest, task_id: UUID, spec: ReminderSpec) -> Task:
    """Return the task with the reminder in it, added unless it was there.

    Raises what ``tasks`` refuses it with, as a problem: 404 for a task that is not the user's, 400 for a reminder too
    many. 409 where the task is completed, or changes all the time; 503 where ``tasks`` cannot be reached.
    """
    path = f"/tasks/{task_id}"
    for _ in range(TRIES):
        found = _ask(request, "GET", path)
        task = Task.model_validate(found.json)
        if _holds(task, spec):
            return task
        _check(task, spec)
        added = spec.model_dump(mode="json", by_alias=True, exclude_none=True)
        body = {name: value for name, value in found.json.items() if name not in _DECIDED}
        others = zip(body["reminders"], task.reminders, strict=True)
        body["reminders"] = [*(as_it_came for as_it_came, one in others if not _is(task, one, spec)), added]
        changed = _ask(request, "PUT", path, body=body, if_match=found.headers["etag"])
        if changed.status != 412:  # noqa: PLR2004 - RFC 9110, section 15.5.13
            return Task.model_validate(changed.json)
    raise Problem(409, "the task is being changed by others; try again", headers={"Retry-After": "1"})


def _holds(task: Task, spec: ReminderSpec) -> bool:
    held = [one for one in task.reminders if _is(task, one, spec)]
    return task.status == "open" and any(one.max_lateness == spec.max_lateness for one in held)


def _is(task: Task, one: ReminderSpec, other: ReminderSpec) -> bool:
    return reminder_id(task.id, one) == reminder_id(task.id, other)


def _check(task: Task, spec: ReminderSpec) -> None:
    if task.status != "open":
        raise Problem(409, "the task is completed; reopen it to be reminded of it")
    if spec.before is not None and task.due_at is None:
        raise field_problem(400, "before", "needs a task that is due; give at, or set the task's dueAt")


def _ask(
    request: AuthorizedRequest, method: str, path: str, *, body: object = None, if_match: str | None = None
) -> ServiceResponse:
    """Call ``tasks``; a refusal other than 412 is ours as well."""
    try:
        reply = invoke_service(
            request.instance, "tasks", method, path, user=request.user.id, body=body, if_match=if_match
        )
    except ServiceUnavailableError:
        raise unavailable_problem("the function tasks") from None
    if reply.status >= 400 and reply.status != 412:  # noqa: PLR2004 - RFC 9110, section 15.5
        said: Mapping[str, Any] = reply.json if isinstance(reply.json, dict) else {}
        raise Problem(reply.status, said.get("detail", "the task cannot be changed"), errors=said.get("errors", ()))
    return reply
