"""How a notification reaches its user: one module a channel, each with a ``send`` that says what became of it."""

from urllib.parse import urlsplit

from functions.notifications.channel import AppriseChannel, BindingChannel, Channel, WebhookChannel
from functions.notifications.channels.allowed import Allowed
from functions.notifications.channels.apprise_url import HOSTED, AppriseUrl, scheme_of
from functions.notifications.channels.inapp import InApp
from functions.notifications.channels.outcome import ChannelSender, Outcome

__all__ = ["ChannelSender", "Outcome", "host_of", "open_channel"]


def open_channel(channel: Channel, *, allowed: Allowed) -> ChannelSender:
    """Return what hands notifications to a channel of a user's preferences, within what the operator allows."""
    if isinstance(channel, WebhookChannel):
        from functions.notifications.channels.webhook import Webhook  # noqa: PLC0415 - most instances send none

        return Webhook(channel.url, channel.secret or "", reach=allowed.reach)
    if isinstance(channel, BindingChannel):
        from functions.notifications.channels.binding import Binding  # noqa: PLC0415

        return Binding(channel.name, listed=allowed.bindings)
    if isinstance(channel, AppriseChannel):
        return AppriseUrl(channel.url, schemes=allowed.schemes)
    return InApp()


def host_of(channel: Channel) -> str | None:
    """Return whom a channel depends on: what fails for all who send there at once. None where that is nobody."""
    match channel:
        case WebhookChannel():
            return urlsplit(channel.url).netloc.lower()
        case BindingChannel():
            return channel.name
        case AppriseChannel():
            scheme = scheme_of(channel.url)
            return scheme if scheme in HOSTED else urlsplit(channel.url).netloc.lower()
    return None
