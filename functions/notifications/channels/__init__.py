"""How a notification reaches its user: one module a channel, each with a ``send`` that says what became of it."""

from urllib.parse import urlsplit

from functions.notifications.channels.inapp import InApp
from functions.notifications.channels.outcome import ChannelSender, Outcome
from functions.notifications.channels.reach import Reach
from functions.notifications.preferences import Channel, WebhookChannel

__all__ = ["ChannelSender", "Outcome", "host_of", "open_channel"]


def open_channel(channel: Channel, *, reach: Reach) -> ChannelSender:
    """Return what hands notifications to a channel of a user's preferences; ``reach`` is where a webhook may lead."""
    if isinstance(channel, WebhookChannel):
        from functions.notifications.channels.webhook import Webhook  # noqa: PLC0415 - most instances send none

        return Webhook(channel.url, channel.secret or "", reach=reach)
    return InApp()


def host_of(channel: Channel) -> str | None:
    """Return whom a channel depends on: what fails for all who send there at once. None where that is nobody."""
    return urlsplit(channel.url).netloc.lower() if isinstance(channel, WebhookChannel) else None
