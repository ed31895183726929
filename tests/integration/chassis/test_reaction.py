"""Tests of reactions: decoding, the claim, the one transaction, and the status for the broker."""

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
    """Load a reaction that emits one event now and one in an hour."""
    return function("schedule-reminders", source=HERE / "sample_reaction.py")


def created(title: str = "Water the plants") -> Event[TaskCreated]:
    """Return a TaskCreated event of a task with this title."""
    return an_event(TaskCreated(task=a_task(title=title)))  # type: ignore[return-value] # of the data's own type


def test_a_handled_event_gets_an_empty_202(sample: FunctionUnderTest) -> None:
    """The response is a 202 without a body, and the emitted events are published."""
    event = created()
    response = sample.deliver(event)
    assert (response.status_code, response.data) == (202, b"")
    assert sample.emitted_types() == ["ReminderScheduled"]
    assert [waiting.attributes.type for waiting in sample.scheduled] == ["todo.ReminderDue"]


def test_an_emitted_event_names_its_cause(sample: FunctionUnderTest) -> None:
    """An emitted event has the correlation id of its cause, names its cause, and continues its trace."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    event = an_event(TaskCreated(task=a_task()), traceparent=trace)
    sample.deliver(event)
    emitted = sample.emitted[0].attributes
    assert (emitted.source, emitted.correlationid, emitted.causationid) == (
        "/todo/schedule-reminders",
        "a-correlation-id",
        event.attributes.id,
    )
    assert emitted.traceparent is not None
    assert emitted.traceparent.startswith(trace[:36])
    assert emitted.traceparent != trace


def test_a_duplicate_event_changes_nothing(sample: FunctionUnderTest) -> None:
    """The same event three times has one effect; the same id from another source is another event."""
    event = created()
    assert [sample.deliver(event).status_code for _ in range(3)] == [202, 202, 202]
    assert sample.emitted_types() == ["ReminderScheduled"]
    sample.deliver(an_event(event.data, id=event.attributes.id, source="/elsewhere"))
    assert len(sample.database.rows("SELECT * FROM delivery.inbox")) == 2


def test_a_duplicate_at_the_same_time_changes_nothing(sample: FunctionUnderTest) -> None:
    """If six threads receive the same event at once, one handles it; all response 202."""
    event = created()
    headers, body = encode_binary(event)
    statuses: list[int] = []

    def deliver() -> None:
        client = sample.client.application.test_client()
        statuses.append(client.post("/", data=body, headers=headers).status_code)

    threads = [threading.Thread(target=deliver) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [202] * 6
    assert sample.emitted_types() == ["ReminderScheduled"]


def test_structured_mode_is_accepted(sample: FunctionUnderTest) -> None:
    """An event in structured mode is handled like one in binary mode."""
    headers, body = encode_structured(created())
    assert sample.client.post("/", data=body, headers=headers).status_code == 202
    assert sample.emitted_types() == ["ReminderScheduled"]


@pytest.mark.parametrize(("title", "status"), [("reject", 422), ("break", 500)])
def test_a_failed_reaction_changes_nothing(sample: FunctionUnderTest, title: str, status: int) -> None:
    """If a reaction fails, it publishes, writes and claims nothing, and the response shows no internals."""
    response = sample.deliver(created(title))
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert "private" not in response.get_data(as_text=True)
    assert sample.emitted == []
    for table in ("inbox", "outbox"):
        assert sample.database.rows(f"SELECT * FROM delivery.{table}") == []


def test_a_waiting_event_can_be_withdrawn(sample: FunctionUnderTest) -> None:
    """An event that waits for its time is withdrawn, and is never published."""
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
def test_a_request_without_an_event_is_rejected(
    sample: FunctionUnderTest, headers: dict[str, str], body: bytes, detail: str
) -> None:
    """A body that is not an event gets a 400, which no broker tries again."""
    response = sample.client.post("/", data=body, headers=headers)
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    assert detail in response.get_json()["detail"]


def test_an_event_of_another_type_is_rejected(sample: FunctionUnderTest) -> None:
    """An event of a type without a subscription gets a 400 that names the type."""
    response = sample.deliver(an_event(TaskDeleted(task=a_task())))
    assert (response.status_code, "TaskDeleted" in response.get_json()["detail"]) == (400, True)


def test_events_are_posted_to_the_root(sample: FunctionUnderTest) -> None:
    """Other methods get a 405, and other paths a 404. A further slash is still the root, as it is for Flask."""
    headers, body = encode_binary(created())
    environ = {"PATH_INFO": "//"}
    assert sample.client.post("/", data=body, headers=headers, environ_overrides=environ).status_code == 202
    assert sample.client.get("/").status_code == 405
    assert sample.client.post("/elsewhere").status_code == 404


def test_a_huge_event_is_rejected(sample: FunctionUnderTest) -> None:
    """A body over the limit gets a 413."""
    headers, _ = encode_binary(created())
    assert sample.client.post("/", data=b" " * (2**20 + 1), headers=headers).status_code == 413


def test_a_database_that_is_down_gets_a_503(function: Load) -> None:
    """Without its database, a reaction answers 503, which a broker tries again."""
    url = "postgresql+pg8000://todo_reminders:x@/todo?unix_sock=/nowhere/.s.PGSQL.5432"
    sample = function("schedule-reminders", source=HERE / "sample_reaction.py", DATABASE_URL=url)
    response = sample.deliver(created())
    assert (response.status_code, "Retry-After" in response.headers) == (503, True)


def test_a_bus_that_is_down_loses_nothing(sample: FunctionUnderTest) -> None:
    """An event that the bus does not accept stays in the outbox for another try, and the reaction still succeeds."""
    sample.broker.status = 503
    assert sample.deliver(created()).status_code == 202
    assert sample.emitted == []
    rows = sample.database.rows(
        "SELECT attempts, lease_until FROM delivery.outbox WHERE due_at <= :now", now=sample.clock.now
    )
    assert [row["attempts"] for row in rows] == [1]


def test_the_outside_call_is_skipped_for_a_duplicate(function: Load) -> None:
    """``before_transaction`` runs before the transaction, but not for an event that was handled before."""
    sample = function("schedule-reminders", source=HERE / "sample_outside_call.py")
    event = created()
    assert [sample.deliver(event).status_code for _ in range(2)] == [202, 202]
    assert [event.data.reminder.title for event in sample.emitted] == ["call 1"]  # type: ignore[attr-defined]


def test_metrics_count_the_outcomes_of_events(sample: FunctionUnderTest) -> None:
    """Handled events and duplicates are counted by event type; no label contains a user's id."""

    def read_count(outcome: str) -> float:
        text = sample.client.get("/metrics").get_data(as_text=True)
        assert "alice" not in text
        found = re.search(rf'events_handled_total{{outcome="{outcome}",type="todo.TaskCompleted"}} (\S+)', text)
        return float(found[1]) if found else 0.0

    before = read_count("handled"), read_count("duplicate")
    event = an_event(TaskCompleted(task=a_task()))
    for _ in range(3):
        sample.deliver(event)
    assert (read_count("handled") - before[0], read_count("duplicate") - before[1]) == (1, 2)


def test_a_published_event_is_deleted_from_the_outbox(sample: FunctionUnderTest, database: TestDatabase) -> None:
    """After publishing, the outbox contains no row that is due."""
    sample.deliver(created())
    assert len(sample.emitted) == 1
    assert database.rows("SELECT id FROM delivery.outbox WHERE due_at <= :now", now=sample.clock.now) == []
