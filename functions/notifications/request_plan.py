"""Plans the notifications of one cause: the rows to store and the events to emit, for each channel. Pure.

Storing a notification delivers it in the app, so its attempt is part of the plan. The rules of every channel apply: an
attempt in the log, quiet hours, the latest moment of delivery, and the end of the task or the reminder. Every other
channel is tried by `send-notification`, when the NotificationRequested arrives.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from events.notification import Notification, NotificationRequested
from functions.notifications.attempt_changes import Emission
from functions.notifications.attempt_conclusion import Situation, conclude_attempt
from functions.notifications.attempt_verdict import SUBJECT_ENDED, AttemptResult, Withdrawn, find_obstacle
from functions.notifications.channels.channel import SendResult
from functions.notifications.fallback_channels import Fallback
from functions.notifications.notification_record import NotificationRecord, derive_attempt_id, derive_channel_ids
from functions.notifications.preferences import Preferences

STORED: Final = SendResult(delivered=True)
"""The result of an attempt in the app."""


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A notification to store, and the events to emit if no notification has its id."""

    record: NotificationRecord
    emissions: tuple[Emission, ...]
    attempted: Notification | None = None
    """The notification with its count of attempts, if it is delivered in the app."""


def plan_requests(
    asked: NotificationRequested,
    preferences: Preferences,
    *,
    is_ended: bool,
    request_digest: str | None,
    now: datetime,
) -> list[PlannedRequest]:
    """Return the notifications to request through the channels of a user's preferences.

    The notification in ``asked`` is a draft, and its id is the cause. With mode ``first`` only the first channel is
    requested. ``is_ended`` tells whether the task or the reminder has ended.
    """
    draft = asked.notification
    if preferences.explain_silence(draft.kind):
        return []
    channels = derive_channel_ids(draft.id, preferences.channels)
    is_first_only = preferences.mode == "first"
    planned = []
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
            planned.append(_plan_in_app(record, preferences, until=asked.until, is_ended=is_ended, now=now))
        else:
            planned.append(plan_request(record, until=asked.until))
    return planned


def plan_request(record: NotificationRecord, *, until: datetime | None) -> PlannedRequest:
    """Return the request for the first attempt of a notification. ``until`` is the latest moment of delivery."""
    asked = NotificationRequested(notification=record.notification, until=until, as_of=record.as_of)
    return PlannedRequest(record, (Emission(asked, derive_attempt_id(record.notification.id, 1)),))


def _plan_in_app(
    record: NotificationRecord, preferences: Preferences, *, until: datetime | None, is_ended: bool, now: datetime
) -> PlannedRequest:
    """Return the request for a notification in the app together with its attempt, the first one of its cause.

    In quiet hours the attempt is deferred: `send-notification` makes it at their end.
    """
    asked = NotificationRequested(notification=record.notification, until=until, as_of=record.as_of)
    obstacle = Withdrawn(SUBJECT_ENDED) if is_ended else find_obstacle(asked, record.channel, preferences, now=now)
    fallbacks = {record.notification.id: Fallback(untried={}, tried=1)} if record.fallback_cause else {}
    changes = conclude_attempt(Situation(asked, record, fallbacks=fallbacks), AttemptResult(obstacle or STORED), now)
    [outcome] = changes.updated
    concluded = asked.model_copy(update={"concluded": True})
    request = Emission(concluded, derive_attempt_id(record.notification.id, 1))
    return PlannedRequest(replace(record, notification=outcome), (request, *changes.emissions), changes.attempted)
