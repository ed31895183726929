"""The domain's three functions together."""

from collections.abc import Callable
from datetime import timedelta

from events.data import EventData
from events.event import Event
from events.notification import NotificationEvent, NotificationRequested
from events.reminder import ReminderDue
from tests.functions import FunctionUnderTest, Load, ManualClock
from tests.integration.notifications.receiver import Receiver
from tests.samples import a_reminder, an_event

LIST = "/notifications/alice"
PREFERENCES = "/notifications/alice/preferences"

Listen = Callable[..., Receiver]


class Channels:
    """The three functions, with the broker between them played by the test; ``sending`` is send-notification's own."""

    def __init__(self, function: Load, **sending: str) -> None:
        self.api = function("notifications")
        self.notify_user = function("notify-user")
        self.send_notification: FunctionUnderTest = function("send-notification", **sending)

    def subscribe(self, *receivers: Receiver) -> None:
        """Have alice notified in the app and by webhooks."""
        wanted = [{"type": "inApp"}, *({"type": "webhook", "url": receiver.url} for receiver in receivers)]
        kept = self.api.call("PUT", PREFERENCES, {"channels": wanted}).get_json()["channels"]
        for receiver, channel in zip(receivers, kept[1:], strict=True):
            receiver.secret = channel["secret"]

    def fall_due(self) -> None:
        """Let a reminder be due now, and have notify-user hear it."""
        due = ReminderDue(reminder=a_reminder(remind_at=self.clock.now - timedelta(seconds=2)))
        assert self.notify_user.hear(an_event(due, by="schedule-reminders", time=self.clock.now)).status_code == 202

    def remind(self) -> None:
        """Let a reminder be due now, and hand on what follows from it."""
        self.fall_due()
        self.hand_on()

    def hand_on(self) -> None:
        """Hand every NotificationRequested that was said to send-notification."""
        for event in self.requested:
            assert self.send_notification.hear(event).status_code == 202

    @property
    def requested(self) -> list[Event[NotificationRequested]]:
        """The NotificationRequested that were said so far."""
        return [
            Event(event.attributes, event.data)
            for event in self.events
            if isinstance(event.data, NotificationRequested)
        ]

    def wait_for_retry(self) -> bool:
        """Move the clock to the next try and hand it over; False where none is waiting."""
        waiting = self.api.scheduled
        if not waiting:
            return False
        assert waiting[0].attributes.time is not None
        self.clock.now = waiting[0].attributes.time
        assert self.send_notification.hear(waiting[0]).status_code == 202
        self.api.database.run("DELETE FROM delivery.outbox WHERE id = :id", id=waiting[0].attributes.id)
        return True

    @property
    def clock(self) -> ManualClock:
        """The clock of all three."""
        return self.api.clock

    @property
    def events(self) -> list[Event[EventData]]:
        """What any of the three has said."""
        for function in (self.api, self.notify_user, self.send_notification):
            function.instance.publisher.wait()
        return self.api.said

    def said(self) -> list[str]:
        """Return what was said of notifications, each with its channel."""
        events = [event.data for event in self.events]
        told = [data for data in events if isinstance(data, NotificationEvent)]
        return sorted(f"{data.type.removeprefix('todo.Notification')} {data.notification.channel}" for data in told)
