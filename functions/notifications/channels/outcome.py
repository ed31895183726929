"""What a channel says of an attempt."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from events.notification import Notification


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the channel confirmed the notification; if not, why, and whether another try may do better.

    ``reason`` is shown to the user and said in events: it holds nothing of the address, the secret or the message.
    ``wait`` is how long the receiver asked to be left alone.
    """

    delivered: bool
    reason: str | None = None
    may_pass: bool = False
    wait: timedelta | None = None


class ChannelSender(Protocol):
    """Hands notifications to one user's channel."""

    def send(self, notification: Notification, *, now: datetime) -> Outcome:
        """Hand over a notification, within bounded time, and say what became of it; raises nothing."""
        ...
