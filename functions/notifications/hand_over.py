"""An attempt: what is to be sent is looked at once more, and handed to its channel.

What may be only so late is judged here at each attempt, the one after the quiet hours as well. Where those end too late
for it that is known as soon as it would be deferred, so it fails then and there: nobody learns in the morning that the
evening's reminder was not to be.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from events.event import Event
from events.notification import Notification, NotificationRequested
from functions.chassis.instance import Instance, current_instance
from functions.chassis.telemetry import context
from functions.chassis.telemetry.tracing import Kind
from functions.notifications import ended, preferences, store
from functions.notifications.channel import Channel, name_of
from functions.notifications.channel_metrics import count_channel_attempt
from functions.notifications.channels import Outcome, host_of, open_channel
from functions.notifications.channels.allowed import Allowed
from functions.notifications.circuit import Circuit
from functions.notifications.digest import Gathered, composed, gathered
from functions.notifications.lateness import too_late
from functions.notifications.places import Places
from functions.notifications.preferences import Preferences

OVER: Final = "what it tells was done, deleted, dismissed, put off or moved meanwhile"


PLACES: Final = Places()
"""This instance's."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """It is quiet for the user: nothing was sent, and is to be at the end of it."""

    until: datetime
    digest: bool = False


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What it tells does not hold any more: nothing was sent, nor will be. What ended it was said already."""

    reason: str


@dataclass(frozen=True, slots=True)
class GivenUp:
    """It still holds, and is not to be sent all the same, through this channel or another: that is a failure."""

    reason: str


@dataclass(frozen=True, slots=True)
class Attempted:
    """What became of an attempt, and what it was made for besides: the members of a digest as they were then."""

    verdict: Outcome | Deferred | Withdrawn | GivenUp
    together: Gathered = field(default_factory=Gathered)


def hand_over(event: Event[NotificationRequested], *, allowed: Allowed) -> Attempted | None:
    """Hand the notification to its channel, if that is still right; None where this attempt is over.

    ``allowed`` is what the operator lets channels lead to; in development webhooks go anywhere.

    This may happen twice where the instance dies between here and the commit: the receiver knows the notification by
    its id, which is the same both times.
    """
    instance = current_instance()
    now = instance.clock()
    with instance.database.transaction() as connection:
        waiting = still_wanted(connection, event)
        if waiting is None:
            return None
        notification, requested_for = waiting
        wanted = preferences.of_user(connection, notification.user_id)
        together = gathered(connection, notification, wanted)
        over = ended.is_over(connection, notification, as_of=event.data.as_of)
    if over or together.nothing_left:
        return Attempted(Withdrawn(OVER if over else "nothing is left of it to tell"), together)
    held_back = _held_back(event, requested_for, wanted, now)
    if held_back is not None:
        return Attempted(held_back)
    # In the app the row is in the list whatever the user wants by now.
    channel = requested_for if requested_for.type == "inApp" else wanted.named(name_of(requested_for))
    if channel is None:
        return Attempted(Outcome(delivered=False, reason="the channel was taken out of the preferences"), together)
    return Attempted(_send(instance, composed(notification, together), channel, allowed), together)


def _held_back(
    event: Event[NotificationRequested], requested_for: Channel, wanted: Preferences, now: datetime
) -> Deferred | GivenUp | None:
    """Return what keeps a notification that still holds from being sent now; None where nothing does."""
    kind, last = event.data.notification.kind, event.data.until
    if kind in wanted.muted:
        return GivenUp(preferences.muted(kind))
    if late := too_late(last, now):
        return GivenUp(late)
    quiet_until = wanted.quiet_until(now)
    if quiet_until is None:
        return None
    if late := too_late(last, quiet_until):
        return GivenUp(f"{late}, and quiet hours end at {quiet_until.isoformat(timespec='seconds')}")
    return Deferred(quiet_until, digest=wanted.digest and requested_for.type != "inApp" and last is None)


def still_wanted(
    connection: Connection, event: Event[NotificationRequested], *, lock: bool = False
) -> tuple[Notification, Channel] | None:
    """Return the notification as it is kept, and its channel, if this is the attempt that it waits for."""
    told = event.data.notification
    found = store.find(connection, told.id, lock=lock)
    if found is None or (found[0].status, found[0].attempts) != ("requested", told.attempts):
        return None
    return found


def _send(instance: Instance, notification: Notification, channel: Channel, allowed: Allowed) -> Outcome:
    if instance.settings.node_env == "development":
        allowed = allowed.in_development()
    parent, told = context.current().traceparent, {"todo.channel.type": channel.type}
    with instance.tracer.span(f"send {channel.type}", Kind.CLIENT, parent=parent, attributes=told) as span:
        outcome = _through_breaker(instance, notification, channel, allowed)
        if not outcome.delivered:
            span.fail(outcome.reason or "refused")
    count_channel_attempt(channel.type, "delivered" if outcome.delivered else "failed")
    return outcome


def _through_breaker(instance: Instance, notification: Notification, channel: Channel, allowed: Allowed) -> Outcome:
    """Send it; where it leaves for a host, from one of its places and through its breaker."""

    def send() -> Outcome:
        return open_channel(channel, allowed=allowed).send(notification, now=instance.clock())

    host = host_of(channel)
    if host is None:
        return send()
    with PLACES.at(f"{channel.type} {host}") as place:
        if not place:
            return Outcome(delivered=False, reason="not tried, as its host takes long to answer", may_pass=True)
        return Circuit(instance.state, instance.clock, kind=channel.type, host=host).send(send)
