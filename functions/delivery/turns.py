"""Puts the due events of several users in the order in which the users take turns."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class DueEvents:
    """The ids of a user's due events, oldest first. ``due_at`` is the due time of the first."""

    user_id: str
    due_at: datetime
    event_ids: Sequence[str]


class Turn(NamedTuple):
    """One event of one user. Turns are compared by their number, and then by the due time of the user's oldest event.

    Users with the same due time are compared by their ids.
    """

    number: int
    due_at: datetime
    user_id: str
    event_id: str


def order_in_turns(waiting: Iterable[DueEvents], *, current: int, taken: Mapping[str, int]) -> Iterator[Turn]:
    """Yield the events so that each turn has one event of each user.

    ``current`` is the number of the first turn. ``taken`` holds the number of the last turn that each user has taken.
    A user who has taken the current turn continues with the next one. A user who was not waiting before joins the
    current turn; missed turns are not repeated::

        users a and b with two events, c with one: a b c, a b
    """
    return heapq.merge(*(_number_events(events, max(current, taken.get(events.user_id, -1) + 1)) for events in waiting))


def _number_events(events: DueEvents, first: int) -> Iterator[Turn]:
    for number, event_id in enumerate(events.event_ids, first):
        yield Turn(number, events.due_at, events.user_id, event_id)
