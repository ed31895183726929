"""What a draft would come to, before it is anybody's task."""

from datetime import datetime

from events.data import Value
from events.fields import zone_of
from events.wall_clock import instant
from functions.chassis.answer import Answer
from functions.chassis.call import Call
from functions.recurrence.rule import parse
from functions.recurrence.series import upcoming
from functions.recurrence.words import summary, warnings
from functions.reminders.plan import remind_at
from functions.tasks import changes
from functions.tasks.draft import TaskDraft, check_beginning
from functions.tasks.service import api

NEXT = 3


class Preview(Value):
    """The rule in words, the next due dates after ``dueAt``, when it will remind, and what may surprise."""

    summary: str
    next: list[datetime]
    remind_at: list[datetime]
    warnings: list[str]


@api.operation("POST", "/tasks/preview", permission="tasks:read", body=TaskDraft, answers={200: Preview})
def preview_task(call: Call, body: TaskDraft) -> Answer:
    """Say what a task would do, and write nothing."""
    task, series = changes.created(body.fields(), task_id=call.new_id(), user=call.user.id, now=call.now)
    zone = zone_of(task.time_zone)
    moments = (remind_at(spec, due_at=task.due_at, zone=zone) for spec in task.reminders)
    reminders = sorted(moment for moment in moments if moment is not None)
    if series is None:
        return Answer(Preview(summary="once", next=[], remind_at=reminders, warnings=[]))
    check_beginning(series)
    rule, start = parse(series.recurrence.rule, series.recurrence.month_end), series.start
    following = upcoming(rule, start=start, zone=zone, limit=NEXT, after=start)
    return Answer(
        Preview(
            summary=summary(rule),
            next=[instant(occurrence.wall, zone) for occurrence in following],
            remind_at=reminders,
            warnings=warnings(rule, start=start, zone=zone),
        )
    )
