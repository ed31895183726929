"""Tests that the relay lets the events in flight finish before it starts further ones."""

import threading
from datetime import timedelta

import pytest

from events.encoding import encode_event
from events.envelope import Envelope
from events.reminder import ReminderDue
from functions.chassis.messaging import outbox
from functions.delivery.events_in_flight import MAX_IN_FLIGHT, RECENT
from tests.integration.delivery.conftest import RUN_LIMIT, RelayUnderTest
from tests.samples import NOON, a_reminder, an_event


def emit_events(under_test: RelayUnderTest, count: int) -> list[str]:
    """Store events that another function emits and publishes now, and return their ids."""
    events = [encode_event(an_event(ReminderDue(reminder=a_reminder()))) for _ in range(count)]
    now, leased = under_test.clock.now, {event.id for event in events}
    with under_test.instance.database.transaction() as transaction:
        outbox.store_events(transaction, [(event, now) for event in events], leased=leased, now=now)
    return [event.id for event in events]


def test_the_relay_waits_for_the_events_of_other_functions(
    under_test: RelayUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Due events are published when the other functions have published theirs."""
    due = under_test.store_events(*[1] * 10)
    under_test.clock.forward(seconds=1)
    emitted = emit_events(under_test, MAX_IN_FLIGHT)
    move_clock = under_test.clock.forward

    def forward(**by: float) -> None:
        move_clock(**by)
        if emitted and under_test.clock.now >= NOON + timedelta(seconds=3):
            outbox.delete_events(under_test.instance.database, emitted)
            emitted.clear()

    monkeypatch.setattr(under_test.clock, "forward", forward)
    under_test.make_relay().run(under_test.clock.now + RUN_LIMIT)
    assert under_test.published_seconds(due) == [pytest.approx(3, abs=0.2)] * 10


def test_a_dead_writer_blocks_no_due_events(under_test: RelayUnderTest) -> None:
    """Events that another function leased a while ago, and does not publish, do not count."""
    due = under_test.store_events(*[1] * 10)
    under_test.clock.forward(seconds=1)
    emit_events(under_test, MAX_IN_FLIGHT + 50)
    under_test.make_relay().run(under_test.clock.now + RUN_LIMIT)
    waited = 1 + RECENT.total_seconds()
    assert under_test.published_seconds(due) == [pytest.approx(waited, abs=0.2)] * 10


def test_a_hanging_subscriber_delays_only_its_events(under_test: RelayUnderTest) -> None:
    """Events of another type are published while more events hang than the relay publishes at once."""
    hanging = under_test.store_events(*[1] * 200)
    (other,) = under_test.store_events(2)
    under_test.function.database.run(
        "UPDATE delivery.outbox SET event = jsonb_set(event, '{type}', '\"todo.Other\"') WHERE id = :id", id=other
    )
    other_published = threading.Event()

    def send(event: Envelope) -> bool:
        if event.id == other:
            under_test.publish(event)
            other_published.set()
            return True
        return other_published.wait(60) and under_test.publish(event)

    relay = under_test.make_relay(send)
    while under_test.outbox_rows():
        relay.run(under_test.clock.now + RUN_LIMIT)
    assert other_published.is_set()
    assert sorted(event_id for _, event_id in under_test.published) == sorted([*hanging, other])
