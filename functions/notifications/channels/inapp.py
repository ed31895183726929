"""In the app: the notification's row is what the front end shows, so it is delivered as soon as it is kept."""

from datetime import datetime

from events.notification import Notification
from functions.notifications.channels.outcome import Outcome


class InApp:
    """The list at ``GET /notifications/{userId}``."""

    def send(self, notification: Notification, *, now: datetime) -> Outcome:  # noqa: ARG002 - nothing leaves here
        """Confirm: there is nothing more to do."""
        return Outcome(delivered=True)
