"""Moves outbox rows that contain no valid CloudEvent to the dead letters, where an operator sees them."""

from datetime import datetime
from uuid import UUID

from functions.chassis.messaging import outbox
from functions.chassis.runtime.transaction import Transaction
from functions.chassis.telemetry.event_spans import event_type_label
from functions.delivery.dead_letter_metrics import count_dead_letter
from functions.delivery.dead_letter_store import OUTBOX_DESTINATION, DeadLetter, store_dead_letter


def move_to_dead_letters(
    transaction: Transaction, row_id: UUID, document: object, reason: str, *, now: datetime
) -> None:
    """Store an outbox row as a dead letter, and delete the row.

    ``document`` is the row's JSON value, and ``reason`` is the error of reading it.
    """
    event = document if isinstance(document, dict) else {"data": document}
    letter = DeadLetter({"id": str(row_id), **event}, OUTBOX_DESTINATION, None, reason)
    store_dead_letter(transaction, letter, now=now)
    outbox.delete_events(transaction, [str(row_id)])
    count_dead_letter(event_type_label(event.get("type")))
