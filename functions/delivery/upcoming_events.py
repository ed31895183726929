"""Finds which kinds of events fall due soon, without reading or claiming the events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from functions.chassis.runtime.database import Database
from functions.chassis.runtime.statement import Statement, encode_array

MAX_ROWS: Final = 1000
"""The number of rows that one query reads at most, so that its time does not depend on the size of a burst."""

_SELECT_KINDS = Statement(
    "SELECT attributes, min(due_at) AS due_at FROM ("
    "SELECT due_at, (SELECT jsonb_object_agg(name, event ->> name)"
    " FROM unnest(:names::text[]) AS name WHERE jsonb_exists(event, name)) AS attributes"
    " FROM delivery.outbox WHERE lease_until IS NULL AND due_at <= :until ORDER BY due_at LIMIT :max_rows"
    ") AS upcoming WHERE attributes IS NOT NULL GROUP BY attributes ORDER BY due_at"
)


@dataclass(frozen=True, slots=True)
class UpcomingKind:
    """Events with the same routing attributes, and the time at which the first of them is due."""

    attributes: dict[str, str]
    due_at: datetime


def find_upcoming_kinds(database: Database, attribute_names: Sequence[str], until: datetime) -> list[UpcomingKind]:
    """Return the kinds of events that are due until a moment, soonest first.

    A kind consists of the attributes in ``attribute_names``. Of more than :data:`MAX_ROWS` events, the soonest count.
    """
    rows = database.fetch_all(_SELECT_KINDS, names=encode_array(attribute_names), until=until, max_rows=MAX_ROWS)
    return [UpcomingKind(row["attributes"], row["due_at"]) for row in rows]
