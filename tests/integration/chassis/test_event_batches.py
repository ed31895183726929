"""Tests of handling events in batches: one transaction, and an outcome of its own for each event."""

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from events.event import Event
from events.task import TaskCreated
from tests.event_encoding import encode_binary
from tests.functions import ROOT, FunctionUnderTest, Load
from tests.samples import a_task, an_event

SOURCE = Path(__file__).parent / "sample_batch.py"
TRACES = [f"00-0af7651916cd43dd8448eb211c8031{number:02x}-b7ad6b7169203331-01" for number in range(4)]

# Loads the function in a process of its own, and delivers each event of the standard input in a thread.
DELIVER = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from functions_framework import create_app
app = create_app("sample_batch", sys.argv[1], "http")
first, *rest = json.load(sys.stdin)
def deliver(event):
    app.test_client().post("/", headers=event[0], data=event[1])
with ThreadPoolExecutor(8) as pool:
    pool.submit(deliver, first)
    while not app.extensions["todo-instance"].database.connections_in_use:
        pass
    list(pool.map(deliver, rest))
"""


@pytest.fixture
def sample(function: Load) -> FunctionUnderTest:
    """Load a reaction that handles events in batches."""
    return function("schedule-reminders", source=SOURCE, WAITING="4")


def created(title: str = "Water the plants", **attributes: Any) -> Event[TaskCreated]:
    """Return a TaskCreated event of a new task with this title."""
    return an_event(TaskCreated(task=a_task(id=uuid4(), title=title)), **attributes)  # type: ignore[return-value] # of the data's own type


def deliver_together(sample: FunctionUnderTest, events: Sequence[Event[TaskCreated]]) -> list[int]:
    """Deliver four events while the batch of another event is held; return their statuses."""

    def deliver(event: Event[TaskCreated]) -> int:
        headers, body = encode_binary(event)
        return sample.client.application.test_client().post("/", data=body, headers=headers).status_code

    with ThreadPoolExecutor(1 + len(events)) as pool:
        held = pool.submit(deliver, created("hold"))
        while sample.instance.database.connections_in_use == 0:  # until the batch of the held event has begun
            assert not held.done()
        statuses = list(pool.map(deliver, events))
        assert held.result() == 202
    return statuses


def emitted_titles(sample: FunctionUnderTest) -> list[str]:
    """Return the titles of the emitted reminders in alphabetical order."""
    return sorted(event.data.reminder.title for event in sample.emitted)  # type: ignore[attr-defined] # a reminder event


def test_events_that_wait_share_a_transaction(sample: FunctionUnderTest) -> None:
    """Four events wait for the batch of the first one, and are handled together, with one claim."""
    assert deliver_together(sample, [created() for _ in range(4)]) == [202] * 4
    assert emitted_titles(sample) == ["1 of 1", *["4 of 5"] * 4]


def test_an_emitted_event_names_its_own_cause(sample: FunctionUnderTest) -> None:
    """Each event of a batch has its own cause, correlation and trace."""
    events = [created(traceparent=trace, correlationid=f"request-{trace}") for trace in TRACES]
    deliver_together(sample, events)
    emitted = {event.attributes.causationid: event.attributes for event in sample.emitted}
    for event, trace in zip(events, TRACES, strict=True):
        follows = emitted[event.attributes.id]
        assert follows.correlationid == f"request-{trace}"
        assert (follows.traceparent or "").startswith(trace[:36])
        assert follows.traceparent != trace


@pytest.mark.parametrize("attributes", [{}, {"partitionkey": None}], ids=["one by one", "in one batch"])
def test_the_same_event_many_times_has_one_effect(sample: FunctionUnderTest, attributes: dict[str, Any]) -> None:
    """All deliveries are accepted. Only events without a partition key share a batch with their duplicates."""
    event = created(**attributes)
    assert deliver_together(sample, [event] * 4) == [202] * 4
    assert emitted_titles(sample) == ["1 of 1", "1 of 2"]


def test_a_repeated_event_shares_a_batch_with_new_ones(sample: FunctionUnderTest) -> None:
    """The handler gets the new ones only."""
    event = created()
    sample.deliver(event)
    assert deliver_together(sample, [event, created(), created(), created()]) == [202] * 4
    assert emitted_titles(sample) == ["1 of 1", "1 of 2", *["3 of 5"] * 3]


@pytest.mark.parametrize(("title", "status"), [("reject", 422), ("break", 500)])
def test_a_poisoned_event_fails_alone(sample: FunctionUnderTest, title: str, status: int) -> None:
    """The others of its batch are handled, one by one; the poisoned one is not claimed, and emits nothing."""
    assert deliver_together(sample, [created(), created(title), created(), created()]) == [202, status, 202, 202]
    assert len(sample.emitted) == 4
    assert len(sample.database.rows("SELECT * FROM delivery.inbox")) == 4
    assert sample.database.rows("SELECT * FROM delivery.outbox") == []


def test_a_kill_between_claim_and_commit_loses_no_event(sample: FunctionUnderTest) -> None:
    """The process dies after the claim, and with the writes sent. The broker's next deliveries handle each event."""
    events = [created("hold"), created(), created("die"), created(), created()]
    killed = subprocess.run(
        [sys.executable, "-c", DELIVER, str(SOURCE)],
        input=json.dumps([(headers, body.decode()) for headers, body in map(encode_binary, events)]),
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -9, killed.stderr
    assert len(sample.database.rows("SELECT * FROM delivery.inbox")) == 1
    events[2] = an_event(TaskCreated(task=a_task()), id=events[2].attributes.id)  # type: ignore[assignment] # it kills no more
    assert [sample.deliver(event).status_code for event in events] == [202] * 5
    assert len(sample.database.rows("SELECT * FROM delivery.inbox")) == 5
    stored = sample.database.rows("SELECT event ->> 'causationid' AS cause FROM delivery.outbox")
    causes = {row["cause"] for row in stored} | {event.attributes.causationid for event in sample.emitted}
    assert causes == {event.attributes.id for event in events}


def test_a_database_that_is_down_is_a_503_for_each_event(function: Load) -> None:
    """A broker tries each again."""
    url = "postgresql+pg8000://todo_reminders:x@/todo?unix_sock=/nowhere/.s.PGSQL.5432"
    sample = function("schedule-reminders", source=SOURCE, DATABASE_URL=url)
    assert sample.deliver(created()).status_code == 503
