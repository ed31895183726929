"""The HTTP function ``reminders``: list, schedule, snooze and dismiss."""

from typing import Final
from uuid import UUID

from events.reminder import Reminder
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.pagination import Page
from functions.chassis.http.problem import Problem
from functions.chassis.http.response import ApiResponse, etag
from functions.chassis.http.user_context import Permission
from functions.chassis.http_function import HttpFunction
from functions.reminders import store
from functions.reminders.change import dismiss, put_off, revive
from functions.reminders.follow import follow, schedule
from functions.reminders.listing import list_page
from functions.reminders.plan import reminder_id
from functions.reminders.record import Record
from functions.reminders.requests import NewReminder, ReminderQuery, Snooze
from functions.reminders.task_reminder import add_to_task

READ_REMINDERS: Final = Permission("reminders:read", role="user")
WRITE_REMINDERS: Final = Permission("reminders:write", role="user")

api = HttpFunction("reminders", summary="Reminders of tasks, and reminders by themselves.")


@api.operation("GET", "/reminders", permission=READ_REMINDERS, query=ReminderQuery, responses={200: Page[Reminder]})
def list_reminders(request: AuthorizedRequest, query: ReminderQuery) -> ApiResponse:
    """List your reminders, soonest first."""
    with request.unit_of_work() as work:
        return ApiResponse(list_page(work.connection, request.user.id, query))


@api.operation("GET", "/reminders/<uuid:reminder_id>", permission=READ_REMINDERS, responses={200: Reminder})
def read_reminder(request: AuthorizedRequest, *, reminder_id: UUID) -> ApiResponse:
    """Read one reminder."""
    with request.unit_of_work() as work:
        return _answer(store.find_own(work.connection, request.user.id, reminder_id))


@api.operation("POST", "/reminders/schedule", permission=WRITE_REMINDERS, body=NewReminder, responses={201: Reminder})
def schedule_reminder(request: AuthorizedRequest, body: NewReminder) -> ApiResponse:
    """Schedule a reminder: of a task, to which it is added, or by itself.

    Of a task: ``taskId`` with ``before`` (a duration before it is due; days on the wall clock of the task's zone) or
    ``at``. By itself: ``title`` and ``at``. A time that the zone's clock skips moves forward by the gap, one that
    comes twice is the first. A reminder whose moment has passed fires at once, unless it is later than ``maxLateness``:
    it then fails. So does one that quiet hours would hold back for longer than that, as soon as it falls due, and one
    that a channel has not taken by then.
    """
    record = _schedule_alone(request, body) if body.task_id is None else _schedule_for_task(request, body, body.task_id)
    return _answer(record, 201, {"Location": f"/reminders/{record.reminder.id}"})


@api.operation(
    "POST", "/reminders/<uuid:reminder_id>/snooze", permission=WRITE_REMINDERS, body=Snooze, responses={200: Reminder}
)
def snooze_reminder(request: AuthorizedRequest, body: Snooze, *, reminder_id: UUID) -> ApiResponse:
    """Put a reminder off ``for`` a duration from now, or ``until`` a moment.

    One that was delivered fires once more. While it is snoozed, a change of its task's due date does not move it. A
    reminder that was cancelled, or whose task is done, gone or no longer asks for it, is not snoozed: 409.
    """
    with request.unit_of_work() as work:
        return _answer(put_off(request, work, reminder_id, body))


@api.operation("DELETE", "/reminders/<uuid:reminder_id>", permission=WRITE_REMINDERS, responses={204: None})
def dismiss_reminder(request: AuthorizedRequest, *, reminder_id: UUID) -> ApiResponse:
    """Dismiss a reminder: it will not fire. The task keeps it, so it comes back where the due date moves ahead."""
    with request.unit_of_work() as work:
        dismiss(request, work, reminder_id)
    return ApiResponse(status=204)


def _schedule_alone(request: AuthorizedRequest, body: NewReminder) -> Record:
    moment = body.moment()
    reminder = Reminder(
        id=request.new_id(),
        user_id=request.user.id,
        title=body.title,
        at=moment,
        max_lateness=body.max_lateness,
        remind_at=moment,
        time_zone=body.time_zone,
    )
    record = Record(reminder, planned_at=moment)
    with request.unit_of_work() as work:
        if store.add(work.connection, record, digest=request.digest):
            schedule(work, record)
            return record
        known, digest = store.find_made_by(work.connection, reminder.id)
        request.check_same_request(digest)
        return known


def _schedule_for_task(request: AuthorizedRequest, body: NewReminder, task_id: UUID) -> Record:
    """Add it to the task and follow the task here and now; schedule-reminders then finds this version done."""
    spec = body.spec()
    task = add_to_task(request, task_id, spec)
    with request.unit_of_work() as work:
        follow(work, task)
        record = store.find(work.connection, reminder_id(task.id, spec))
        if record is None or record.planned_at is None:
            raise Problem(409, "the task was changed meanwhile and no longer holds this reminder; try again")
        return revive(work, record, as_of=task.updated_at)


def _answer(record: Record, status: int = 200, headers: dict[str, str] | None = None) -> ApiResponse:
    return ApiResponse(record.reminder, status, {"ETag": etag(record.reminder.version), **(headers or {})})


reminders = api.serve()
