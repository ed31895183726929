"""A reaction: decoded, claimed, done in one transaction, and answered so that a broker knows what to do."""

import re
import threading
from pathlib import Path

import pytest

from events.event import Event
from events.task import TaskCompleted, TaskCreated, TaskDeleted
from tests.database import TestDatabase
from tests.event_encoding import encode_binary, encode_structured
from tests.functions import FunctionUnderTest, Load
from tests.samples import a_task, an_event

HERE = Path(__file__).parent


@pytest.fixture
def sample(function: Load) -> FunctionUnderTest:
    """Load a reaction that says one thing now and one in an hour."""
    return function("schedule-reminders", source=HERE / "sample_reaction.py")


def created(title: str = "Water the plants") -> Event[TaskCreated]:
    """Return a TaskCreated of a task with this title."""
    return an_event(TaskCreated(task=a_task(title=title)))  # type: ignore[return-value] # of the data's own type


def test_an_event_is_handled_and_answered_with_nothing(sample: FunctionUnderTest) -> None:
    """A success is a 202 without a body, and its events are out."""
    event = created()
    answer = sample.deliver(event)
    assert (answer.status_code, answer.data) == (202, b"")
    assert sample.emitted_types() == ["ReminderScheduled"]
    assert [waiting.attributes.type for waiting in sample.scheduled] == ["todo.ReminderDue"]


def test_what_follows_names_its_cause(sample: FunctionUnderTest) -> None:
    """What is said keeps the correlation id, names the event it follows from, and continues its trace."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    event = an_event(TaskCreated(task=a_task()), traceparent=trace)
    sample.deliver(event)
    said = sample.emitted[0].attributes
    assert (said.source, said.correlationid, said.causationid) == (
        "/todo/schedule-reminders",
        "a-correlation-id",
        event.attributes.id,
    )
    assert said.traceparent is not None
    assert said.traceparent.startswith(trace[:36])
    assert said.traceparent != trace


def test_a_repeat_is_accepted_and_does_nothing(sample: FunctionUnderTest) -> None:
    """The same event twice has one effect; the same id from another source is another event."""
    event = created()
    assert [sample.deliver(event).status_code for _ in range(3)] == [202, 202, 202]
    assert sample.emitted_types() == ["ReminderScheduled"]
    sample.deliver(an_event(event.data, id=event.attributes.id, source="/elsewhere"))
    assert len(sample.database.rows("SELECT * FROM delivery.inbox")) == 2


def test_of_two_at_once_one_acts(sample: FunctionUnderTest) -> None:
    """The same event to two threads at once is handled by one; both are answered."""
    event = created()
    headers, body = encode_binary(event)
    answers: list[int] = []

    def hear() -> None:
        client = sample.client.application.test_client()
        answers.append(client.post("/", data=body, headers=headers).status_code)

    threads = [threading.Thread(target=hear) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [202] * 6
    assert sample.emitted_types() == ["ReminderScheduled"]


def test_structured_mode_is_heard_as_well(sample: FunctionUnderTest) -> None:
    """A structured event is as good as a binary one."""
    headers, body = encode_structured(created())
    assert sample.client.post("/", data=body, headers=headers).status_code == 202
    assert sample.emitted_types() == ["ReminderScheduled"]


@pytest.mark.parametrize(("title", "status"), [("refuse", 422), ("break", 500)])
def test_what_failed_leaves_no_trace(sample: FunctionUnderTest, title: str, status: int) -> None:
    """Where a reaction fails nothing is said, written or claimed, and the answer shows nothing of the inside."""
    answer = sample.deliver(created(title))
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert "private" not in answer.get_data(as_text=True)
    assert sample.emitted == []
    for table in ("inbox", "outbox"):
        assert sample.database.rows(f"SELECT * FROM delivery.{table}") == []


def test_what_was_to_be_said_can_be_taken_back(sample: FunctionUnderTest) -> None:
    """An event that waits for its time is withdrawn, and never said."""
    sample.deliver(created("withdraw"))
    assert sample.scheduled == []


@pytest.mark.parametrize(
    ("headers", "body", "detail"),
    [
        ({"content-type": "application/json"}, b"{}", "content-type"),
        ({"content-type": "application/cloudevents-batch+json"}, b"[]", "batched mode"),
        ({"content-type": "application/cloudevents+json"}, b"{", "CloudEvent"),
    ],
)
def test_what_is_no_event_is_refused_for_good(
    sample: FunctionUnderTest, headers: dict[str, str], body: bytes, detail: str
) -> None:
    """Anything but an event is answered with 400, which no broker tries again."""
    answer = sample.client.post("/", data=body, headers=headers)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert detail in answer.get_json()["detail"]


def test_what_it_does_not_hear_is_refused_for_good(sample: FunctionUnderTest) -> None:
    """An event that the list of functions should not have sent here is answered with 400."""
    answer = sample.deliver(an_event(TaskDeleted(task=a_task())))
    assert (answer.status_code, "TaskDeleted" in answer.get_json()["detail"]) == (400, True)


def test_only_posts_to_the_root_are_events(sample: FunctionUnderTest) -> None:
    """Other methods and paths are answered as problems."""
    assert sample.client.get("/").status_code == 405
    assert sample.client.post("/elsewhere").status_code == 404


def test_a_huge_event_is_refused(sample: FunctionUnderTest) -> None:
    """A body beyond the limit is answered with 413."""
    headers, _ = encode_binary(created())
    assert sample.client.post("/", data=b" " * (2**20 + 1), headers=headers).status_code == 413


def test_a_database_that_is_down_is_tried_again(function: Load) -> None:
    """Without its database a reaction answers 503, which a broker tries again."""
    url = "postgresql+pg8000://todo_reminders:x@/todo?unix_sock=/nowhere/.s.PGSQL.5432"
    sample = function("schedule-reminders", source=HERE / "sample_reaction.py", DATABASE_URL=url)
    answer = sample.deliver(created())
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)


def test_a_bus_that_is_down_loses_nothing(sample: FunctionUnderTest) -> None:
    """What the broker does not take stays in the outbox, put off, and the reaction is done all the same."""
    sample.broker.status = 503
    assert sample.deliver(created()).status_code == 202
    assert sample.emitted == []
    rows = sample.database.rows(
        "SELECT attempts, lease_until FROM delivery.outbox WHERE due_at <= :now", now=sample.clock.now
    )
    assert [row["attempts"] for row in rows] == [1]


def test_the_outside_is_done_once_for_what_was_handled(function: Load) -> None:
    """What no transaction can hold runs before it, and not again for an event that was handled."""
    sample = function("schedule-reminders", source=HERE / "sample_outside.py")
    event = created()
    assert [sample.deliver(event).status_code for _ in range(2)] == [202, 202]
    assert [said.data.reminder.title for said in sample.emitted] == ["call 1"]  # type: ignore[attr-defined]


def test_metrics_count_what_became_of_events(sample: FunctionUnderTest) -> None:
    """What was handled and what was a repeat is counted under the event's type, and under nobody's name."""

    def counted(outcome: str) -> float:
        text = sample.client.get("/metrics").get_data(as_text=True)
        assert "alice" not in text
        found = re.search(rf'events_handled_total{{outcome="{outcome}",type="todo.TaskCompleted"}} (\S+)', text)
        return float(found[1]) if found else 0.0

    before = counted("handled"), counted("duplicate")
    event = an_event(TaskCompleted(task=a_task()))
    for _ in range(3):
        sample.deliver(event)
    assert (counted("handled") - before[0], counted("duplicate") - before[1]) == (1, 2)


def test_a_due_row_is_taken_away_once_it_is_out(sample: FunctionUnderTest, database: TestDatabase) -> None:
    """The outbox holds only what is still to be said."""
    sample.deliver(created())
    assert len(sample.emitted) == 1
    assert database.rows("SELECT id FROM delivery.outbox WHERE due_at <= :now", now=sample.clock.now) == []
