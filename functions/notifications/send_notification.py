"""Sends requested notifications: makes an attempt, stores its result, and plans the next attempt after a failure."""

import os
from contextlib import suppress
from functools import partial
from typing import Final

from events.event import Event
from events.notification import NotificationRequested
from functions.chassis.instance import Instance
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction
from functions.chassis.runtime.state_store import StateUnavailableError
from functions.chassis.runtime.transaction import Transaction
from functions.notifications import notification_store as store
from functions.notifications.attempt import attempt_delivery
from functions.notifications.attempt_changes import AttemptChanges
from functions.notifications.attempt_conclusion import Situation, conclude_attempt
from functions.notifications.attempt_verdict import AttemptResult, Deferred
from functions.notifications.channels import load_channel_settings
from functions.notifications.channels.channel import SendResult
from functions.notifications.digest import create_digest
from functions.notifications.fallback_channels import load_fallback
from functions.notifications.notification_record import NotificationRecord
from functions.notifications.notification_requests import request_fallback

WARM_UP_KEY: Final = "warm-up"
"""A key without a value. Reading it opens the connection to the state store."""

_attempt = partial(attempt_delivery, settings=load_channel_settings(os.environ))


def connect_state_store(instance: Instance) -> None:
    """Connect to the state store, where the circuit breakers are. Without it, notifications are sent as well."""
    with suppress(StateUnavailableError):
        instance.state.get(WARM_UP_KEY)


@reaction(NotificationRequested, before_transaction=_attempt, warm_up=connect_state_store)
def send_notification(event: Event[NotificationRequested], work: UnitOfWork, attempt: AttemptResult | None) -> None:
    """Store what follows from an attempt, unless the notification no longer waits for it."""
    situation = load_situation(work.transaction, event.data, attempt) if attempt else None
    if attempt and situation:
        save_changes(work, situation, attempt, conclude_attempt(situation, attempt, work.now))


def load_situation(transaction: Transaction, asked: NotificationRequested, attempt: AttemptResult) -> Situation | None:
    """Lock the notification, and return it with the rows that the conclusion depends on; None if it does not wait."""
    record = store.find_pending(transaction, asked, lock=True)
    if record is None:
        return None
    verdict, members = attempt.verdict, attempt.members
    if isinstance(verdict, Deferred) and verdict.joins_digest:
        digest = NotificationRecord(create_digest(record.notification, record.channel, verdict.until), record.channel)
        is_new = bool(store.insert_notifications(transaction, [digest]))
        stored = store.find_notification(transaction, digest.notification.id, lock=True)
        return Situation(asked, record, digest=stored, is_new_digest=is_new)
    is_delivered = isinstance(verdict, SendResult) and verdict.delivered
    failing = members.muted if is_delivered else (record, *members.pending, *members.muted)
    fallbacks = {one.notification.id: load_fallback(transaction, one) for one in failing}
    return Situation(
        asked,
        record,
        waiting_members=tuple(store.find_waiting_members(transaction, record.notification.id)),
        fallbacks={identifier: fallback for identifier, fallback in fallbacks.items() if fallback},
    )


def save_changes(work: UnitOfWork, situation: Situation, attempt: AttemptResult, changes: AttemptChanges) -> None:
    """Store the rows of the changes and emit their events."""
    if changes.attempted and isinstance(attempt.verdict, SendResult):
        store.store_attempts(work.transaction, [changes.attempted], attempt.verdict, work.now)
    store.update_notifications(work.transaction, changes.updated)
    for record in changes.requested:
        request_fallback(work, record, until=situation.asked.until)
    if changes.joined_digest:
        store.assign_to_digest(work.transaction, situation.record.notification.id, changes.joined_digest)
    for emission in changes.emissions:
        work.emit(emission.data, at=emission.at, event_id=emission.event_id)
