"""The channel `binding`: an output binding of Dapr, such as a mail server or a queue.

Users enter the name of a binding, so the name must be one that the operator lists: other components stay out of reach.
The binding receives the notification and the user's id, and no metadata. Some bindings take an address from metadata.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import StringConstraints

from events.notification import Notification
from functions.chassis.runtime.dapr_sidecar import DaprUnavailableError, invoke_binding
from functions.notifications.channels.channel import Channel, SendResult, describe_notification, read_list

VARIABLE: Final = "NOTIFICATION_BINDINGS"


class BindingChannel(Channel):
    """An output binding of Dapr that the operator lists. It receives the notification as JSON."""

    type: Literal["binding"] = "binding"
    name: Annotated[str, StringConstraints(max_length=63, pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]

    @property
    def identity(self) -> str:
        """The type and the binding's name."""
        return f"{self.type} {self.name}"

    @property
    def host(self) -> str | None:
        """The binding's name."""
        return self.name

    def send(
        self,
        notification: Notification,
        *,
        now: datetime,
        settings: Mapping[str, str],
        invoke: Callable[[str, bytes], None] = invoke_binding,
    ) -> SendResult:
        """Invoke the binding with the notification; Dapr's answer confirms it."""
        if self.name not in read_list(settings, VARIABLE):
            return SendResult.final_failure("the operator lists no such binding")
        data = json.dumps({**describe_notification(notification), "userId": notification.user_id})
        try:
            invoke(self.name, data.encode())
        except DaprUnavailableError:
            return SendResult.temporary_failure("the binding did not take it")
        return SendResult(delivered=True)
