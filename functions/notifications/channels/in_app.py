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

    def send(
        self,
        notification: Notification,  # noqa: ARG002 - it is stored already
        *,
        now: datetime,  # noqa: ARG002
        settings: Mapping[str, str],  # noqa: ARG002
    ) -> SendResult:
        """Confirm: the front end shows the stored notification."""
        return SendResult(delivered=True)
