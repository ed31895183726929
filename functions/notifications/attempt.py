"""Makes one attempt to send a requested notification, outside of any transaction.

The attempt checks first that the notification may still be sent. The verdict is stored later, in the transaction of
`send-notification`. If the instance stops in between, the attempt is made again: the receiver recognizes the repeat by
the notification's id.
"""

from collections.abc import Mapping

from events.event import Event
from events.notification import Notification, NotificationRequested
from functions.chassis.instance import Instance, current_instance
from functions.chassis.telemetry.context import current_context
from functions.chassis.telemetry.tracing import SpanKind
from functions.notifications.attempt_verdict import SUBJECT_ENDED, AttemptResult, Withdrawn, find_obstacle
from functions.notifications.channel_metrics import count_channel_attempt
from functions.notifications.channels.channel import Channel, SendResult
from functions.notifications.circuit_breaker import HostBreaker
from functions.notifications.digest import compose_digest, load_digest_members
from functions.notifications.host_slots import slots_for
from functions.notifications.notification_store import find_pending
from functions.notifications.preferences import Preferences, load_preferences
from functions.notifications.subject_endings import find_endings


def attempt_delivery(event: Event[NotificationRequested], *, settings: Mapping[str, str]) -> AttemptResult | None:
    """Send the notification through its channel if it may be sent now.

    Returns None if the notification does not wait for this attempt. ``settings`` are the environment variables of the
    channels, from :func:`functions.notifications.channels.load_channel_settings`.
    """
    instance = current_instance()
    now = instance.clock()
    with instance.database.transaction() as transaction:
        record = find_pending(transaction, event.data)
        if record is None:
            return None
        notification = record.notification
        endings = find_endings(transaction, notification, as_of=event.data.as_of)
        preferences = load_preferences(transaction, notification.user_id)
        members = load_digest_members(transaction, notification, preferences)
        is_ended = bool(endings.rows)
    if is_ended or members.are_all_obsolete:
        reason = SUBJECT_ENDED if is_ended else "nothing is left of it to tell"
        return AttemptResult(Withdrawn(reason), members)
    obstacle = find_obstacle(event.data, record.channel, preferences, now=now)
    if obstacle is not None:
        return AttemptResult(obstacle)
    channel = _find_channel(preferences, record.channel)
    if channel is None:
        reason = "the channel was taken out of the preferences"
        return AttemptResult(SendResult.final_failure(reason), members)
    return AttemptResult(_send_traced(instance, compose_digest(notification, members), channel, settings), members)


def _find_channel(preferences: Preferences, requested_for: Channel) -> Channel | None:
    """Return the channel with its secrets, which only the preferences have; None if the user removed it."""
    return requested_for if requested_for.is_delivered_by_storing else preferences.find_channel(requested_for.identity)


def _send_traced(
    instance: Instance, notification: Notification, channel: Channel, settings: Mapping[str, str]
) -> SendResult:
    parent, attributes = current_context().traceparent, {"todo.channel.type": channel.type}
    with instance.tracer.span(f"send {channel.type}", SpanKind.CLIENT, parent=parent, attributes=attributes) as span:
        result = _send_guarded(instance, notification, channel, settings)
        if not result.delivered:
            span.record_error(result.reason or "refused")
    count_channel_attempt(channel.type, "delivered" if result.delivered else "failed")
    return result


def _send_guarded(
    instance: Instance, notification: Notification, channel: Channel, settings: Mapping[str, str]
) -> SendResult:
    """Send a notification; if the channel depends on a host, with one of its slots and through its breaker."""

    def send() -> SendResult:
        return channel.send(notification, now=instance.clock(), settings=settings)

    host = channel.host
    if host is None:
        return send()
    with slots_for(instance.settings.threads).hold(f"{channel.type} {host}") as has_slot:
        if not has_slot:
            return SendResult.temporary_failure("not tried, as its host takes long to answer")
        return HostBreaker(instance.state, instance.clock, channel_type=channel.type, host=host).run(send)
