"""Delivers a notification in the app, in the transaction that requests the notification.

Storing a notification delivers it in the app, so no network is involved. The rules of every channel apply: an attempt
in the log, quiet hours, the latest moment of delivery, and the end of the task or the reminder.
"""

from dataclasses import replace
from datetime import datetime

from events.notification import NotificationRequested
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.notifications import notification_store as store
from functions.notifications.attempt_changes import AttemptChanges
from functions.notifications.attempt_conclusion import Situation, conclude_attempt
from functions.notifications.attempt_verdict import SUBJECT_ENDED, AttemptResult, Withdrawn, find_obstacle
from functions.notifications.channel_metrics import count_channel_attempt
from functions.notifications.channels.channel import SendResult
from functions.notifications.fallback_channels import Fallback
from functions.notifications.notification_record import NotificationRecord, derive_attempt_id
from functions.notifications.preferences import Preferences
from functions.notifications.subject_endings import has_ended

_STORED = SendResult(delivered=True)


def deliver_in_app(
    work: UnitOfWork, record: NotificationRecord, preferences: Preferences, *, until: datetime | None
) -> NotificationRecord:
    """Store a new notification, the first one of its cause, with the outcome of its attempt; return the stored record.

    ``until`` is the latest moment of delivery. In quiet hours the notification is deferred: `send-notification` makes
    the attempt at their end. A notification that exists already stays unchanged.
    """
    asked = NotificationRequested(notification=record.notification, until=until, as_of=record.as_of)
    is_ended = has_ended(work.connection, record.notification, as_of=record.as_of)
    changes = decide_in_app(asked, record, preferences, is_ended=is_ended, now=work.now)
    [concluded] = changes.updated
    stored = replace(record, notification=concluded)
    if not store.insert_notification(work.connection, stored):
        return store.find_notification(work.connection, concluded.id) or stored
    if changes.attempted:
        store.store_attempt(work.connection, changes.attempted, _STORED, work.now)
        count_channel_attempt(concluded.channel, "delivered")
    work.emit(asked.model_copy(update={"concluded": True}), event_id=derive_attempt_id(concluded.id, 1))
    for emission in changes.emissions:
        work.emit(emission.data, at=emission.at, event_id=emission.event_id)
    return stored


def decide_in_app(
    asked: NotificationRequested,
    record: NotificationRecord,
    preferences: Preferences,
    *,
    is_ended: bool,
    now: datetime,
) -> AttemptChanges:
    """Return the changes that follow from the first attempt in the app: delivered, unless there is an obstacle. Pure.

    ``is_ended`` tells whether the task or the reminder has ended.
    """
    obstacle = Withdrawn(SUBJECT_ENDED) if is_ended else find_obstacle(asked, record.channel, preferences, now=now)
    fallbacks = {record.notification.id: Fallback(untried={}, tried=1)} if record.fallback_cause else {}
    return conclude_attempt(Situation(asked, record, fallbacks=fallbacks), AttemptResult(obstacle or _STORED), now)
