"""Requests notifications: a row and a NotificationRequested for each channel, in one transaction.

In the app the notification is delivered in that transaction. Other channels are tried when their event arrives.
"""

from datetime import datetime

from events.notification import NotificationRequested
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.notifications.in_app_delivery import deliver_in_app
from functions.notifications.notification_record import NotificationRecord, derive_attempt_id, derive_channel_ids
from functions.notifications.notification_store import find_notification, find_notifications, insert_notification
from functions.notifications.preferences import Preferences


def request_notifications(
    work: UnitOfWork, asked: NotificationRequested, preferences: Preferences, *, request_digest: str | None = None
) -> list[NotificationRecord]:
    """Request a notification through the channels of a user's preferences, and return the stored records.

    The notification in ``asked`` is a draft: its id is the cause of all notifications requested here, and each of them
    gets an id derived from the cause and the channel. With mode ``first`` only the first channel is requested. No
    notification is requested of a kind that the user muted.

    A repeat returns the stored records and requests no others, even if the user has other channels by then.
    """
    draft = asked.notification
    channels = derive_channel_ids(draft.id, preferences.channels)
    stored = {record.notification.id: record for record in find_notifications(work.connection, channels)}
    if stored:
        return [stored[identifier] for identifier in channels if identifier in stored]
    if preferences.explain_silence(draft.kind):
        return []
    is_first_only = preferences.mode == "first"
    requested = []
    for identifier, channel in list(channels.items())[: 1 if is_first_only else None]:
        update = {"id": identifier, "channel": channel.type, "siblings": len(channels)}
        record = NotificationRecord(
            draft.model_copy(update=update),
            channel,
            request_digest=request_digest,
            fallback_cause=draft.id if is_first_only else None,
            as_of=asked.as_of,
        )
        if channel.is_delivered_by_storing:
            requested.append(deliver_in_app(work, record, preferences, until=asked.until))
        else:
            requested.append(store_request(work, record, until=asked.until))
    return requested


def store_request(work: UnitOfWork, record: NotificationRecord, *, until: datetime | None) -> NotificationRecord:
    """Store a notification and emit the request for its first attempt; return the stored record.

    ``until`` is the latest moment of delivery. A notification that exists already stays unchanged.
    """
    notification = record.notification
    if not insert_notification(work.connection, record):
        return find_notification(work.connection, notification.id) or record
    asked = NotificationRequested(notification=notification, until=until, as_of=record.as_of)
    work.emit(asked, event_id=derive_attempt_id(notification.id, 1))
    return record
