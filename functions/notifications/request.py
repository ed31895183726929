"""Requesting notifications: a row and a NotificationRequested for each channel, in one transaction."""

from uuid import UUID

from events.ids import derived_id
from events.notification import Notification, NotificationRequested
from functions.chassis.unit_of_work import UnitOfWork
from functions.notifications import preferences, store


def request(work: UnitOfWork, draft: Notification, *, digest: str | None = None) -> list[Notification]:
    """Request a notification through each channel that its user prefers; ``draft.id`` is the cause of all of them.

    Each one's id is derived from the cause and the channel. A repeat requests nothing and returns what there is, also
    where the user has other channels by then: those of one cause are requested together or not at all.
    """
    channels = preferences.of_user(work.connection, draft.user_id).channels
    ids = {derived_id("notification", draft.id, preferences.name_of(channel)): channel for channel in channels}
    before = {one.id: one for one in store.requested_before(work.connection, ids)}
    if before:
        return [before[each] for each in ids if each in before]
    requested = []
    for each, channel in ids.items():
        one = draft.model_copy(update={"id": each, "channel": channel.type, "siblings": len(channels)})
        if store.add(work.connection, one, channel, digest=digest):
            work.say(NotificationRequested(notification=one), event_id=attempt_id(one.id, 1))
        requested.append(one)
    return requested


def attempt_id(notification_id: UUID, attempt: int) -> UUID:
    """Return the id of the NotificationRequested of an attempt, from 1."""
    return derived_id("attempt", notification_id, attempt)
