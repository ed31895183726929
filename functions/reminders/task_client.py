"""Adds a reminder to a task by calling the HTTP function `tasks` on the user's behalf."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from events.task import ReminderSpec, Task
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.problem import Problem, field_problem, unavailable_problem
from functions.chassis.http.service_client import ServiceResponse, ServiceUnavailableError, invoke_service
from functions.reminders.reminder_plan import reminder_id

MAX_ATTEMPTS: Final = 5
"""How often a task is read and replaced again because another client changed it in between."""

# ``tasks`` sets these members. All others are sent back unchanged, also members that this version does not know.
_READ_ONLY: Final = frozenset(
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
    """Return the task with the reminder in it; the reminder is added unless the task has it already.

    Raises the problem with which ``tasks`` rejects the change: 404 for a task that is not the user's, 400 for too many
    reminders. Raises 409 if the task is completed or keeps changing, and 503 if ``tasks`` cannot be reached.
    """
    path = f"/tasks/{task_id}"
    for _ in range(MAX_ATTEMPTS):
        found = _call_tasks(request, "GET", path)
        task = Task.model_validate(found.json)
        if _has_reminder(task, spec):
            return task
        _reject_if_impossible(task, spec)
        added = spec.model_dump(mode="json", by_alias=True, exclude_none=True)
        body = {name: value for name, value in found.json.items() if name not in _READ_ONLY}
        others = zip(body["reminders"], task.reminders, strict=True)
        body["reminders"] = [*(raw for raw, one in others if not _is_same_reminder(task, one, spec)), added]
        changed = _call_tasks(request, "PUT", path, body=body, if_match=found.headers["etag"])
        if changed.status != 412:  # noqa: PLR2004 - RFC 9110, section 15.5.13
            return Task.model_validate(changed.json)
    raise Problem(409, "the task is being changed by other requests; try again", headers={"Retry-After": "1"})


def _has_reminder(task: Task, spec: ReminderSpec) -> bool:
    same = [one for one in task.reminders if _is_same_reminder(task, one, spec)]
    return task.status == "open" and any(one.max_lateness == spec.max_lateness for one in same)


def _is_same_reminder(task: Task, one: ReminderSpec, other: ReminderSpec) -> bool:
    return reminder_id(task.id, one) == reminder_id(task.id, other)


def _reject_if_impossible(task: Task, spec: ReminderSpec) -> None:
    if task.status != "open":
        raise Problem(409, "the task is completed; reopen it to be reminded of it")
    if spec.before is not None and task.due_at is None:
        raise field_problem(400, "before", "needs a task that is due; give at, or set the task's dueAt")


def _call_tasks(
    request: AuthorizedRequest, method: str, path: str, *, body: object = None, if_match: str | None = None
) -> ServiceResponse:
    """Call ``tasks``; a rejection other than 412 is raised as the same problem."""
    try:
        reply = invoke_service(
            request.instance, "tasks", method, path, user=request.user.id, body=body, if_match=if_match
        )
    except ServiceUnavailableError:
        raise unavailable_problem("the function tasks") from None
    if reply.status >= 400 and reply.status != 412:  # noqa: PLR2004 - RFC 9110, section 15.5
        document: Mapping[str, Any] = reply.json if isinstance(reply.json, dict) else {}
        raise Problem(
            reply.status, document.get("detail", "the task cannot be changed"), errors=document.get("errors", ())
        )
    return reply
