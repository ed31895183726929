"""Requests notifications: a row and a NotificationRequested for each channel, in one transaction.

In the app the notification is delivered in that transaction.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from events.notification import NotificationRequested
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.notifications.channel_metrics import count_channel_attempt
from functions.notifications.notification_record import NotificationRecord, derive_channel_ids
from functions.notifications.notification_store import find_notifications, insert_notifications, store_attempts
from functions.notifications.preferences import Preferences
from functions.notifications.request_plan import STORED, PlannedRequest, plan_request, plan_requests


def request_notifications(
    work: UnitOfWork,
    asked: NotificationRequested,
    preferences: Preferences,
    *,
    is_ended: bool = False,
    request_digest: str | None = None,
) -> list[NotificationRecord]:
    """Request a notification through the channels of a user's preferences, and return the stored records.

    The notification in ``asked`` is a draft: its id is the cause of all notifications requested here, and each of them
    gets an id derived from the cause and the channel. ``is_ended`` tells whether the task or the reminder has ended.

    A repeat returns the stored records and requests no others, even if the user has other channels by then.
    """
    planned = plan_requests(asked, preferences, is_ended=is_ended, request_digest=request_digest, now=work.now)
    channels = derive_channel_ids(asked.notification.id, preferences.channels)
    if planned and _store_planned(work, planned, unless=channels):
        return [one.record for one in planned]
    stored = find_notifications(work.transaction, channels)
    return [stored[identifier] for identifier in channels if identifier in stored]


def request_fallback(work: UnitOfWork, record: NotificationRecord, *, until: datetime | None) -> None:
    """Request a notification through the channel to try next, unless it exists already.

    ``until`` is the latest moment of delivery. In the app, too, the attempt waits for its NotificationRequested: if it
    failed in this transaction, its failure could arrive before that of the channel that it replaces.
    """
    _store_planned(work, [plan_request(record, until=until)])


def _store_planned(work: UnitOfWork, planned: Sequence[PlannedRequest], *, unless: Collection[UUID] = ()) -> bool:
    """Store planned notifications and emit their events; return False if some of them existed already."""
    inserted = insert_notifications(work.transaction, [one.record for one in planned], unless=unless)
    new = [one for one in planned if one.record.notification.id in inserted]
    attempted = [one.attempted for one in new if one.attempted]
    store_attempts(work.transaction, attempted, STORED, work.now)
    for notification in attempted:
        count_channel_attempt(notification.channel, "delivered")
    for one in new:
        for emission in one.emissions:
            work.emit(emission.data, at=emission.at, event_id=emission.event_id)
    return len(new) == len(planned)
