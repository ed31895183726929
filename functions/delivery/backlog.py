"""Chooses the events that the relay claims under a backlog, so that one user's events do not delay another user's.

Ranking the events by user at every claim costs more than the claim. So the events are ranked at most once a second,
and the order is kept in memory. The order is only a proposal: a claim skips events that were withdrawn, or that another
relay has claimed, and the next ranking finds events that the last one has missed.
"""

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final
from uuid import UUID

from functions.chassis.messaging.outbox import IS_CLAIMABLE
from functions.chassis.runtime.statement import Row, Statement
from functions.chassis.runtime.transaction import Transaction
from functions.delivery.turns import DueEvents, Turn, order_in_turns

PAGE_ROWS: Final = 5000
"""The number of due rows that one query reads. A query takes about 10 ms."""

MAX_PAGES: Final = 16
"""The number of pages that one ranking reads. Events behind these pages wait for a later ranking."""

MAX_USERS: Final = 1000
"""A ranking ends after the page in which it has found this many users."""

MAX_EVENTS_PER_USER: Final = 1000
MAX_TURNS: Final = 5000
"""The number of events in the order. It limits the memory, and lasts longer than until the next ranking."""

RANKING_INTERVAL: Final = timedelta(seconds=1)
PAUSE_PER_PAGE: Final = timedelta(seconds=0.25)
"""The pause after a ranking, for each page that it has read: it uses at most a twentieth of a core."""

_OLDEST: Final = datetime.min.replace(tzinfo=UTC)

_READ_PAGE = Statement(
    "WITH due AS ("  # noqa: S608 - fixed text
    "SELECT id, due_at, coalesce(event ->> 'userid', '') AS user_id FROM delivery.outbox"
    f" WHERE {IS_CLAIMABLE} AND (due_at, id) > (:after_due_at::timestamptz, :after_id::uuid)"
    f" ORDER BY due_at, id LIMIT {PAGE_ROWS}),"
    " newest AS (SELECT due_at, id FROM due ORDER BY due_at DESC, id DESC LIMIT 1)"
    " SELECT user_id, min(due_at) AS due_at, count(*) AS row_count,"
    f" array_to_string((array_agg(id ORDER BY due_at, id))[1:{MAX_EVENTS_PER_USER}], ',') AS ids,"
    " (SELECT due_at FROM newest) AS page_due_at, (SELECT id FROM newest) AS page_id"
    f" FROM due GROUP BY user_id ORDER BY min(due_at) LIMIT {MAX_USERS}"
)


class Backlog:
    """The due events that the relay has not claimed yet, in the order in which their users take turns.

    Events without a user take turns as one user. Without a backlog, the class reads no rows, and the relay claims the
    oldest events.
    """

    def __init__(self) -> None:
        self._is_long = False
        self._next_ranking = _OLDEST
        self._turns = deque[Turn]()
        self._current = 0
        self._taken: dict[str, int] = {}

    @property
    def has_turns(self) -> bool:
        """Whether the order holds events that were not chosen yet."""
        return bool(self._turns)

    def choose_events(self, transaction: Transaction, limit: int, *, now: datetime) -> list[str]:
        """Return the ids of up to ``limit`` events to claim now. An empty list means: claim the oldest events."""
        if self._is_long and now >= self._next_ranking:
            self._rank(transaction, now)
        chosen = [self._turns.popleft() for _ in range(min(limit, len(self._turns)))]
        for turn in chosen:
            self._current = turn.number
            self._taken[turn.user_id] = turn.number
        return [turn.event_id for turn in chosen]

    def record_claim(self, claimed: int, limit: int) -> None:
        """Record how many of the oldest events were claimed. As many as allowed means that others may be waiting."""
        self._is_long = claimed >= limit
        if not self._is_long:
            self._taken.clear()

    def _rank(self, transaction: Transaction, now: datetime) -> None:
        waiting, pages = read_due_events(transaction, now=now)
        self._taken = {user: number for user, number in self._taken.items() if number >= self._current}
        turns = order_in_turns(waiting, current=self._current, taken=self._taken)
        self._turns = deque(islice(turns, MAX_TURNS))
        self._next_ranking = now + max(RANKING_INTERVAL, pages * PAUSE_PER_PAGE)


def read_due_events(transaction: Transaction, *, now: datetime) -> tuple[list[DueEvents], int]:
    """Return the oldest events that can be claimed, by user, and the number of pages that were read."""
    found: dict[str, DueEvents] = {}
    pages = 0
    for rows in islice(_read_pages(transaction, now), MAX_PAGES):
        pages += 1
        for row in rows:
            known = found.get(row["user_id"], DueEvents(row["user_id"], row["due_at"], ()))
            event_ids = (*known.event_ids, *row["ids"].split(","))[:MAX_EVENTS_PER_USER]
            found[known.user_id] = DueEvents(known.user_id, known.due_at, event_ids)
        if len(found) >= MAX_USERS:
            break
    return list(found.values()), pages


def _read_pages(transaction: Transaction, now: datetime) -> Iterator[list[Row]]:
    """Yield the rows of each page, oldest page first. A row has the events of one user."""
    due_at, event_id = _OLDEST, UUID(int=0)
    while True:
        rows = transaction.fetch_all(_READ_PAGE, now=now, after_due_at=due_at, after_id=event_id)
        yield rows
        if sum(row["row_count"] for row in rows) < PAGE_ROWS:
            return
        due_at, event_id = rows[0]["page_due_at"], rows[0]["page_id"]
