"""Measures events a second and CPU an event of reactions, beside functions that do the least."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from events.data import EventData
from events.encoding import encode_event
from events.event import Event
from events.ids import derived_id
from events.notification import NotificationDelivered
from events.reminder import ReminderDue
from events.task import TaskCompleted, TaskCreated
from tests.benchmarks.harness.answer import Answer
from tests.benchmarks.harness.event_requests import NUMBERED_ID, numbered_id, repeat_event
from tests.benchmarks.harness.figures import Goal, median_ratio
from tests.benchmarks.harness.rate_table import answer_rates
from tests.benchmarks.harness.subject import (
    RawRound,
    Subject,
    measure_alternately,
    median_cpu_ms,
    rate_of,
)
from tests.benchmarks.harness.workbench import BenchOptions, Workbench, open_workbench
from tests.samples import a_notification, a_reminder, a_task, an_event

REMINDERS = 30_000
"""Reminders that exist for each reaction that needs one: more than the fastest reaction handles in all rounds."""

TO_SETTLE, TO_CANCEL, NEW, UNKNOWN = 1, 2, 3, 4
"""Kinds of numbered rows."""

BASE = "the same in one exchange"
WITH_EVENT = ("schedule-reminders", "settle-reminder", "cancel-reminders")
WITHOUT_EVENT = ("cancel-reminders, none pending",)

CONDITIONS = """8 connections, 8 threads, closed loop over a unix socket, alternating rounds, medians. The time of a
round ends when the last event has reached the Broker, a process that answers 202 at once. CPU of the function
includes publishing. The compared functions run in the same functions-framework and gunicorn. Their row is the
event's body: with a statement and a commit of pg8000's DB-API; with BEGIN, a prepared statement and COMMIT; with
the prepared statement alone, which PostgreSQL commits by itself. Ratios refer to the last, the fastest. Other work
on the machine makes each CPU millisecond longer, so compare CPU with the bare function's, too."""


def measure(options: BenchOptions) -> dict[str, Any]:
    """Return the rounds of each subject."""
    with open_workbench() as bench:
        return {"rounds": measure_alternately(bench, open_subjects(bench), options)}


def open_subjects(bench: Workbench) -> list[Subject]:
    """Start the functions, and return them with their requests."""
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    fill_reminders(bench, due)
    cancel = bench.start_function("cancel-reminders")
    created = scheduled_task_event(due)
    return [
        Subject("schedule-reminders", bench.start_function("schedule-reminders"), created, published=1),
        Subject("settle-reminder", bench.start_function("settle-reminder"), delivery_event(due), published=1),
        Subject("cancel-reminders", cancel, completion_event(TO_CANCEL, due), published=1),
        Subject("cancel-reminders, none pending", cancel, completion_event(UNKNOWN, due)),
        Subject("bare function", bench.start_compared_function("bare"), created),
        Subject("one-row transaction", bench.start_compared_function("one_row"), created),
        Subject("the same prepared", bench.start_compared_function("prepared_transaction"), created),
        Subject(BASE, bench.start_compared_function("prepared_row"), created),
    ]


def scheduled_task_event(due: datetime) -> Any:
    """Return requests with a new task each, which has one reminder the day before it is due."""
    task = a_task(due_at=due, created_at=datetime.now(UTC), updated_at=datetime.now(UTC))
    return repeat_event(current_event(TaskCreated(task=task)), (NEW, task.id))


def completion_event(kind: int, due: datetime) -> Any:
    """Return requests that complete a task of this kind each."""
    now = datetime.now(UTC)
    task = a_task(due_at=due, status="completed", completed_at=now, updated_at=now, version=2)
    return repeat_event(current_event(TaskCompleted(task=task)), (kind, task.id))


def delivery_event(due: datetime) -> Any:
    """Return requests that report the delivery of a reminder each."""
    reminder_id = numbered_id(TO_SETTLE, 0)
    notification = a_notification(
        reminder_id=reminder_id, status="delivered", remind_at=due, sent_at=due, delivered_at=due, created_at=due
    )
    event = current_event(NotificationDelivered(notification=notification), by="notifications")
    return repeat_event(event, (TO_SETTLE, reminder_id))


def current_event(data: EventData, *, by: str = "tasks") -> Event[EventData]:
    """Return an event of now."""
    return an_event(data, by=by, time=datetime.now(UTC))


def fill_reminders(bench: Workbench, due: datetime) -> None:
    """Store reminders that wait: those to settle, and those to cancel with their ReminderDue in the outbox."""
    for kind in (TO_SETTLE, TO_CANCEL):
        own = NUMBERED_ID.format(kind=kind)
        bench.run_sql(
            f"""INSERT INTO reminders.reminders (id, user_id, task_id, title, remind_at, planned_at, due_at, time_zone,
                    status, snoozed, failed, version)
                SELECT {own}, 'alice', {own}, 'Water the plants', :due, :due, :due, 'Europe/Berlin',
                    'scheduled', false, '[]', 1 FROM generate_series(1, :count) AS n""",
            due=due,
            count=REMINDERS,
        )
    envelope = encode_event(an_event(ReminderDue(reminder=a_reminder(remind_at=due)), by="reminders", time=due))
    moment = due.astimezone(UTC).isoformat()
    ids = [str(derived_id("ReminderDue", numbered_id(TO_CANCEL, n), moment)) for n in range(1, REMINDERS + 1)]
    bench.run_sql(
        """INSERT INTO delivery.outbox (id, event, due_at, owner)
           SELECT CAST(id AS uuid), jsonb_set(CAST(:event AS jsonb), '{id}', to_jsonb(id)), :due, 'todo_reminders'
           FROM json_array_elements_text(CAST(:ids AS json)) AS id""",
        event=envelope.to_json(),
        due=due,
        ids=json.dumps(ids),
    )


def report(raw: dict[str, Any]) -> Answer:
    """Return the answer."""
    rounds: dict[str, list[RawRound]] = raw["rounds"]
    base = [rate_of(one) for one in rounds[BASE]]
    goals = []
    for names, share, cpu in ((WITH_EVENT, 0.5, 1.5), (WITHOUT_EVENT, 0.7, 0.8)):
        for name in names:
            own = [rate_of(one) for one in rounds[name]]
            goals.append(Goal(f"{name}: rate beside a prepared row", median_ratio(own, base), "at least", share))
            used = median_cpu_ms(rounds[name], "function")
            goals.append(Goal(f"{name}: CPU an event", used, "at most", cpu, " ms"))
    return answer_rates(
        rounds,
        goals,
        name="reactions",
        title="events a second and CPU an event",
        piece="event",
        base=BASE,
        conditions=CONDITIONS,
    )
