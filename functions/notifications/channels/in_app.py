"""The channel `inApp`: the list of notifications that the front end reads from ``GET /notifications/{userId}``."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Final, Literal

from events.notification import Notification
from functions.notifications.channels.channel import Channel, SendResult

IN_APP: Final = "inApp"


class InAppChannel(Channel):
    """The list of notifications that the front end shows."""

    type: Literal["inApp"] = IN_APP

    is_delivered_by_storing: ClassVar[bool] = True

    def send(self, notification: Notification, *, now: datetime, settings: Mapping[str, str]) -> SendResult:
        """Confirm: the front end shows the stored notification."""
        return SendResult(delivered=True)
