"""Requesting notifications: a row and a NotificationRequested for each channel, in one transaction."""

from uuid import UUID

from sqlalchemy import Connection

from events.ids import derived_id
from events.notification import Notification, NotificationRequested
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.notifications import preferences, store
from functions.notifications.channel import Channel, name_of
from functions.notifications.preferences import Preferences


def request_notifications(
    work: UnitOfWork, asked: NotificationRequested, wanted: Preferences, *, digest: str | None = None
) -> list[Notification]:
    """Request a notification as its user prefers it; the id in ``asked`` is the cause of all that come of it.

    That is through each channel, or through the first one where the others are there in case it fails; through none
    where the user has opted out of its kind. What else is asked, such as until when, is asked of each.

    Each one's id is derived from the cause and the channel. A repeat requests nothing and returns what there is, also
    where the user has other channels by then: those of one cause are requested together or not at all.
    """
    draft = asked.notification
    ids = _by_id(draft.id, wanted.channels)
    before = {one.id: one for one in store.requested_before(work.connection, ids)}
    if before:
        return [before[each] for each in ids if each in before]
    if wanted.silence(draft.kind):
        return []
    only_first = wanted.mode == "first"
    requested = []
    for each, channel in list(ids.items())[: 1 if only_first else None]:
        one = draft.model_copy(update={"id": each, "channel": channel.type, "siblings": len(ids)})
        _say(work, asked, one, channel, digest=digest, cause=draft.id if only_first else None)
        requested.append(one)
    return requested


def untried(connection: Connection, notification: Notification) -> dict[UUID, Channel]:
    """Return the channels that are left where this one fails, in their order, by the ids of their notifications.

    There are none unless it was the first that works which was asked for.
    """
    cause = store.falls_back_for(connection, notification.id)
    if cause is None:
        return {}
    ids = _by_id(cause, preferences.of_user(connection, notification.user_id).channels)
    known = {one.id for one in store.requested_before(connection, ids)}
    return {each: channel for each, channel in ids.items() if each not in known}


def fall_back(work: UnitOfWork, asked: NotificationRequested, failed: Notification) -> Notification:
    """Request the next channel in place of one that failed; return the failed one with as many siblings as there are.

    What was ``asked`` of the failed one is asked of the next as well. The user may have other channels by now than when
    it was first requested.
    """
    cause = store.falls_back_for(work.connection, failed.id)
    if cause is None:
        return failed
    asked = asked.model_copy(update={"as_of": asked.as_of or store.as_of(work.connection, failed.id)})
    left = untried(work.connection, failed)
    siblings = store.tried_for(work.connection, cause) + len(left)
    digest = store.digest_of(work.connection, failed.id)
    for each, channel in list(left.items())[:1]:
        fresh = {"status": "requested", "attempts": 0, "reason": None, "next_try_at": None}
        update = {"id": each, "channel": channel.type, "siblings": siblings, **fresh}
        _say(work, asked, failed.model_copy(update=update), channel, digest=digest, cause=cause)
    return failed.model_copy(update={"siblings": siblings})


def without_others(connection: Connection, given_up: Notification) -> Notification:
    """Return one that is given up together with the channels that would be tried after it, as the last of its cause."""
    cause = store.falls_back_for(connection, given_up.id)
    return given_up.model_copy(update={"siblings": store.tried_for(connection, cause)}) if cause else given_up


def attempt_id(notification_id: UUID, attempt: int) -> UUID:
    """Return the id of the NotificationRequested of an attempt, from 1."""
    return derived_id("attempt", notification_id, attempt)


def _by_id(cause: UUID, channels: list[Channel]) -> dict[UUID, Channel]:
    return {derived_id("notification", cause, name_of(channel)): channel for channel in channels}


def _say(
    work: UnitOfWork,
    asked: NotificationRequested,
    one: Notification,
    channel: Channel,
    *,
    digest: str | None,
    cause: UUID | None,
) -> None:
    if store.add(work.connection, one, channel, digest=digest, falls_back_for=cause, as_of=asked.as_of):
        work.emit(asked.model_copy(update={"notification": one}), event_id=attempt_id(one.id, 1))
