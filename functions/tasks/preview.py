"""What a draft would come to, before it is anybody's task."""

from datetime import datetime

from events.data import Value
from events.fields import zone_of
from events.task import Recurrence
from events.wall_clock import instant, wall_clock
from functions.chassis.answer import Answer
from functions.chassis.call import Call
from functions.recurrence.rule import parse
from functions.recurrence.series import upcoming
from functions.recurrence.words import summary, warnings
from functions.reminders.plan import remind_at
from functions.tasks.draft import TaskDraft
from functions.tasks.service import api

NEXT = 3


class Preview(Value):
    """The rule in words, the next due dates after ``dueAt``, when it will remind, and what may surprise."""

    summary: str
    next: list[datetime]
    remind_at: list[datetime]
    warnings: list[str]


@api.operation("POST", "/tasks/preview", permission="tasks:read", body=TaskDraft, answers={200: Preview})
def preview_task(call: Call, body: TaskDraft) -> Answer:  # noqa: ARG001 - every operation is handed its call
    """Say what a task would do, and write nothing."""
    fields = body.fields()
    zone = zone_of(body.time_zone)
    due_at, recurrence = fields["due_at"], fields["recurrence"]
    moments = (remind_at(spec, due_at=due_at, zone=zone) for spec in fields["reminders"])
    reminders = sorted(moment for moment in moments if moment is not None)
    if not isinstance(recurrence, Recurrence) or due_at is None:
        return Answer(Preview(summary="once", next=[], remind_at=reminders, warnings=[]))
    rule, start = parse(recurrence.rule), wall_clock(due_at, zone)
    following = upcoming(rule, start=start, zone=zone, limit=NEXT, after=start)
    return Answer(
        Preview(
            summary=summary(rule),
            next=[instant(occurrence.wall, zone) for occurrence in following],
            remind_at=reminders,
            warnings=warnings(rule, start=start, zone=zone),
        )
    )
