"""Tests of the relay's timing: when events are published, and how long a run takes."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from events.envelope import Envelope
from functions.chassis.messaging import outbox
from tests.integration.delivery.conftest import RUN_LIMIT, RelayUnderTest
from tests.samples import NOON


def test_each_event_is_published_when_it_is_due(under_test: RelayUnderTest) -> None:
    """No event is published early, or more than a tenth of a second late."""
    due = [0.25, 3, 3.001, 17.5, 54.9]
    ids = under_test.store_events(*due)
    under_test.make_relay().run(NOON + RUN_LIMIT)
    published = under_test.published_seconds(ids)
    assert all(0 <= at - wanted <= 0.1 for at, wanted in zip(published, due, strict=True))
    assert under_test.outbox_rows() == []


def test_a_waiting_relay_holds_no_lease(under_test: RelayUnderTest) -> None:
    """An event can be withdrawn until it is due."""
    first, second = under_test.store_events(5, 10)

    def send(event: Envelope) -> bool:
        assert under_test.withdraw_event(second)
        return under_test.publish(event)

    under_test.make_relay(send).run(NOON + RUN_LIMIT)
    assert [event_id for _, event_id in under_test.published] == [first]


def test_a_run_ends_if_no_event_is_due_soon(under_test: RelayUnderTest, waits: list[float]) -> None:
    """A run does not wait for an event that is due after the clock's next tick, and returns its due time."""
    under_test.store_events(600)
    assert under_test.make_relay().run(NOON + RUN_LIMIT) == NOON + timedelta(seconds=600)
    assert waits == []
    assert under_test.make_relay().run(NOON + RUN_LIMIT) == NOON + timedelta(seconds=600)


def test_the_next_run_after_an_empty_outbox_is_in_an_hour(under_test: RelayUnderTest) -> None:
    """A run returns a time at most an hour ahead."""
    assert under_test.make_relay().run(NOON + RUN_LIMIT) == NOON + timedelta(hours=1)


def test_a_run_ends_at_its_limit(under_test: RelayUnderTest) -> None:
    """An event that is due between the limit and the clock's next tick stays without a lease for the next run."""
    under_test.store_events(58)
    assert under_test.make_relay().run(NOON + RUN_LIMIT) == NOON + timedelta(seconds=58)
    assert under_test.clock.now >= NOON + RUN_LIMIT
    assert [row["lease_until"] for row in under_test.outbox_rows()] == [None]


def test_a_woken_run_publishes_an_earlier_event(under_test: RelayUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event that is stored during a wait is published when it is due, if the relay is woken."""
    under_test.store_events(50)
    relay = under_test.make_relay()
    late = list[str]()
    move_clock = under_test.clock.forward

    def forward(**by: float) -> None:
        move_clock(**by)
        if not late and under_test.clock.now >= NOON + timedelta(seconds=5):
            late.extend(under_test.store_events(8))
            assert relay.run(NOON + RUN_LIMIT) is None  # as a second request of the same instance does

    monkeypatch.setattr(under_test.clock, "forward", forward)
    relay.run(NOON + RUN_LIMIT)
    assert under_test.published_seconds(late) == [pytest.approx(8, abs=0.1)]


def test_two_relays_publish_each_event_once(under_test: RelayUnderTest) -> None:
    """Each row is claimed by one of several relays that run at the same time."""
    ids = under_test.store_events(*[1] * 300)
    under_test.clock.forward(seconds=1)
    under_test.run_two_relays()
    assert sorted(event_id for _, event_id in under_test.published) == sorted(ids)


def test_a_burst_is_published_completely_and_not_early(under_test: RelayUnderTest) -> None:
    """Two thousand events with the same due time are all published once, after that time."""
    ids = under_test.store_events(*[20] * 2000)
    while under_test.outbox_rows():
        under_test.make_relay().run(under_test.clock.now + RUN_LIMIT)
    assert sorted(event_id for _, event_id in under_test.published) == sorted(ids)
    assert min(under_test.published_seconds(ids)) >= 20


@pytest.mark.parametrize("is_woken", [True, False])
def test_a_real_wait_ends_when_woken_and_after_its_time(
    under_test: RelayUnderTest, monkeypatch: pytest.MonkeyPatch, *, is_woken: bool
) -> None:
    """Without the condition of the other tests, a run notices a moved clock by a wake-up or at the end of a wait."""
    monkeypatch.setattr("functions.delivery.relay.Condition", threading.Condition)
    monkeypatch.setattr("functions.delivery.relay.MAX_WAIT_SLICE", timedelta(seconds=3600 if is_woken else 0.01))
    ids = under_test.store_events(20)
    relay, ended = under_test.make_relay(), list[datetime | None]()
    run = threading.Thread(target=lambda: ended.append(relay.run(NOON + RUN_LIMIT)))
    run.start()
    run.join(0.2)
    assert run.is_alive()
    under_test.clock.forward(seconds=21)
    if is_woken:
        relay.wake()
    run.join(30)
    assert ended == [NOON + timedelta(seconds=21, hours=1)]
    assert under_test.published_seconds(ids) == [21]


def test_the_next_due_time_is_found_by_an_index(under_test: RelayUnderTest) -> None:
    """The query's cost does not depend on the number of waiting events."""
    under_test.store_events(*range(1000, 3000))
    under_test.function.database.run("ANALYZE delivery.outbox")
    with under_test.function.database.as_admin() as connection:
        plan = connection.execute(
            text("EXPLAIN SELECT due_at FROM delivery.outbox WHERE lease_until IS NULL ORDER BY due_at LIMIT 1")
        )
        assert "Index Only Scan using outbox_waiting" in "\n".join(row[0] for row in plan)


def test_an_event_of_a_dead_writer_is_published_after_its_lease(under_test: RelayUnderTest) -> None:
    """An event that its writer leased and did not publish is published when the lease has expired, and not before."""
    (event_id,) = under_test.store_events(0)
    assert under_test.make_relay().run(NOON + RUN_LIMIT) == NOON + outbox.LEASE
    assert under_test.published == []
    under_test.clock.now = NOON + outbox.LEASE
    under_test.make_relay().run(under_test.clock.now + RUN_LIMIT)
    assert [published for _, published in under_test.published] == [event_id]
