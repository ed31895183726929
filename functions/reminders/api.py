"""The HTTP function `reminders`: list, read, schedule, snooze and dismiss reminders."""

from typing import Final
from uuid import UUID

from events.reminder import Reminder
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.pagination import Page
from functions.chassis.http.problem import Problem
from functions.chassis.http.response import ApiResponse, etag
from functions.chassis.http.user_context import Permission
from functions.chassis.http_function import HttpFunction
from functions.reminders.firing import schedule_firing
from functions.reminders.reminder_list import list_user_reminders
from functions.reminders.reminder_plan import derive_reminder_id
from functions.reminders.reminder_record import ReminderRecord
from functions.reminders.reminder_requests import NewReminder, ReminderQuery, Snooze
from functions.reminders.reminder_store import (
    insert_reminder,
    load_created_reminder,
    load_reminder,
    load_user_reminder,
)
from functions.reminders.sync_reminders import sync_reminders
from functions.reminders.task_client import add_reminder_to_task
from functions.reminders.user_changes import apply_dismissal, apply_snooze, restore_if_dismissed

READ_REMINDERS: Final = Permission("reminders:read", role="user")
WRITE_REMINDERS: Final = Permission("reminders:write", role="user")

api = HttpFunction("reminders", summary="Reminders of tasks, and reminders without a task.")


@api.operation("GET", "/reminders", permission=READ_REMINDERS, query=ReminderQuery, responses={200: Page[Reminder]})
def list_reminders(request: AuthorizedRequest, query: ReminderQuery) -> ApiResponse:
    """List your reminders, soonest first."""
    return ApiResponse(list_user_reminders(request.instance.database, request.user.id, query))


@api.operation("GET", "/reminders/<uuid:reminder_id>", permission=READ_REMINDERS, responses={200: Reminder})
def read_reminder(request: AuthorizedRequest, *, reminder_id: UUID) -> ApiResponse:
    """Read one reminder."""
    with request.unit_of_work() as work:
        return _reminder_response(load_user_reminder(work.transaction, request.user.id, reminder_id))


@api.operation("POST", "/reminders/schedule", permission=WRITE_REMINDERS, body=NewReminder, responses={201: Reminder})
def schedule_reminder(request: AuthorizedRequest, body: NewReminder) -> ApiResponse:
    """Schedule a reminder of a task, to which it is added, or a reminder without a task.

    Of a task: ``taskId`` with ``before`` (a duration before it is due; days on the wall clock of the task's zone) or
    ``at``. Without a task: ``title`` and ``at``. A time that the zone's clock skips moves forward by the gap, and a
    time that occurs twice is the first of the two. A reminder whose moment has passed fires at once. A reminder that
    cannot be delivered within ``maxLateness`` of its moment fails, also because of quiet hours.
    """
    if body.task_id is None:
        return _schedule_without_task(request, body)
    return _schedule_for_task(request, body, body.task_id)


@api.operation(
    "POST", "/reminders/<uuid:reminder_id>/snooze", permission=WRITE_REMINDERS, body=Snooze, responses={200: Reminder}
)
def snooze_reminder(request: AuthorizedRequest, body: Snooze, *, reminder_id: UUID) -> ApiResponse:
    """Snooze a reminder ``for`` a duration from now, or ``until`` a moment.

    A delivered reminder fires once more. While it is snoozed, a change of its task's due date does not move it. A
    reminder that was cancelled, or that its task no longer has, is rejected with 409.
    """
    with request.unit_of_work() as work:
        return request.record_response(work, _reminder_response(apply_snooze(request, work, reminder_id, body)))


@api.operation("DELETE", "/reminders/<uuid:reminder_id>", permission=WRITE_REMINDERS, responses={204: None})
def dismiss_reminder(request: AuthorizedRequest, *, reminder_id: UUID) -> ApiResponse:
    """Dismiss a reminder, so that it does not fire. If its task's due date moves ahead, it is scheduled again."""
    with request.unit_of_work() as work:
        apply_dismissal(request, work, reminder_id)
        return request.record_response(work, ApiResponse(status=204))


def _schedule_without_task(request: AuthorizedRequest, body: NewReminder) -> ApiResponse:
    moment = body.resolve_moment()
    reminder = Reminder(
        id=request.new_id(),
        user_id=request.user.id,
        title=body.title,
        at=moment,
        max_lateness=body.max_lateness,
        remind_at=moment,
        time_zone=body.time_zone,
    )
    record = ReminderRecord(reminder, planned_at=moment)
    with request.unit_of_work() as work:
        if insert_reminder(work.transaction, record, digest=request.digest):
            schedule_firing(work, record)
            return request.record_response(work, _created_response(record))
        known, digest = load_created_reminder(work.transaction, reminder.id)
        request.check_same_request(digest)
        return request.record_response(work, _created_response(known))


def _schedule_for_task(request: AuthorizedRequest, body: NewReminder, task_id: UUID) -> ApiResponse:
    """Add the reminder to the task and schedule it now; `schedule-reminders` then finds this version seen."""
    spec = body.to_reminder_spec()
    task = add_reminder_to_task(request, task_id, spec)
    with request.unit_of_work() as work:
        sync_reminders(work, task)
        record = load_reminder(work.transaction, derive_reminder_id(task.id, spec))
        if record is None or record.planned_at is None:
            raise Problem(409, "the task was changed in between and no longer has this reminder; try again")
        restored = restore_if_dismissed(work, record, as_of=task.updated_at)
        return request.record_response(work, _created_response(restored))


def _created_response(record: ReminderRecord) -> ApiResponse:
    return _reminder_response(record, 201, {"Location": f"/reminders/{record.reminder.id}"})


def _reminder_response(record: ReminderRecord, status: int = 200, headers: dict[str, str] | None = None) -> ApiResponse:
    return ApiResponse(record.reminder, status, {"ETag": etag(record.reminder.version), **(headers or {})})


reminders = api.serve()
