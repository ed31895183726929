"""Publishing if events wait too long, the relay has ended its run, or Python is ending."""

import threading
from datetime import timedelta

import pytest

from events.encoding import encode_event
from events.task import TaskCreated
from functions.chassis.messaging.outbox import LEASE, claim_due_events, store_events
from functions.chassis.messaging.publisher import PUBLISHER_THREADS
from functions.chassis.messaging.row_sender import RENEW_AFTER
from functions.chassis.messaging.sent_rows import SentRows
from tests.database import TestDatabase
from tests.functions import FunctionUnderTest, Load
from tests.samples import a_task, an_event

LEASES = "SELECT lease_until FROM delivery.outbox"


@pytest.fixture
def tasks(function: Load) -> FunctionUnderTest:
    """A function that emits an event with each created task."""
    return function("tasks")


def wake_ups(function: FunctionUnderTest) -> int:
    """Return how many wake-ups of the relay the broker has received."""
    function.instance.publisher.wait()
    return sum(event.attributes.type == "todo.OutboxDue" for event in function.broker.events)


def start_no_threads(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Make the start of threads fail as Python 3.12 does at its exit."""
    start = threading.Thread.start

    def fail(thread: threading.Thread) -> None:
        if thread.name in names:
            raise RuntimeError("can't create new thread at interpreter shutdown")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", fail)


def test_a_later_reminder_wakes_the_relay_again(function: Load) -> None:
    """The relay may have ended its run, because the earlier reminder was cancelled."""
    reminders = function("reminders")
    for seconds in (30, 40):
        at = (reminders.clock.now + timedelta(seconds=seconds)).isoformat()
        reminders.call("POST", "/reminders/schedule", {"title": "Tea", "at": at})
        reminders.instance.publisher.wait()
        reminders.clock.forward(seconds=2)
    assert wake_ups(reminders) == 2


def test_wake_ups_do_not_pile_up(tasks: FunctionUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the bus hangs, at most one wake-up is queued, however many events have no place in the queue."""
    monkeypatch.setattr("functions.chassis.messaging.publisher.QUEUE_LIMIT", 0)
    tasks.broker.open.clear()
    for number in range(20):
        tasks.call("POST", "/tasks", {"title": f"Task {number}"})
    tasks.broker.open.set()
    assert 1 <= wake_ups(tasks) <= PUBLISHER_THREADS + 1


@pytest.mark.parametrize("waited", [RENEW_AFTER, LEASE])
def test_an_event_without_a_lease_is_not_sent(tasks: FunctionUnderTest, waited: timedelta) -> None:
    """While it waited, the event was withdrawn, or the relay has published it."""
    event = encode_event(an_event(TaskCreated(task=a_task())))
    tasks.instance.publisher.publish([event], leased_at=tasks.clock.now - waited)
    assert tasks.emitted == []


def test_an_event_that_the_relay_has_claimed_is_not_sent(tasks: FunctionUnderTest) -> None:
    """The lease had expired, and the relay holds its own."""
    event = encode_event(an_event(TaskCreated(task=a_task())))
    leased_at = tasks.clock.now
    with tasks.instance.database.transaction() as transaction:
        store_events(transaction, [(event, leased_at)], leased={event.id}, now=leased_at)
    tasks.clock.forward(seconds=2 * LEASE.total_seconds())
    with tasks.instance.database.transaction() as transaction:
        assert len(claim_due_events(transaction, now=tasks.clock.now, limit=1)) == 1
    tasks.instance.publisher.publish([event], leased_at=leased_at)
    assert tasks.emitted == []


@pytest.mark.parametrize("waited", [RENEW_AFTER, 2 * LEASE])
def test_an_event_that_waited_is_sent_with_a_new_lease(
    tasks: FunctionUnderTest, database: TestDatabase, waited: timedelta
) -> None:
    """The relay does not publish the event at the same time. An expired lease that nobody took is renewed too."""
    event = encode_event(an_event(TaskCreated(task=a_task())))
    leased_at = tasks.clock.now
    with tasks.instance.database.transaction() as transaction:
        store_events(transaction, [(event, leased_at)], leased={event.id}, now=leased_at)
    tasks.clock.forward(seconds=waited.total_seconds())
    tasks.broker.open.clear()
    tasks.instance.publisher.publish([event], leased_at=leased_at)
    while database.rows(LEASES) == [{"lease_until": leased_at + LEASE}]:
        pass  # the publisher's thread renews it
    assert database.rows(LEASES) == [{"lease_until": tasks.clock.now + LEASE}]
    tasks.broker.open.set()
    assert tasks.emitted_types() == ["TaskCreated"]
    assert database.rows(LEASES) == []


def test_a_request_at_the_end_of_python_leaves_its_event_to_the_relay(
    tasks: FunctionUnderTest, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No thread can publish the event. The row is released, and the relay is woken."""
    start_no_threads(monkeypatch, "publisher")
    assert tasks.call("POST", "/tasks", {"title": "Last"}).status_code == 201
    tasks.instance.publisher.drain()
    assert database.rows(LEASES) == [{"lease_until": None}]
    assert [event.attributes.type for event in tasks.broker.events] == ["todo.OutboxDue"]


def test_a_wake_up_is_not_lost_at_the_end_of_python(function: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """The drain wakes the relay for a reminder that is due soon, as the thread would have done."""
    reminders = function("reminders")
    start_no_threads(monkeypatch, "publisher")
    with reminders.instance.unit_of_work() as work:
        due_at = reminders.clock.now + timedelta(seconds=30)
        work.emit(TaskCreated(task=a_task()), at=due_at, cause=an_event(TaskCreated(task=a_task())).cause)
    reminders.instance.publisher.drain()
    assert [event.attributes.type for event in reminders.broker.events] == ["todo.OutboxDue"]


def test_a_publisher_goes_on_if_no_thread_deletes_rows(
    tasks: FunctionUnderTest, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the end of Python the thread that deletes rows may not have started. The drain deletes the rows."""
    start_no_threads(monkeypatch, "sent-rows")
    for title in ("First", "Second"):
        tasks.call("POST", "/tasks", {"title": title})
    tasks.instance.publisher.drain()
    assert (len(tasks.broker.events), database.rows(LEASES)) == (2, [])


def test_an_event_that_was_sent_after_the_drain_is_deleted(tasks: FunctionUnderTest, database: TestDatabase) -> None:
    """A thread may still send an event while the instance stops. Otherwise the relay would send it again."""
    event = encode_event(an_event(TaskCreated(task=a_task())))
    with tasks.instance.database.transaction() as transaction:
        store_events(transaction, [(event, tasks.clock.now)], leased={event.id}, now=tasks.clock.now)
    sent = SentRows(tasks.instance.database)
    sent.close()
    sent.add(event.id)
    assert database.rows(LEASES) == []
