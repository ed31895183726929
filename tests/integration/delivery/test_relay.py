"""The system's timer."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from events.envelope import Envelope
from functions.chassis.messaging import outbox
from functions.chassis.runtime.database import DatabaseUnavailableError
from functions.delivery.relay import pause
from tests.integration.delivery.conftest import Timer
from tests.samples import NOON

HELD = timedelta(seconds=55)


def test_each_event_goes_out_at_its_moment_and_never_before(timer: Timer) -> None:
    """What is due in a while is published then: not earlier, and within a tenth of a second."""
    due = [0.25, 3, 3.001, 17.5, 54.9]
    ids = timer.put(*due)
    timer.relay().run(NOON + HELD)
    published = timer.lateness(ids)
    assert all(0 <= at - wanted <= 0.1 for at, wanted in zip(published, due, strict=True))
    assert timer.rows() == []


def test_nothing_is_held_while_it_waits(timer: Timer) -> None:
    """A row that waits can be taken back until its moment has come."""
    first, second = timer.put(5, 10)

    def send(event: Envelope) -> bool:
        assert timer.withdraw(second)
        return timer.remove(event)

    timer.relay(send).run(NOON + HELD)
    assert [event_id for _, event_id in timer.published] == [first]


def test_it_rests_when_nothing_is_due_soon(timer: Timer, waits: list[float]) -> None:
    """What is due after the clock's next tick is not waited for, and the answer says when it is."""
    timer.put(600)
    assert timer.relay().run(NOON + HELD) == NOON + timedelta(seconds=600)
    assert waits == []
    assert timer.relay().run(NOON + HELD) == NOON + timedelta(seconds=600)


def test_an_empty_outbox_is_looked_at_in_an_hour(timer: Timer) -> None:
    """Nothing to do is an hour's rest."""
    assert timer.relay().run(NOON + HELD) == NOON + timedelta(hours=1)


def test_a_run_ends_at_its_limit_with_the_next_moment(timer: Timer) -> None:
    """What is due between the limit and the clock's next tick is left to whoever runs next, and waits until then."""
    timer.put(58)
    assert timer.relay().run(NOON + HELD) == NOON + timedelta(seconds=58)
    assert timer.clock.now >= NOON + HELD
    assert [row["lease_until"] for row in timer.rows()] == [None]


def test_something_sooner_shortens_the_wait(timer: Timer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that comes in during the wait is published at its moment, once the relay is woken."""
    timer.put(50)
    relay = timer.relay()
    late = list[str]()
    moved = timer.clock.forward

    def forward(**by: float) -> None:
        moved(**by)
        if not late and timer.clock.now >= NOON + timedelta(seconds=5):
            late.extend(timer.put(8))
            assert relay.run(NOON + HELD) is None  # as a second request of the same instance does

    monkeypatch.setattr(timer.clock, "forward", forward)
    relay.run(NOON + HELD)
    assert timer.lateness(late) == [pytest.approx(8, abs=0.1)]


def test_a_dead_writers_events_are_taken_over(timer: Timer) -> None:
    """What its writer held and did not publish goes out when the writer's lease has ended, and not before."""
    (left,) = timer.put(0)
    assert timer.relay().run(NOON + HELD) == NOON + outbox.LEASE
    assert timer.published == []
    timer.clock.now = NOON + outbox.LEASE
    timer.relay().run(timer.clock.now + HELD)
    assert [event_id for _, event_id in timer.published] == [left]


def test_two_relays_send_each_event_once(timer: Timer) -> None:
    """Whatever runs beside each other, each row is claimed by one."""
    ids = timer.put(*[1] * 300)
    timer.clock.forward(seconds=1)
    relays = [timer.relay(), timer.relay()]
    threads = [threading.Thread(target=relay.run, args=(timer.clock.now + HELD,)) for relay in relays]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(event_id for _, event_id in timer.published) == sorted(ids)


def test_a_burst_is_neither_early_nor_lost(timer: Timer) -> None:
    """Two thousand at one moment all go out, once, after it."""
    ids = timer.put(*[20] * 2000)
    while timer.rows():
        timer.relay().run(timer.clock.now + HELD)
    assert sorted(event_id for _, event_id in timer.published) == sorted(ids)
    assert min(timer.lateness(ids)) >= 20


def test_an_event_that_the_bus_does_not_take_holds_up_nobody(timer: Timer) -> None:
    """One that hangs lets the others pass."""
    hanging, *others = timer.put(1, *[2] * 20)
    released = threading.Event()

    def send(event: Envelope) -> bool:
        if event.id == hanging:
            assert released.wait(30)
        timer.remove(event)
        if len(timer.published) == len(others):
            released.set()
        return True

    relay = timer.relay(send)
    while timer.rows():
        relay.run(timer.clock.now + HELD)
    assert sorted(event_id for _, event_id in timer.published) == sorted([hanging, *others])


def test_a_failed_event_is_tried_again_when_its_wait_is_over(timer: Timer) -> None:
    """What the bus refused goes out at a later try, in the same run."""
    (event_id,) = timer.put(1)
    tries = list[float]()

    def send(event: Envelope) -> bool:
        tries.append((timer.clock.now - NOON).total_seconds())
        if len(tries) == 3:
            return timer.remove(event)
        with timer.instance.database.transaction() as connection:
            outbox.postpone(connection, event.id, now=timer.clock.now)
        return False

    timer.relay(send).run(NOON + HELD)
    assert timer.rows() == []
    assert [tries[1] - tries[0] >= 1, tries[2] - tries[1] >= 2] == [True, True]
    assert [sent for _, sent in timer.published] == [event_id]


def test_a_row_that_is_no_event_becomes_a_dead_letter(timer: Timer) -> None:
    """What cannot be read is put where an operator sees it, and the others go out."""
    bad, good = timer.put(1, 1)
    timer.under_test.database.run(
        "UPDATE delivery.outbox SET event = jsonb_set(event, '{specversion}', '5') WHERE id = :id", id=bad
    )
    timer.relay().run(NOON + HELD)
    assert [event_id for _, event_id in timer.published] == [good]
    (letter,) = timer.under_test.database.rows("SELECT * FROM delivery.dead_letters")
    assert (letter["event_id"], letter["destination"], letter["status"]) == (bad, "the outbox", "open")
    assert "specversion" in letter["reason"]
    assert timer.rows() == []


def test_what_a_newer_version_wrote_goes_out_as_it_is(timer: Timer) -> None:
    """A relay that is older than a row's writer loses nothing of it: not a member, not a digit."""
    sent: list[Envelope] = []
    (row_id,) = timer.put(1)
    newer = """'{"type": "todo.Newer", "urgency": true, "data": {"amount": 1.10, "new": [null]}}'"""
    timer.under_test.database.run(f"UPDATE delivery.outbox SET event = event || {newer} WHERE id = :id", id=row_id)
    timer.relay(lambda event: sent.append(event) or timer.remove(event)).run(NOON + HELD)  # type: ignore[func-returns-value]
    [event] = sent
    assert (event.id, event.type, event.attributes["urgency"]) == (row_id, "todo.Newer", True)
    assert event.data == b'{"new": [null], "amount": 1.10}'


def test_told_to_stop_it_leaves_nothing_claimed(timer: Timer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relay that waits ends at once, with the moment that another is to see to."""
    timer.put(30)
    moved = timer.clock.forward

    def forward(**by: float) -> None:
        moved(**by)
        timer.stopping = True

    monkeypatch.setattr(timer.clock, "forward", forward)
    assert timer.relay().run(NOON + HELD) == NOON + timedelta(seconds=30)
    assert timer.clock.now <= NOON + timedelta(seconds=1)
    assert [row["lease_until"] for row in timer.rows()] == [None]


def test_what_was_claimed_and_not_begun_is_given_back(timer: Timer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told to stop between a claim and its publishing, a relay leaves the row to another at once."""
    timer.put(1)
    timer.clock.forward(seconds=1)
    claim_due, released = outbox.claim_due, threading.Event()

    def claim(*arguments: Any, **named: Any) -> list[Envelope]:
        timer.stopping = True
        return claim_due(*arguments, **named)

    def release(*arguments: Any) -> None:
        give_back(*arguments)
        released.set()

    give_back = outbox.release
    monkeypatch.setattr(outbox, "claim_due", claim)
    monkeypatch.setattr(outbox, "release", release)
    timer.relay().run(timer.clock.now + HELD)
    assert released.wait(30)
    timer.stopping = False
    monkeypatch.setattr(outbox, "claim_due", claim_due)
    while timer.rows():
        timer.relay().run(timer.clock.now + HELD)
    assert timer.clock.now < NOON + outbox.LEASE
    assert len(timer.published) == 1


def test_a_wait_ends_with_a_change_or_its_time() -> None:
    """The wait that the other tests stand in for returns when it is notified, and when its time is over."""
    changed = threading.Condition()
    with changed:
        pause(changed, 0)
        notifier = threading.Thread(target=wake, args=(changed,))
        notifier.start()
        pause(changed, 3600)
    notifier.join()


def wake(changed: threading.Condition) -> None:
    """Tell of a change."""
    with changed:
        changed.notify_all()


def test_a_broken_row_is_reported_where_nobody_keeps_it(timer: Timer, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever claims without a place for broken rows has them in the log, and the others in hand."""
    bad, good = timer.put(1, 1)
    timer.under_test.database.run("UPDATE delivery.outbox SET event = '{}' WHERE id = :id", id=bad)
    with timer.instance.database.transaction() as connection:
        events = outbox.claim_due(connection, now=NOON + timedelta(seconds=1), limit=10)
    assert [event.id for event in events] == [good]
    assert "the outbox holds what is no event" in caplog.text


def test_a_database_that_goes_away_is_a_delay(timer: Timer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run goes on when the database is back; one that cannot begin says so, and another may begin later."""
    (event_id,) = timer.put(5)
    relay = timer.relay()
    claim_due = outbox.claim_due
    fails = [True]

    def failing(*arguments: Any, **named: Any) -> list[Envelope]:
        if fails and fails.pop():
            raise DatabaseUnavailableError
        return claim_due(*arguments, **named)

    monkeypatch.setattr(outbox, "claim_due", failing)
    with pytest.raises(DatabaseUnavailableError):
        relay.run(NOON + HELD)
    fails[:] = [True, False]
    relay.run(NOON + HELD)
    assert [sent for _, sent in timer.published] == [event_id]
    assert timer.lateness([event_id])[0] >= 5


def test_looking_costs_the_same_however_much_waits(timer: Timer) -> None:
    """The next moment is found by an index among those that wait, not by reading them all."""
    timer.put(*range(1000, 3000))
    timer.under_test.database.run("ANALYZE delivery.outbox")
    with timer.under_test.database.as_admin() as connection:
        plan = connection.execute(
            text("EXPLAIN SELECT due_at FROM delivery.outbox WHERE lease_until IS NULL ORDER BY due_at LIMIT 1")
        )
        assert "Index Only Scan using outbox_waiting" in "\n".join(row[0] for row in plan)
