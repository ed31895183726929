"""Tests of a relay with failures: a bus, rows or a database that fail, and a process that stops."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from events.envelope import Envelope
from functions.chassis.messaging import outbox
from functions.chassis.runtime.database import DatabaseUnavailableError
from tests.integration.delivery.conftest import RUN_LIMIT, RelayUnderTest
from tests.samples import NOON


def test_an_event_that_hangs_does_not_delay_the_others(under_test: RelayUnderTest) -> None:
    """The other events are published while one waits for the bus."""
    hanging, *others = under_test.store_events(1, *[2] * 20)
    all_others_published = threading.Event()

    def send(event: Envelope) -> bool:
        if event.id == hanging:
            assert all_others_published.wait(30)
        under_test.publish(event)
        if len(under_test.published) == len(others):
            all_others_published.set()
        return True

    relay = under_test.make_relay(send)
    while under_test.outbox_rows():
        relay.run(under_test.clock.now + RUN_LIMIT)
    assert sorted(event_id for _, event_id in under_test.published) == sorted([hanging, *others])


def test_a_failed_event_is_sent_again_in_the_same_run(under_test: RelayUnderTest) -> None:
    """An event that the bus rejects is sent again after a second, and then after two."""
    (event_id,) = under_test.store_events(1)
    tries = list[float]()

    def send(event: Envelope) -> bool:
        tries.append((under_test.clock.now - NOON).total_seconds())
        if len(tries) == 3:
            return under_test.publish(event)
        outbox.postpone_events(under_test.instance.database, [event.id], now=under_test.clock.now)
        return False

    under_test.make_relay(send).run(NOON + RUN_LIMIT)
    assert under_test.outbox_rows() == []
    assert [tries[1] - tries[0] >= 1, tries[2] - tries[1] >= 2] == [True, True]
    assert [published for _, published in under_test.published] == [event_id]


def test_an_unreadable_row_becomes_a_dead_letter(under_test: RelayUnderTest) -> None:
    """The row moves to the dead letters, and the other events are published."""
    unreadable, readable = under_test.store_events(1, 1)
    under_test.function.database.run(
        "UPDATE delivery.outbox SET event = jsonb_set(event, '{specversion}', '5') WHERE id = :id", id=unreadable
    )
    under_test.make_relay().run(NOON + RUN_LIMIT)
    assert [event_id for _, event_id in under_test.published] == [readable]
    (letter,) = under_test.function.database.rows("SELECT * FROM delivery.dead_letters")
    assert (letter["event_id"], letter["destination"], letter["status"]) == (unreadable, "the outbox", "open")
    assert "specversion" in letter["reason"]
    assert under_test.outbox_rows() == []


def test_an_unreadable_row_is_logged_by_default(under_test: RelayUnderTest, caplog: pytest.LogCaptureFixture) -> None:
    """A claim without a handler for unreadable rows logs them, and returns the other events."""
    unreadable, readable = under_test.store_events(1, 1)
    under_test.function.database.run("UPDATE delivery.outbox SET event = '{}' WHERE id = :id", id=unreadable)
    with under_test.instance.database.transaction() as connection:
        events = outbox.claim_due_events(connection, now=NOON + timedelta(seconds=1), limit=10)
    assert [event.id for event in events] == [readable]
    assert "the outbox holds a row that is not an event" in caplog.text


def test_an_event_of_a_newer_release_is_published_unchanged(under_test: RelayUnderTest) -> None:
    """Unknown types, attributes and data members are published, and numbers have the same digits."""
    sent: list[Envelope] = []
    (row_id,) = under_test.store_events(1)
    newer = """'{"type": "todo.Newer", "urgency": true, "data": {"amount": 1.10, "new": [null]}}'"""
    under_test.function.database.run(f"UPDATE delivery.outbox SET event = event || {newer} WHERE id = :id", id=row_id)

    def send(event: Envelope) -> bool:
        sent.append(event)
        return under_test.publish(event)

    under_test.make_relay(send).run(NOON + RUN_LIMIT)
    [event] = sent
    assert (event.id, event.type, event.attributes["urgency"]) == (row_id, "todo.Newer", True)
    assert event.data == b'{"new": [null], "amount": 1.10}'


def test_a_stopping_relay_claims_nothing(under_test: RelayUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A waiting run ends at once, and returns when another relay has to publish the next event."""
    under_test.store_events(30)
    move_clock = under_test.clock.forward

    def forward(**by: float) -> None:
        move_clock(**by)
        under_test.is_stopping = True

    monkeypatch.setattr(under_test.clock, "forward", forward)
    assert under_test.make_relay().run(NOON + RUN_LIMIT) == NOON + timedelta(seconds=30)
    assert under_test.clock.now <= NOON + timedelta(seconds=1)
    assert [row["lease_until"] for row in under_test.outbox_rows()] == [None]


def test_a_stopping_relay_releases_claimed_events(under_test: RelayUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the process is asked to stop after a claim, another relay can publish the event before the lease expires."""
    under_test.store_events(1)
    under_test.clock.forward(seconds=1)
    claim_due, release, released = outbox.claim_due_events, outbox.release_events, threading.Event()

    def claim_and_stop(*arguments: Any, **named: Any) -> list[Envelope]:
        under_test.is_stopping = True
        return claim_due(*arguments, **named)

    def release_and_notify(*arguments: Any) -> None:
        release(*arguments)
        released.set()

    monkeypatch.setattr(outbox, "claim_due_events", claim_and_stop)
    monkeypatch.setattr(outbox, "release_events", release_and_notify)
    under_test.make_relay().run(under_test.clock.now + RUN_LIMIT)
    assert released.wait(30)
    under_test.is_stopping = False
    monkeypatch.setattr(outbox, "claim_due_events", claim_due)
    while under_test.outbox_rows():
        under_test.make_relay().run(under_test.clock.now + RUN_LIMIT)
    assert under_test.clock.now < NOON + outbox.LEASE
    assert len(under_test.published) == 1


def test_a_run_survives_an_unavailable_database(under_test: RelayUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run continues when the database is available again; a failed start does not prevent a later run."""
    (event_id,) = under_test.store_events(5)
    relay = under_test.make_relay()
    claim_due = outbox.claim_due_events
    failures = [True]

    def claim_or_fail(*arguments: Any, **named: Any) -> list[Envelope]:
        if failures and failures.pop():
            raise DatabaseUnavailableError
        return claim_due(*arguments, **named)

    monkeypatch.setattr(outbox, "claim_due_events", claim_or_fail)
    with pytest.raises(DatabaseUnavailableError):
        relay.run(NOON + RUN_LIMIT)
    failures[:] = [True, False]
    relay.run(NOON + RUN_LIMIT)
    assert [published for _, published in under_test.published] == [event_id]
    assert under_test.published_seconds([event_id])[0] >= 5
