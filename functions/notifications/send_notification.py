"""A requested notification is handed to its channel, again and again where that fails, and its outcome is said once."""

import os
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from events.event import Event
from events.ids import derived_id
from events.notification import (
    Notification,
    NotificationDelivered,
    NotificationFailed,
    NotificationRequested,
    NotificationSent,
)
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction
from functions.notifications import ledger, preferences, store
from functions.notifications.channel import Channel
from functions.notifications.channels import Outcome
from functions.notifications.channels.allowed import allowed_by
from functions.notifications.digest import Gathered, digest_for
from functions.notifications.hand_over import OVER, Attempted, Deferred, GivenUp, Withdrawn, hand_over, still_wanted
from functions.notifications.lateness import too_late
from functions.notifications.request import attempt_id, fall_back, untried, without_others
from functions.notifications.retries import delay_after


@reaction(NotificationRequested, before_transaction=partial(hand_over, allowed=allowed_by(os.environ)))
def send_notification(event: Event[NotificationRequested], work: UnitOfWork, attempt: Attempted | None) -> None:
    """Keep what became of the attempt, and say it; a failure that may pass asks for another one at its time."""
    found = still_wanted(work.connection, event, lock=True)
    if found is None or attempt is None:
        return
    notification, channel = found
    match attempt.verdict:
        case Withdrawn(reason):
            _settle(work, notification, status="withdrawn", reason=reason)
            _let_go(work, notification, attempt.together)
        case GivenUp(reason):
            _give_up(work, notification, reason)
        case Deferred(until, digest=True) if notification.kind != "digest":
            _gather(work, event.data, notification, channel, until)
        case Deferred(until):
            _defer(work, event.data, notification, until)
        case Outcome() as outcome:
            _conclude(work, event.data, notification, outcome, attempt.together)


def _conclude(
    work: UnitOfWork, asked: NotificationRequested, notification: Notification, outcome: Outcome, together: Gathered
) -> None:
    """Keep an attempt that was made: it is the end, or there is another one, unless that would come after the last."""
    tried = notification.model_copy(update={"attempts": notification.attempts + 1})
    ledger.enter(work.connection, tried, outcome, work.now)
    if outcome.delivered:
        for one in (tried, *together.holding):
            _deliver(work, one)
        _let_go(work, tried, together)
        return
    another = all(untried(work.connection, one) for one in together.holding or (tried,))
    delay = delay_after(tried.attempts, tried.id, asked=outcome.wait, another=another) if outcome.may_pass else None
    late = too_late(asked.until, work.now + delay) if delay is not None else None
    if delay is None or late is not None:
        reason = "; ".join(part for part in (outcome.reason, late) if part) or None
        for one in (tried, *together.holding):
            _fail(work, fall_back(work, asked, one), reason)
        _let_go(work, tried, together)
        return
    again = attempt_id(tried.id, tried.attempts + 1)
    _wait(work, asked, tried, until=work.now + delay, reason=outcome.reason, event_id=again)


def _defer(work: UnitOfWork, asked: NotificationRequested, notification: Notification, until: datetime) -> None:
    """Ask for the same attempt at a later moment; asked for twice, that is one row in the outbox."""
    again = derived_id("deferral", notification.id, notification.attempts + 1, until.isoformat())
    _wait(work, asked, notification, until=until, reason="waits for the end of the quiet hours", event_id=again)


def _let_go(work: UnitOfWork, digest: Notification, together: Gathered) -> None:
    """Settle what waited for a digest and is not in it; what joined it since it was looked at comes by itself."""
    for one in together.over:
        _settle(work, one, status="withdrawn", reason=OVER)
    for one in together.muted:
        _give_up(work, one, preferences.muted(one.kind))
    for one in store.gathered_by(work.connection, digest.id):
        asked = NotificationRequested(notification=one, as_of=store.as_of(work.connection, one.id))
        _defer(work, asked, one, work.now)


def _give_up(work: UnitOfWork, one: Notification, reason: str) -> None:
    """Let it fail for all the channels that would be tried after it: what keeps it from this one keeps it from them."""
    _fail(work, without_others(work.connection, one), reason)


def _fail(work: UnitOfWork, one: Notification, reason: str | None) -> None:
    failed = _settle(work, one, status="failed", reason=reason)
    work.emit(NotificationFailed(notification=failed), event_id=_id(failed.id, "failed"))


def _gather(
    work: UnitOfWork, asked: NotificationRequested, notification: Notification, channel: Channel, until: datetime
) -> None:
    """Let it wait for the digest of a moment; asked for by many, that is one row in the outbox.

    Where that has been sent already, as its moment came while this one was looked at, it comes by itself.
    """
    digest = digest_for(notification, channel, until)
    if store.add(work.connection, digest, channel):
        work.emit(NotificationRequested(notification=digest), at=until, event_id=attempt_id(digest.id, 1))
    elif not store.still_waits(work.connection, digest.id):
        _defer(work, asked, notification, until)
        return
    waiting = {"next_try_at": until, "reason": "waits for a digest at the end of the quiet hours"}
    store.save(work.connection, notification.model_copy(update=waiting))
    store.gather(work.connection, notification.id, digest.id)


def _wait(
    work: UnitOfWork,
    asked: NotificationRequested,
    one: Notification,
    *,
    until: datetime,
    reason: str | None,
    event_id: UUID,
) -> None:
    """Ask for an attempt of one at a later moment, on the terms of the attempt that was asked for."""
    waiting = one.model_copy(update={"next_try_at": until, "reason": reason})
    store.save(work.connection, waiting)
    work.emit(asked.model_copy(update={"notification": waiting}), at=until, event_id=event_id)


def _settle(work: UnitOfWork, one: Notification, **update: object) -> Notification:
    settled = one.model_copy(update={"next_try_at": None, **update})
    store.save(work.connection, settled)
    return settled


def _deliver(work: UnitOfWork, tried: Notification) -> None:
    """Say that it was sent and delivered: all channels there are confirm at once."""
    sent = tried.model_copy(update={"status": "sent", "sent_at": work.now, "reason": None, "next_try_at": None})
    late_by = max(timedelta(), work.now - sent.remind_at) if sent.remind_at else None
    delivered = _settle(work, sent, status="delivered", delivered_at=work.now, late_by=late_by)
    work.emit(NotificationSent(notification=sent), event_id=_id(sent.id, "sent"))
    work.emit(NotificationDelivered(notification=delivered), event_id=_id(sent.id, "delivered"))


def _id(notification_id: UUID, outcome: str) -> UUID:
    return derived_id("notification", notification_id, outcome)
