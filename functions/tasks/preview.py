"""The operation ``POST /tasks/preview``: shows the effects of a draft without storing a task."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from events.data import Value
from events.fields import LAST_DAY, zone_of
from events.task import Series, Task
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.response import ApiResponse
from functions.schedule.reminder_times import latest_delivery, reminder_time
from functions.schedule.rule_parser import parse_rule
from functions.schedule.rule_summary import describe_rule
from functions.schedule.rule_warnings import find_rule_warnings
from functions.tasks.draft import TaskDraft
from functions.tasks.next_due_date import compute_next_due_date
from functions.tasks.reminder_preview import Deferral, PlannedReminder, preview_reminders
from functions.tasks.rule_validation import validate_series_start
from functions.tasks.series_states import build_task_and_series
from functions.tasks.service import READ_TASKS, api

DATES_SHOWN: Final = 3


class Preview(Value):
    """The rule in plain English, the next due dates, the reminders of the first, and warnings.

    ``next`` assumes that each occurrence is completed on its due date. ``remindAt`` are the moments of the draft's
    reminders. ``deferred`` are those within the user's quiet hours, each ``from`` its moment ``to`` its delivery.
    """

    summary: str
    next: list[datetime]
    remind_at: list[datetime]
    deferred: list[Deferral]
    warnings: list[str]


@api.operation("POST", "/tasks/preview", permission=READ_TASKS, body=TaskDraft, responses={200: Preview})
def preview_task(request: AuthorizedRequest, body: TaskDraft) -> ApiResponse:
    """Preview a task without creating it.

    Quiet hours are those of the user's current preferences. If the preferences are not available within a few seconds,
    the response has everything else, and a warning that quiet hours were not considered.
    """
    task, series = build_task_and_series(
        body.to_task_fields(),
        task_id=request.new_id(),
        user=request.user.id,
        now=request.now,
        wall_due_at=body.wall_due_at,
    )
    zone = zone_of(task.time_zone)
    if series is not None:
        validate_series_start(series)
    planned = sorted(_plan_reminders(task, zone), key=lambda reminder: reminder.moment)
    deferred, warnings = preview_reminders(request, planned, zone=zone)
    summary: str = "once"
    due_dates: list[datetime] = []
    if series is not None:
        rule = parse_rule(series.recurrence.rule, series.recurrence.month_end)
        summary = describe_rule(rule, zone)
        due_dates = list(islice(_iterate_due_dates(task, series), DATES_SHOWN))
        warnings = [*find_rule_warnings(rule, start=series.start, zone=zone), *warnings]
    return ApiResponse(
        Preview(
            summary=summary,
            next=due_dates,
            remind_at=[reminder.moment for reminder in planned],
            deferred=deferred,
            warnings=warnings,
        )
    )


def _iterate_due_dates(task: Task, series: Series) -> Iterator[datetime]:
    while task.due_at is not None:
        following = compute_next_due_date(task, series, completed_at=task.due_at)
        if following is None:
            return
        number, due_at = following
        yield due_at
        task = task.model_copy(update={"occurrence": number, "due_at": due_at, "recurrence_id": due_at})


def _plan_reminders(task: Task, zone: ZoneInfo) -> Iterator[PlannedReminder]:
    for spec in task.reminders:
        moment = reminder_time(before=spec.before, at=spec.at, due_at=task.due_at, zone=zone)
        if moment is not None:
            yield PlannedReminder(moment, latest_delivery(moment, spec.max_lateness, zone, limit=LAST_DAY))
