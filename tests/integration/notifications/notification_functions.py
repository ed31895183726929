"""The functions of the domain together, with the test in the broker's place."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import text

from events.data import EventData
from events.event import Event
from events.notification import Notification, NotificationEvent, NotificationFailed, NotificationRequested
from events.reminder import ReminderDue
from tests.event_encoding import decode_document
from tests.functions import FunctionUnderTest, Load, ManualClock
from tests.integration.notifications.webhook_receiver import WebhookReceiver
from tests.samples import a_reminder, an_event

LIST = "/notifications/alice"
PREFERENCES = "/notifications/alice/preferences"

StartReceiver = Callable[..., WebhookReceiver]


class NotificationFunctions:
    """All functions of the domain. ``settings`` are environment variables of send-notification only."""

    def __init__(self, function: Load, **settings: str) -> None:
        self._load = function
        self.api = function("notifications")
        self.notify_user = function("notify-user")
        self.send_notification: FunctionUnderTest = function("send-notification", **settings)

    @cached_property
    def withdraw_notifications(self) -> FunctionUnderTest:
        """The function withdraw-notifications, loaded at its first use."""
        return self._load("withdraw-notifications")

    def prefer(self, *receivers: WebhookReceiver, app: bool = True, **preferred: Any) -> None:
        """Store alice's preferences: the app, unless ``app`` is False, a webhook for each receiver, and others."""
        wanted = [{"type": "inApp"}] * app + [{"type": "webhook", "url": receiver.url} for receiver in receivers]
        answer = self.api.call("PUT", PREFERENCES, {"channels": wanted, **preferred})
        assert answer.status_code == 200, answer.get_json()
        for receiver, channel in zip(receivers, answer.get_json()["channels"][app:], strict=True):
            receiver.secret = channel["secret"]

    def deliver_ending(self, data: EventData, **at: Any) -> None:
        """Deliver an event to withdraw-notifications; its time is now, unless ``time`` is given."""
        event = an_event(data, **{"time": self.clock.now, **at})
        assert self.withdraw_notifications.deliver(event).status_code == 202

    def deliver_due(
        self, *, until: datetime | None = None, as_of: datetime | None = None, **reminder: Any
    ) -> Event[EventData]:
        """Deliver the ReminderDue of a reminder that fell due two seconds ago, and return the event."""
        fields = {"remind_at": self.clock.now - timedelta(seconds=2), **reminder}
        due = ReminderDue(reminder=a_reminder(**fields), until=until, as_of=as_of)
        event = an_event(due, by="schedule-reminders", time=self.clock.now)
        assert self.notify_user.deliver(event).status_code == 202
        return event

    def remind(self, **reminder: Any) -> None:
        """Deliver the ReminderDue of a reminder, and the requests that follow from it."""
        self.deliver_due(**reminder)
        self.send_requested()

    def send_message(self, title: str = "Hello") -> None:
        """Send a message to alice, and deliver every request so far."""
        assert self.api.call("POST", "/notifications/send", {"title": title}).status_code == 202
        self.send_requested()

    def send_requested(self) -> None:
        """Deliver every NotificationRequested that was published so far."""
        for event in self.requested:
            assert self.send_notification.deliver(event).status_code == 202

    @property
    def requested(self) -> list[Event[NotificationRequested]]:
        """The NotificationRequested events that were published so far."""
        return [
            Event(event.attributes, event.data)
            for event in self.events
            if isinstance(event.data, NotificationRequested)
        ]

    def run_next_attempt(self) -> bool:
        """Set the clock to the next planned attempt and deliver its event; return False if there is none."""
        waiting = self.api.scheduled
        if not waiting:
            return False
        assert waiting[0].attributes.time is not None
        self.clock.now = waiting[0].attributes.time
        assert self.send_notification.deliver(waiting[0]).status_code == 202
        self.api.database.run("DELETE FROM delivery.outbox WHERE id = :id", id=waiting[0].attributes.id)
        return True

    def run_all_attempts(self) -> None:
        """Run the planned attempts, and those that follow from them, until there are none."""
        while self.run_next_attempt():
            for event in self._take_due():
                assert self.send_notification.deliver(event).status_code == 202

    def listed(self, query: str = "") -> list[dict[str, Any]]:
        """Return the items of alice's list."""
        items: list[dict[str, Any]] = self.api.call("GET", LIST + query).get_json()["items"]
        return items

    def _take_due(self) -> list[Event[EventData]]:
        """Take the unpublished events that are due out of the outbox."""
        taken = "DELETE FROM delivery.outbox WHERE due_at <= :now AND lease_until IS NULL RETURNING event"
        with self.api.database.as_admin() as connection, connection.begin():
            rows = connection.execute(text(taken), {"now": self.clock.now}).all()
        return [decode_document(row.event) for row in rows]

    @property
    def clock(self) -> ManualClock:
        """The clock that all functions share."""
        return self.api.clock

    @property
    def events(self) -> list[Event[EventData]]:
        """The events that the functions published so far."""
        for function in (self.api, self.notify_user, self.send_notification):
            function.instance.publisher.wait()
        return self.api.emitted

    def failures(self) -> list[Notification]:
        """Return the notifications in the NotificationFailed events so far, in order."""
        return [event.data.notification for event in self.events if isinstance(event.data, NotificationFailed)]

    def emitted(self) -> list[str]:
        """Return the notification events so far, each with its channel, such as ``Sent inApp``."""
        data = [event.data for event in self.events if isinstance(event.data, NotificationEvent)]
        return sorted(f"{one.type.removeprefix('todo.Notification')} {one.notification.channel}" for one in data)
