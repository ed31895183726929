"""An output binding of Dapr's: whatever the operator has set up under its name, from a mail server to a queue.

A user names it, so it must be one of those that the operator lists: a name may not lead to just any component. Only the
notification goes there, and whose it is; no metadata, which to some bindings is an address.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from events.notification import Notification
from functions.chassis.runtime.dapr_sidecar import DaprUnavailableError, invoke_binding
from functions.notifications.channels.outcome import Outcome
from functions.notifications.channels.payload import payload_of

VARIABLE: Final = "NOTIFICATION_BINDINGS"

Invoke = Callable[[str, bytes], None]


def listed_bindings(environ: Mapping[str, str]) -> frozenset[str]:
    """Return the names that the operator lists in NOTIFICATION_BINDINGS, separated by commas."""
    return frozenset(filter(None, (part.strip() for part in environ.get(VARIABLE, "").split(","))))


class Binding:
    """One binding, by its name."""

    def __init__(self, name: str, *, listed: frozenset[str], invoke: Invoke = invoke_binding) -> None:
        self._name = name
        self._listed = listed
        self._invoke = invoke

    def send(self, notification: Notification, *, now: datetime) -> Outcome:  # noqa: ARG002 - nothing is dated
        """Hand the notification over; the binding's answer confirms it."""
        if self._name not in self._listed:
            return Outcome(delivered=False, reason="the operator lists no such binding")
        data = json.dumps({**payload_of(notification), "userId": notification.user_id})
        try:
            self._invoke(self._name, data.encode())
        except DaprUnavailableError:
            return Outcome(delivered=False, reason="the binding did not take it", may_pass=True)
        return Outcome(delivered=True)
