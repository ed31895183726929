"""Publishing: right after the commit, in no request's time, and never lost when an instance ends."""

from datetime import timedelta

import pytest

from functions.chassis.messaging.outbox import LEASE
from tests.database import TestDatabase
from tests.functions import FunctionUnderTest, Load

LEASED = "SELECT lease_until FROM delivery.outbox ORDER BY lease_until NULLS FIRST"


@pytest.fixture
def tasks(function: Load) -> FunctionUnderTest:
    """Load a function that says something with each request."""
    return function("tasks")


def test_an_answer_does_not_wait_for_the_broker(tasks: FunctionUnderTest) -> None:
    """A broker that takes its time delays nobody; what was said is out as soon as it takes it."""
    tasks.broker.open.clear()
    assert tasks.call("POST", "/tasks", {"title": "Now"}).status_code == 201
    assert tasks.broker.events == []
    tasks.broker.open.set()
    assert tasks.emitted_types() == ["TaskCreated"]


def test_what_is_on_its_way_is_leased(tasks: FunctionUnderTest, database: TestDatabase) -> None:
    """A new row belongs to its writer for a while, so that the relay does not send it as well."""
    tasks.broker.open.clear()
    tasks.call("POST", "/tasks", {"title": "Now"})
    assert [row["lease_until"] for row in database.rows(LEASED)] == [tasks.clock.now + LEASE]
    tasks.broker.open.set()
    assert tasks.emitted_types() == ["TaskCreated"]
    assert database.rows(LEASED) == []


def test_a_drained_instance_finishes_what_it_accepted(tasks: FunctionUnderTest, database: TestDatabase) -> None:
    """Told to stop, an instance sends what it has committed."""
    for number in range(20):
        tasks.call("POST", "/tasks", {"title": f"Task {number}"})
    tasks.instance.publisher.drain()
    assert len(tasks.broker.events) == 20
    assert database.rows(LEASED) == []


def test_a_drained_instance_releases_what_it_cannot_send(tasks: FunctionUnderTest, database: TestDatabase) -> None:
    """What is still waiting when the time is up is given back, so that the relay need not wait for its lease."""
    tasks.broker.open.clear()
    for number in range(10):
        tasks.call("POST", "/tasks", {"title": f"Task {number}"})
    tasks.instance.publisher.drain(seconds=0.1)
    leases = [row["lease_until"] for row in database.rows(LEASED)]
    released = leases.count(None)
    assert (len(leases), released >= 10 - 4) == (10, True)  # the threads' own are on their way
    tasks.broker.open.set()


def test_what_the_bus_refuses_is_put_off_ever_longer(tasks: FunctionUnderTest, database: TestDatabase) -> None:
    """Each failed round doubles the wait, which is what the relay sees."""
    tasks.broker.status = 503
    tasks.call("POST", "/tasks", {"title": "Later"})
    tasks.instance.publisher.wait()
    [row] = database.rows("SELECT attempts, lease_until, event FROM delivery.outbox")
    assert (row["attempts"], row["lease_until"] - tasks.clock.now) == (1, timedelta(seconds=1))


def test_a_reminder_that_is_soon_wakes_the_relay(tasks: FunctionUnderTest, function: Load) -> None:
    """What falls due before the clock's next tick is announced; what is later is not."""
    reminders = function("reminders")
    for seconds in (30, 3600):
        at = (tasks.clock.now + timedelta(seconds=seconds)).isoformat()
        assert reminders.call("POST", "/reminders/schedule", {"title": "Tea", "at": at}).status_code == 201
    reminders.instance.publisher.wait()
    woken = [event for event in reminders.broker.events if event.attributes.type == "todo.OutboxDue"]
    assert [event.data.model_dump()["due_at"] - tasks.clock.now for event in woken] == [timedelta(seconds=30)]
