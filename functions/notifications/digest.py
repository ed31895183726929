"""Several that were deferred to the same moment, through the same channel, as one.

A digest is a notification of its own, with retries and an account like any other. What it gathers waits for it, says
nothing itself, and ends as it does. What of it does not hold any more when the digest is sent is not in it, nor what is
of a kind that was muted meanwhile. What may be only so late is never gathered: it would have to wait for the digest's
next try with all the others.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from events.ids import derived_id
from events.notification import Notification
from functions.notifications import ended, store
from functions.notifications.channel import Channel, name_of
from functions.notifications.preferences import Preferences

_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Gathered:
    """What waits for a digest: that which still holds, that which does not, and that which is not wanted any more."""

    holding: tuple[Notification, ...] = ()
    over: tuple[Notification, ...] = ()
    muted: tuple[Notification, ...] = ()

    @property
    def nothing_left(self) -> bool:
        """Whether all that there was to tell is not to be told any more."""
        return bool(self.over or self.muted) and not self.holding


def digest_for(member: Notification, channel: Channel, until: datetime) -> Notification:
    """Return the digest that a notification is gathered by: one for each user, channel and moment."""
    return Notification(
        id=derived_id("digest", member.user_id, name_of(channel), until.isoformat()),
        user_id=member.user_id,
        kind="digest",
        channel=member.channel,
        title="What came in the quiet hours",
        created_at=member.created_at,
        next_try_at=until,
    )


def gathered(connection: Connection, digest: Notification, wanted: Preferences) -> Gathered:
    """Return what waits for a digest, oldest first, as its user wants it by now."""
    if digest.kind != "digest":
        return Gathered()
    waiting = store.gathered_by(connection, digest.id)
    over = [one for one in waiting if ended.is_over(connection, one, as_of=store.as_of(connection, one.id))]
    still_so = [one for one in waiting if one not in over]
    muted = [one for one in still_so if one.kind in wanted.muted]
    return Gathered(tuple(one for one in still_so if one not in muted), tuple(over), tuple(muted))


def composed(digest: Notification, gathered: Gathered) -> Notification:
    """Return a digest with what it tells; one alone is told as it is. Anything else stays as it was."""
    if not gathered.holding:
        return digest
    first, *others = gathered.holding
    if not others:
        return digest.model_copy(update={"title": first.title, "body": first.body})
    lines = [one.title for one in gathered.holding[:_SHOWN]]
    if len(gathered.holding) > _SHOWN:
        lines.append(f"and {len(gathered.holding) - _SHOWN} more")
    return digest.model_copy(update={"title": f"{len(gathered.holding)} notifications", "body": "\n".join(lines)})
