"""What a draft would come to, before it is anybody's task."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from events.data import Value
from events.fields import LAST_DAY, zone_of
from events.task import Series, Task
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.response import ApiResponse
from functions.schedule.reminder_times import latest_delivery, reminder_time
from functions.schedule.rule_parser import parse_rule
from functions.schedule.words import summary, warnings
from functions.tasks import changes
from functions.tasks.draft import TaskDraft, check_beginning
from functions.tasks.following import occurrence_after
from functions.tasks.outlook import Deferral, Planned, outlook
from functions.tasks.service import READ_TASKS, api

NEXT = 3


class Preview(Value):
    """The rule in words, the next due dates if each is done when it is due, when it will remind, and what may surprise.

    ``remindAt`` are the moments that the draft asks for. ``deferred`` are those of them that lie in the user's quiet
    hours, each ``from`` its moment ``to`` the one when it will be sent.
    """

    summary: str
    next: list[datetime]
    remind_at: list[datetime]
    deferred: list[Deferral]
    warnings: list[str]


@api.operation("POST", "/tasks/preview", permission=READ_TASKS, body=TaskDraft, responses={200: Preview})
def preview_task(request: AuthorizedRequest, body: TaskDraft) -> ApiResponse:
    """Say what a task would do, and write nothing.

    Which reminders the user's quiet hours move is by the preferences of now. Where those cannot be asked for in a few
    seconds, all else is answered, and ``warnings`` say that quiet hours were not considered.
    """
    task, series = changes.created(
        body.fields(), task_id=request.new_id(), user=request.user.id, now=request.now, written=body.written
    )
    zone = zone_of(task.time_zone)
    if series is not None:
        check_beginning(series)
    planned = sorted(_planned(task, zone), key=lambda one: one.moment)
    deferred, surprises = outlook(request, planned, zone=zone)
    moments = [one.moment for one in planned]
    if series is None:
        return ApiResponse(Preview(summary="once", next=[], remind_at=moments, deferred=deferred, warnings=surprises))
    rule = parse_rule(series.recurrence.rule, series.recurrence.month_end)
    return ApiResponse(
        Preview(
            summary=summary(rule, zone),
            next=list(islice(_following(task, series), NEXT)),
            remind_at=moments,
            deferred=deferred,
            warnings=[*warnings(rule, start=series.start, zone=zone), *surprises],
        )
    )


def _following(task: Task, series: Series) -> Iterator[datetime]:
    while task.due_at is not None:
        following = occurrence_after(task, series, completed_at=task.due_at)
        if following is None:
            return
        number, due_at = following
        yield due_at
        task = task.model_copy(update={"occurrence": number, "due_at": due_at, "recurrence_id": due_at})


def _planned(task: Task, zone: ZoneInfo) -> Iterator[Planned]:
    for spec in task.reminders:
        moment = reminder_time(before=spec.before, at=spec.at, due_at=task.due_at, zone=zone)
        if moment is not None:
            yield Planned(moment, latest_delivery(moment, spec.max_lateness, zone, limit=LAST_DAY))
