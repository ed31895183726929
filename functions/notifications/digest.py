"""Digests: several notifications that were deferred to the same moment, sent through a channel as one.

A digest is a notification too, with attempts and retries. Its members wait for it, and end with the same status. Some
members are left out when the digest is sent: those with a task that has ended, and those of a kind that the user muted.
A notification with a latest moment of delivery never joins a digest: it would have to wait for the digest's retries.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from events.ids import derived_id
from events.notification import Notification
from functions.chassis.runtime.transaction import Transaction
from functions.notifications.channels.channel import Channel
from functions.notifications.notification_record import NotificationRecord
from functions.notifications.notification_store import find_waiting_members
from functions.notifications.preferences import Preferences
from functions.notifications.subject_endings import find_endings

_TITLES_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class DigestMembers:
    """The notifications that wait for a digest: those to send, those that have ended, and those that are muted."""

    pending: tuple[NotificationRecord, ...] = ()
    ended: tuple[NotificationRecord, ...] = ()
    muted: tuple[NotificationRecord, ...] = ()

    @property
    def are_all_obsolete(self) -> bool:
        """Whether there are members, and all of them have ended or are muted."""
        return bool(self.ended or self.muted) and not self.pending


def create_digest(member: Notification, channel: Channel, until: datetime) -> Notification:
    """Return the digest that a notification joins: one for each user, channel and moment."""
    return Notification(
        id=derived_id("digest", member.user_id, channel.identity, until.isoformat()),
        user_id=member.user_id,
        kind="digest",
        channel=member.channel,
        title="What came in the quiet hours",
        created_at=member.created_at,
        next_try_at=until,
    )


def load_digest_members(transaction: Transaction, digest: Notification, preferences: Preferences) -> DigestMembers:
    """Return the members of a digest, oldest first. A notification of another kind has none."""
    if digest.kind != "digest":
        return DigestMembers()
    pending, ended, muted = list[NotificationRecord](), list[NotificationRecord](), list[NotificationRecord]()
    members = find_waiting_members(transaction, digest.id)
    endings = [find_endings(transaction, member.notification, as_of=member.as_of) for member in members]
    for member, ending in zip(members, endings, strict=True):
        if ending.rows:
            ended.append(member)
        elif member.notification.kind in preferences.muted:
            muted.append(member)
        else:
            pending.append(member)
    return DigestMembers(tuple(pending), tuple(ended), tuple(muted))


def compose_digest(digest: Notification, members: DigestMembers) -> Notification:
    """Return a digest with the text of its members. A notification without members is returned unchanged."""
    if not members.pending:
        return digest
    first, *others = (member.notification for member in members.pending)
    if not others:
        return digest.model_copy(update={"title": first.title, "body": first.body})
    count = len(members.pending)
    lines = [member.notification.title for member in members.pending[:_TITLES_SHOWN]]
    if count > _TITLES_SHOWN:
        lines.append(f"and {count - _TITLES_SHOWN} more")
    return digest.model_copy(update={"title": f"{count} notifications", "body": "\n".join(lines)})
