"""Publishing right after the commit, outside of the request, and without loss when an instance stops."""

from datetime import timedelta

import pytest

from functions.chassis.messaging.outbox import LEASE
from functions.chassis.messaging.publisher import PUBLISHER_THREADS
from tests.database import TestDatabase
from tests.functions import FunctionUnderTest, Load

LEASES = "SELECT lease_until FROM delivery.outbox ORDER BY lease_until NULLS FIRST"


@pytest.fixture
def tasks(function: Load) -> FunctionUnderTest:
    """A function that emits an event with each created task."""
    return function("tasks")


def test_a_request_does_not_wait_for_the_broker(tasks: FunctionUnderTest) -> None:
    """A hanging Broker does not delay the answer. The event is published when the Broker accepts it."""
    tasks.broker.open.clear()
    assert tasks.call("POST", "/tasks", {"title": "Now"}).status_code == 201
    assert tasks.broker.events == []
    tasks.broker.open.set()
    assert tasks.emitted_types() == ["TaskCreated"]


def test_an_event_that_is_being_published_is_leased(tasks: FunctionUnderTest, database: TestDatabase) -> None:
    """A new row has a lease for its writer, so that the relay does not publish it too."""
    tasks.broker.open.clear()
    tasks.call("POST", "/tasks", {"title": "Now"})
    assert [row["lease_until"] for row in database.rows(LEASES)] == [tasks.clock.now + LEASE]
    tasks.broker.open.set()
    assert tasks.emitted_types() == ["TaskCreated"]
    assert database.rows(LEASES) == []


def test_a_stopping_instance_publishes_its_queue(tasks: FunctionUnderTest, database: TestDatabase) -> None:
    """Draining publishes every committed event."""
    for number in range(20):
        tasks.call("POST", "/tasks", {"title": f"Task {number}"})
    tasks.instance.publisher.drain()
    assert len(tasks.broker.events) == 20
    assert database.rows(LEASES) == []


def test_a_stopping_instance_releases_what_it_cannot_publish(tasks: FunctionUnderTest, database: TestDatabase) -> None:
    """Events that are still queued after the time limit lose their lease, so the relay can claim them."""
    tasks.broker.open.clear()
    for number in range(10):
        tasks.call("POST", "/tasks", {"title": f"Task {number}"})
    tasks.instance.publisher.drain(seconds=0.1)
    leases = [row["lease_until"] for row in database.rows(LEASES)]
    released = leases.count(None)
    assert (len(leases), released >= 10 - PUBLISHER_THREADS) == (10, True)  # each thread is publishing one
    tasks.broker.open.set()


def test_a_rejected_event_is_postponed(tasks: FunctionUnderTest, database: TestDatabase) -> None:
    """After the first failed tries, the row is leased for a second and counts one attempt."""
    tasks.broker.status = 503
    tasks.call("POST", "/tasks", {"title": "Later"})
    tasks.instance.publisher.wait()
    [row] = database.rows("SELECT attempts, lease_until, event FROM delivery.outbox")
    assert (row["attempts"], row["lease_until"] - tasks.clock.now) == (1, timedelta(seconds=1))


def test_a_reminder_due_before_the_next_tick_wakes_the_relay(tasks: FunctionUnderTest, function: Load) -> None:
    """Only the event that is due before the clock's next tick needs a wake-up."""
    reminders = function("reminders")
    for seconds in (30, 3600):
        at = (tasks.clock.now + timedelta(seconds=seconds)).isoformat()
        assert reminders.call("POST", "/reminders/schedule", {"title": "Tea", "at": at}).status_code == 201
    reminders.instance.publisher.wait()
    wake_ups = [event for event in reminders.broker.events if event.attributes.type == "todo.OutboxDue"]
    assert [event.data.model_dump()["due_at"] - tasks.clock.now for event in wake_ups] == [timedelta(seconds=30)]
