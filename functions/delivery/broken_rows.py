"""Rows of the outbox that hold no CloudEvent: kept where an operator sees them, out of the others' way."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from functions.chassis.messaging import outbox
from functions.chassis.messaging.outbox import Broken
from functions.chassis.telemetry.event_spans import known_type
from functions.delivery.dead_letter_metrics import count_dead_letter
from functions.delivery.dead_letters import OUTBOX, DeadLetter, keep


def set_aside(connection: Connection, *, now: datetime) -> Broken:
    """Return what moves a row that cannot be read from the outbox to the dead letters."""

    def move(row_id: UUID, document: object, reason: str) -> None:
        event = document if isinstance(document, dict) else {"data": document}
        keep(connection, DeadLetter({"id": str(row_id), **event}, OUTBOX, None, reason), now=now)
        outbox.remove(connection, [str(row_id)])
        count_dead_letter(known_type(event.get("type")))

    return move
