"""How a notification reaches its user: one module a channel, each with a ``send`` that says what became of it."""

from typing import Any

from functions.notifications.channels.inapp import InApp
from functions.notifications.channels.outcome import ChannelSender, Outcome

__all__ = ["ChannelSender", "Outcome", "open_channel"]


def open_channel(address: dict[str, Any], *, development: bool) -> ChannelSender:
    """Return the channel at an address, as a user's preferences have it.

    ``development`` lets a webhook reach this machine and its network, and do without TLS.
    """
    if address["type"] == "webhook":
        from functions.notifications.channels.webhook import Webhook  # noqa: PLC0415 - most instances send none

        return Webhook(address["url"], address["secret"], allow_private=development)
    return InApp()
