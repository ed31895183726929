"""The channels that are tried one after another, if a user's mode is ``first``."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from functions.chassis.runtime.transaction import Transaction
from functions.notifications.channels.channel import Channel
from functions.notifications.notification_record import NotificationRecord, derive_channel_ids
from functions.notifications.notification_store import count_tried_channels, find_notifications
from functions.notifications.preferences import load_preferences


@dataclass(frozen=True, slots=True)
class Fallback:
    """The channels of a cause that are tried one after another."""

    untried: Mapping[UUID, Channel]
    """Those that can still be tried, in their order, by the ids of their notifications."""
    tried: int
    """How many were tried so far."""


def load_fallback(transaction: Transaction, record: NotificationRecord) -> Fallback | None:
    """Return the channels that can be tried if a notification fails; None unless its mode was ``first``.

    They are those of the user's preferences of now.
    """
    cause = record.fallback_cause
    if cause is None:
        return None
    tried = count_tried_channels(transaction, cause)
    channels = derive_channel_ids(cause, load_preferences(transaction, record.notification.user_id).channels)
    known = find_notifications(transaction, channels)
    untried = {identifier: channel for identifier, channel in channels.items() if identifier not in known}
    return Fallback(untried, tried.rows[0]["tried"])
