"""Tests that users take turns while more events are due than the relay can publish at once."""

from datetime import datetime

import pytest

from functions.chassis.messaging import outbox
from functions.delivery.backlog import MAX_USERS, PAGE_ROWS, RANKING_INTERVAL, Backlog
from tests.integration.delivery.conftest import RUN_LIMIT, RelayUnderTest
from tests.samples import NOON

LIMIT = 64


def store_rows(under_test: RelayUnderTest, count: int, *, users: int = 1, due_at: datetime = NOON) -> None:
    """Store rows with only a user, ``user-0`` to ``user-<users - 1>``, each due a millisecond after the one before."""
    under_test.function.database.run(
        """
        INSERT INTO delivery.outbox (id, event, due_at)
        SELECT gen_random_uuid(), jsonb_build_object('userid', 'user-' || mod(n, :users)),
            CAST(:due_at AS timestamptz) + n * interval '1 ms' FROM generate_series(0, :count - 1) AS n
        """,
        count=count,
        users=users,
        due_at=due_at.isoformat(),
    )


def choose_events(under_test: RelayUnderTest, backlog: Backlog, limit: int = LIMIT) -> list[str]:
    """Return the ids that a relay would claim now."""
    with under_test.instance.database.transaction() as transaction:
        return backlog.choose_events(transaction, limit, now=under_test.clock.now)


def find_long_backlog() -> Backlog:
    """Return a backlog after a claim that got as many events as it could."""
    backlog = Backlog()
    backlog.record_claim(LIMIT, LIMIT)
    return backlog


def test_a_user_with_thousands_of_events_does_not_delay_another(under_test: RelayUnderTest) -> None:
    """Three events that are due after 3,000 of another user are among the first that are published."""
    many = under_test.store_events(*[1 + number / 1000 for number in range(3000)], user_id="ann")
    few = under_test.store_events(5, 5, 5, user_id="bob")
    under_test.clock.forward(seconds=6)
    while under_test.outbox_rows():
        under_test.make_relay().run(under_test.clock.now + RUN_LIMIT)
    order = [event_id for _, event_id in under_test.published]
    assert max(order.index(event_id) for event_id in few) < 200
    assert sorted(order) == sorted([*many, *few])


def test_two_relays_publish_a_backlog_once(under_test: RelayUnderTest) -> None:
    """Relays that rank the same events at the same time publish each of them once, and no unreadable row."""
    ids = [
        event_id
        for user_id in ("ann", "bob", "eve")
        for event_id in under_test.store_events(*[1] * 300, user_id=user_id)
    ]
    under_test.function.database.run("UPDATE delivery.outbox SET event = '[1]' WHERE id = :id", id=ids[-1])
    under_test.clock.forward(seconds=1)
    under_test.run_two_relays()
    assert sorted(event_id for _, event_id in under_test.published) == sorted(ids[:-1])
    assert under_test.outbox_rows() == []


def test_the_events_of_a_user_are_claimed_oldest_first(under_test: RelayUnderTest) -> None:
    """Claims that follow each other take later events of each user, whether or not users were ranked meanwhile."""
    store_rows(under_test, 1500, users=3)
    under_test.clock.forward(seconds=10)
    due_at = {str(row["id"]): (row["event"]["userid"], row["due_at"]) for row in under_test.outbox_rows()}
    backlog, claimed = find_long_backlog(), list[str]()
    while chosen := choose_events(under_test, backlog):
        with under_test.instance.database.transaction() as transaction:
            outbox.claim_due_events(
                transaction, now=under_test.clock.now, limit=LIMIT, event_ids=chosen, on_broken=lambda *_: None
            )
        claimed += chosen
        under_test.clock.forward(seconds=RANKING_INTERVAL.total_seconds() / 4)
    assert sorted(claimed) == sorted(due_at)
    for user_id in ("user-0", "user-1", "user-2"):
        times = [due_at[event_id][1] for event_id in claimed if due_at[event_id][0] == user_id]
        assert times == sorted(times)


def test_a_user_behind_several_pages_is_found(under_test: RelayUnderTest) -> None:
    """Events that are due after more rows of one user than a query reads take their turn too."""
    store_rows(under_test, 2 * PAGE_ROWS)
    (other,) = under_test.store_events(60, user_id="bob")
    under_test.function.database.run("UPDATE delivery.outbox SET due_at = :due WHERE id <> :id", due=NOON, id=other)
    under_test.clock.forward(seconds=60)
    assert other in choose_events(under_test, find_long_backlog(), limit=2)


def test_a_new_event_takes_its_turn_after_the_next_ranking(under_test: RelayUnderTest) -> None:
    """An event that becomes due during a backlog waits for the next ranking, not for the events before it."""
    store_rows(under_test, 2000)
    under_test.clock.forward(seconds=3)
    backlog = find_long_backlog()
    assert len(choose_events(under_test, backlog)) == LIMIT
    (other,) = under_test.store_events(3.5, user_id="bob")
    assert other not in choose_events(under_test, backlog)
    under_test.clock.forward(seconds=RANKING_INTERVAL.total_seconds())
    assert other in choose_events(under_test, backlog, limit=2)


def test_events_without_a_user_are_one_user(under_test: RelayUnderTest) -> None:
    """Rows without a user, also those that are no JSON object, wait for each other only."""
    store_rows(under_test, 300)
    under_test.function.database.run("UPDATE delivery.outbox SET event = '[1]'")
    (other,) = under_test.store_events(1, user_id="bob")
    under_test.clock.forward(seconds=1)
    assert other in choose_events(under_test, find_long_backlog(), limit=2)


@pytest.mark.parametrize("claimed", [None, LIMIT - 1])
def test_nothing_is_chosen_without_a_backlog(under_test: RelayUnderTest, claimed: int | None) -> None:
    """The relay claims the oldest events as long as a claim takes all that are due."""
    store_rows(under_test, 10)
    under_test.clock.forward(seconds=1)
    backlog = Backlog()
    if claimed is not None:
        backlog.record_claim(LIMIT, LIMIT)
        backlog.record_claim(claimed, LIMIT)
    assert choose_events(under_test, backlog) == []


def test_a_ranking_is_bounded(under_test: RelayUnderTest) -> None:
    """With more users than a ranking takes, the users with the oldest events take their turns first."""
    store_rows(under_test, MAX_USERS + 10, users=MAX_USERS + 10)
    under_test.clock.forward(seconds=10)
    rows = [str(row["id"]) for row in under_test.outbox_rows()]
    assert choose_events(under_test, find_long_backlog(), limit=2 * MAX_USERS) == rows[:MAX_USERS]
