"""Decides whether a requested notification may be sent now. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from events.notification import NotificationRequested
from functions.notifications.channels.channel import Channel, SendResult
from functions.notifications.digest import DigestMembers
from functions.notifications.preferences import Preferences, explain_muting
from functions.notifications.retry_schedule import explain_lateness

SUBJECT_ENDED: Final = "what it tells was done, deleted, dismissed, put off or moved meanwhile"


@dataclass(frozen=True, slots=True)
class Deferred:
    """It is quiet for the user. The notification is sent at the end of the quiet hours, alone or in a digest."""

    until: datetime
    joins_digest: bool = False


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The task or the reminder has ended, or the digest has no members left. Nothing is sent and no event emitted."""

    reason: str


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The notification must not be sent, through this channel or another one. It has failed."""

    reason: str


Verdict = SendResult | Deferred | Withdrawn | GivenUp
"""The result of sending, or the reason for not sending."""


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """The verdict on one attempt, and the members of the digest at the time of the attempt."""

    verdict: Verdict
    members: DigestMembers = field(default_factory=DigestMembers)


def find_obstacle(
    asked: NotificationRequested,
    channel: Channel,
    preferences: Preferences,
    *,
    now: datetime,
) -> Deferred | GivenUp | None:
    """Return why a notification may not be sent now, or None if it may. Its task has not ended.

    If the quiet hours end after the latest moment of delivery, the notification fails now and not at their end.
    """
    kind, latest = asked.notification.kind, asked.until
    if kind in preferences.muted:
        return GivenUp(explain_muting(kind))
    if late := explain_lateness(latest, now):
        return GivenUp(late)
    quiet_end = preferences.find_quiet_end(now)
    if quiet_end is None:
        return None
    if late := explain_lateness(latest, quiet_end):
        return GivenUp(f"{late}, and quiet hours end at {quiet_end.isoformat(timespec='seconds')}")
    may_join = kind != "digest" and not channel.is_delivered_by_storing and latest is None
    return Deferred(quiet_end, joins_digest=preferences.digest and may_join)
