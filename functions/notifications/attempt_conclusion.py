"""Decides what follows from an attempt: the notification's new status, its events, and the next attempt. Pure.

The result of an attempt also decides about other rows: the members of a digest, and the channels to try next.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from events.notification import Notification, NotificationRequested
from functions.notifications.attempt_changes import AttemptChanges, Emission
from functions.notifications.attempt_verdict import SUBJECT_ENDED, AttemptResult, Deferred, GivenUp, Withdrawn
from functions.notifications.channels.channel import SendResult
from functions.notifications.digest import DigestMembers
from functions.notifications.fallback_channels import Fallback
from functions.notifications.notification_record import NotificationRecord, derive_attempt_id
from functions.notifications.preferences import explain_muting
from functions.notifications.retry_schedule import compute_retry_delay, explain_lateness


@dataclass(frozen=True, slots=True)
class Situation:
    """The rows that the conclusion of an attempt depends on, as they are when it is stored."""

    asked: NotificationRequested
    record: NotificationRecord
    waiting_members: tuple[NotificationRecord, ...] = ()
    """The members of this digest that still wait."""
    fallbacks: Mapping[UUID, Fallback] = field(default_factory=dict)
    """The channels to try next, by the notification that fails; only for those with mode ``first``."""
    digest: NotificationRecord | None = None
    """The digest that the notification is to join."""
    is_new_digest: bool = False


def conclude_attempt(situation: Situation, attempt: AttemptResult, now: datetime) -> AttemptChanges:
    """Return the changes that follow from an attempt.

    - Delivered: the notification and the pending members of a digest are sent and delivered.
    - A temporary failure is tried again later, unless that was the last attempt or would be too late.
    - A final failure is followed by the next channel, if there is one.
    - A deferred notification waits for the end of the quiet hours, alone or in a digest.
    - A withdrawn notification ends without an event. One that is given up fails for all channels of its cause.
    """
    changes = AttemptChanges()
    record = situation.record
    match attempt.verdict:
        case SendResult() as result:
            _conclude_sending(changes, situation, result, attempt.members, now)
        case Withdrawn(reason):
            changes.withdraw(record.notification, reason)
            _release_members(changes, situation, attempt.members, now)
        case GivenUp(reason):
            _give_up(changes, situation, record, reason)
        case Deferred(until, joins_digest=True):
            _join_digest(changes, situation, until)
        case Deferred(until):
            changes.defer(situation.asked, record.notification, until)
    return changes


def _conclude_sending(
    changes: AttemptChanges, situation: Situation, result: SendResult, members: DigestMembers, now: datetime
) -> None:
    record, asked = situation.record, situation.asked
    tried = record.notification.model_copy(update={"attempts": record.notification.attempts + 1})
    changes.attempted = tried
    if result.delivered:
        changes.deliver(tried, now)
        for member in members.pending:
            changes.deliver(member.notification, now)
        _release_members(changes, situation, members, now)
        return
    delay = None
    if result.is_temporary:
        has_fallback = all(_has_fallback(situation, one) for one in members.pending or (record,))
        delay = compute_retry_delay(tried.attempts, tried.id, requested=result.retry_after, has_fallback=has_fallback)
    late = explain_lateness(asked.until, now + delay) if delay is not None else None
    if delay is not None and late is None:
        event_id = derive_attempt_id(tried.id, tried.attempts + 1)
        changes.wait(asked, tried, until=now + delay, reason=result.reason, event_id=event_id)
        return
    reason = "; ".join(part for part in (result.reason, late) if part) or None
    _fail_or_fall_back(changes, situation, record, tried, reason)
    for member in members.pending:
        _fail_or_fall_back(changes, situation, member, member.notification, reason)
    _release_members(changes, situation, members, now)


def _fail_or_fall_back(
    changes: AttemptChanges, situation: Situation, record: NotificationRecord, tried: Notification, reason: str | None
) -> None:
    """Fail a notification, and request the next channel in its place if there is one.

    ``siblings`` of both becomes the number of channels there are by now, so that `settle-reminder` recognizes the
    last failure of a reminder.
    """
    fallback = situation.fallbacks.get(tried.id)
    if fallback is not None:
        tried = tried.model_copy(update={"siblings": fallback.tried + len(fallback.untried)})
        for identifier, channel in list(fallback.untried.items())[:1]:
            fresh = {"status": "requested", "attempts": 0, "reason": None, "next_try_at": None}
            following = NotificationRecord(
                tried.model_copy(update={"id": identifier, "channel": channel.type, **fresh}),
                channel,
                request_digest=record.request_digest,
                fallback_cause=record.fallback_cause,
                as_of=situation.asked.as_of or record.as_of,
            )
            changes.requested.append(following)
    changes.fail(tried, reason)


def _give_up(changes: AttemptChanges, situation: Situation, record: NotificationRecord, reason: str) -> None:
    """Fail a notification as the last one of its cause: the reason applies to the untried channels too."""
    fallback = situation.fallbacks.get(record.notification.id)
    update = {"siblings": fallback.tried} if fallback is not None else {}
    changes.fail(record.notification.model_copy(update=update), reason)


def _release_members(changes: AttemptChanges, situation: Situation, members: DigestMembers, now: datetime) -> None:
    """End the members that the digest left out. Members that joined during the attempt are sent alone, at once."""
    for member in members.ended:
        changes.withdraw(member.notification, SUBJECT_ENDED)
    for member in members.muted:
        _give_up(changes, situation, member, explain_muting(member.notification.kind))
    known = {member.notification.id for member in (*members.pending, *members.ended, *members.muted)}
    for member in situation.waiting_members:
        if member.notification.id not in known:
            asked = NotificationRequested(notification=member.notification, as_of=member.as_of)
            changes.defer(asked, member.notification, now)


def _join_digest(changes: AttemptChanges, situation: Situation, until: datetime) -> None:
    """Let a notification wait for its digest, or for the same moment alone if the digest was sent already."""
    notification, digest = situation.record.notification, situation.digest
    if digest is None or digest.notification.status != "requested":
        changes.defer(situation.asked, notification, until)
        return
    if situation.is_new_digest:
        data = NotificationRequested(notification=digest.notification)
        changes.emissions.append(Emission(data, derive_attempt_id(digest.notification.id, 1), at=until))
    update = {"next_try_at": until, "reason": "waits for a digest at the end of the quiet hours"}
    changes.updated.append(notification.model_copy(update=update))
    changes.joined_digest = digest.notification.id


def _has_fallback(situation: Situation, record: NotificationRecord) -> bool:
    fallback = situation.fallbacks.get(record.notification.id)
    return fallback is not None and bool(fallback.untried)
