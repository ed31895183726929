"""What a draft would come to, before it is anybody's task."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from events.data import Value
from events.fields import zone_of
from events.task import Task
from events.wall_clock import instant
from functions.chassis.answer import Answer
from functions.chassis.call import Call
from functions.recurrence.rule import parse
from functions.recurrence.series import upcoming
from functions.recurrence.words import summary, warnings
from functions.reminders.plan import latest, remind_at
from functions.tasks import changes
from functions.tasks.draft import TaskDraft, check_beginning
from functions.tasks.outlook import Deferral, Planned, outlook
from functions.tasks.service import api

NEXT = 3


class Preview(Value):
    """The rule in words, the next due dates after ``dueAt``, when it will remind, and what may surprise.

    ``remindAt`` are the moments that the draft asks for. ``deferred`` are those of them that lie in the user's quiet
    hours, each ``from`` its moment ``to`` the one when it will be sent.
    """

    summary: str
    next: list[datetime]
    remind_at: list[datetime]
    deferred: list[Deferral]
    warnings: list[str]


@api.operation("POST", "/tasks/preview", permission="tasks:read", body=TaskDraft, answers={200: Preview})
def preview_task(call: Call, body: TaskDraft) -> Answer:
    """Say what a task would do, and write nothing.

    Which reminders the user's quiet hours move is by the preferences of now. Where those cannot be asked for in a few
    seconds, all else is answered, and ``warnings`` say that quiet hours were not considered.
    """
    task, series = changes.created(body.fields(), task_id=call.new_id(), user=call.user.id, now=call.now)
    zone = zone_of(task.time_zone)
    if series is not None:
        check_beginning(series)
    planned = sorted(_planned(task, zone), key=lambda one: one.moment)
    deferred, surprises = outlook(call, planned, zone=zone)
    moments = [one.moment for one in planned]
    if series is None:
        return Answer(Preview(summary="once", next=[], remind_at=moments, deferred=deferred, warnings=surprises))
    rule, start = parse(series.recurrence.rule, series.recurrence.month_end), series.start
    following = upcoming(rule, start=start, zone=zone, limit=NEXT, after=start)
    return Answer(
        Preview(
            summary=summary(rule),
            next=[instant(occurrence.wall, zone) for occurrence in following],
            remind_at=moments,
            deferred=deferred,
            warnings=[*warnings(rule, start=start, zone=zone), *surprises],
        )
    )


def _planned(task: Task, zone: ZoneInfo) -> Iterator[Planned]:
    for spec in task.reminders:
        moment = remind_at(spec, due_at=task.due_at, zone=zone)
        if moment is not None:
            yield Planned(moment, latest(moment, spec.max_lateness, zone))
