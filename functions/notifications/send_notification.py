"""A requested notification is handed to its channel, again and again where that fails, and its outcome is said once."""

import os
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from events.event import Event
from events.ids import derived_id
from events.notification import (
    Notification,
    NotificationDelivered,
    NotificationFailed,
    NotificationRequested,
    NotificationSent,
)
from functions.chassis.instance import current_instance
from functions.chassis.reaction import reaction
from functions.chassis.telemetry import context
from functions.chassis.telemetry.tracing import Kind
from functions.chassis.unit_of_work import UnitOfWork
from functions.notifications import preferences, store
from functions.notifications.channels import Outcome, open_channel
from functions.notifications.channels.reach import ANYWHERE, listed_reach
from functions.notifications.preferences import Channel
from functions.notifications.request import attempt_id
from functions.notifications.retries import delay_after

_LISTED = listed_reach(os.environ)


def hand_over(event: Event[NotificationRequested]) -> Outcome | None:
    """Hand the notification to its channel; None where there is nothing to hand over any more.

    This may happen twice where the instance dies between here and the commit: the receiver knows the notification by
    its id, which is the same both times.
    """
    instance = current_instance()
    with instance.database.transaction() as connection:
        waiting = _still_wanted(connection, event)
        if waiting is None:
            return None
        notification, requested_for = waiting
        channel = preferences.of_user(connection, notification.user_id).named(preferences.name_of(requested_for))
    if requested_for.type == "inApp":
        channel = requested_for  # the row is in the list whatever the user wants by now
    if channel is None:
        return Outcome(delivered=False, reason="the channel was taken out of the preferences")
    reach = ANYWHERE if instance.settings.node_env == "development" else _LISTED
    parent, told = context.current().traceparent, {"todo.channel.type": channel.type}
    with instance.tracer.span(f"send {channel.type}", Kind.CLIENT, parent=parent, attributes=told) as span:
        outcome = open_channel(channel, reach=reach).send(notification, now=instance.clock())
        if not outcome.delivered:
            span.fail(outcome.reason or "refused")
    return outcome


@reaction(NotificationRequested, outside=hand_over)
def send_notification(event: Event[NotificationRequested], work: UnitOfWork, outcome: Outcome | None) -> None:
    """Keep what became of the attempt, and say it; a failure that may pass asks for another one at its time."""
    found = _still_wanted(work.connection, event, lock=True)
    if found is None or outcome is None:
        return
    tried = found[0].model_copy(update={"attempts": found[0].attempts + 1})
    if outcome.delivered:
        _deliver(work, tried)
        return
    delay = delay_after(tried.attempts, tried.id, asked=outcome.wait) if outcome.may_pass else None
    if delay is None:
        failed = tried.model_copy(update={"status": "failed", "reason": outcome.reason})
        store.save(work.connection, failed)
        work.say(NotificationFailed(notification=failed), event_id=_id(failed.id, "failed"))
        return
    waiting = tried.model_copy(update={"reason": outcome.reason})
    store.save(work.connection, waiting)
    again = attempt_id(waiting.id, waiting.attempts + 1)
    work.say(NotificationRequested(notification=waiting), at=work.now + delay, event_id=again)


def _still_wanted(
    connection: Connection, event: Event[NotificationRequested], *, lock: bool = False
) -> tuple[Notification, Channel] | None:
    """Return the notification as it is kept, and its channel, if this is the attempt that it waits for."""
    told = event.data.notification
    found = store.find(connection, told.id, lock=lock)
    if found is None or (found[0].status, found[0].attempts) != ("requested", told.attempts):
        return None
    return found


def _deliver(work: UnitOfWork, tried: Notification) -> None:
    """Say that it was sent and delivered: both channels there are confirm at once."""
    sent = tried.model_copy(update={"status": "sent", "sent_at": work.now, "reason": None})
    late_by = max(timedelta(), work.now - sent.remind_at) if sent.remind_at else None
    delivered = sent.model_copy(update={"status": "delivered", "delivered_at": work.now, "late_by": late_by})
    store.save(work.connection, delivered)
    work.say(NotificationSent(notification=sent), event_id=_id(sent.id, "sent"))
    work.say(NotificationDelivered(notification=delivered), event_id=_id(sent.id, "delivered"))


def _id(notification_id: UUID, outcome: str) -> UUID:
    return derived_id("notification", notification_id, outcome)
