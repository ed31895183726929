"""The domain's functions together."""

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
from tests.integration.notifications.receiver import Receiver
from tests.samples import a_reminder, an_event

LIST = "/notifications/alice"
PREFERENCES = "/notifications/alice/preferences"

Listen = Callable[..., Receiver]


class Channels:
    """The functions, with the broker between them played by the test; ``sending`` is send-notification's own."""

    def __init__(self, function: Load, **sending: str) -> None:
        self._load = function
        self.api = function("notifications")
        self.notify_user = function("notify-user")
        self.send_notification: FunctionUnderTest = function("send-notification", **sending)

    @cached_property
    def withdraw_notifications(self) -> FunctionUnderTest:
        """The function that hears what is over."""
        return self._load("withdraw-notifications")

    def subscribe(self, *receivers: Receiver, app: bool = True, **preferred: Any) -> None:
        """Have alice notified in the app, unless she does not want that, and by webhooks."""
        wanted = [{"type": "inApp"}] * app + [{"type": "webhook", "url": receiver.url} for receiver in receivers]
        answer = self.api.call("PUT", PREFERENCES, {"channels": wanted, **preferred})
        assert answer.status_code == 200, answer.get_json()
        for receiver, channel in zip(receivers, answer.get_json()["channels"][app:], strict=True):
            receiver.secret = channel["secret"]

    def deliver(self, data: EventData, **at: Any) -> None:
        """Have withdraw-notifications hear something, said now."""
        event = an_event(data, **{"time": self.clock.now, **at})
        assert self.withdraw_notifications.deliver(event).status_code == 202

    def fall_due(self, *, until: datetime | None = None, as_of: datetime | None = None, **reminder: Any) -> None:
        """Let a reminder be due now, and have notify-user hear it."""
        fields = {"remind_at": self.clock.now - timedelta(seconds=2), **reminder}
        due = ReminderDue(reminder=a_reminder(**fields), until=until, as_of=as_of)
        assert self.notify_user.deliver(an_event(due, by="schedule-reminders", time=self.clock.now)).status_code == 202

    def remind(self, **reminder: Any) -> None:
        """Let a reminder be due now, and hand on what follows from it."""
        self.fall_due(**reminder)
        self.hand_on()

    def hand_on(self) -> None:
        """Hand every NotificationRequested that was said to send-notification."""
        for event in self.requested:
            assert self.send_notification.deliver(event).status_code == 202

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
        assert self.send_notification.deliver(waiting[0]).status_code == 202
        self.api.database.run("DELETE FROM delivery.outbox WHERE id = :id", id=waiting[0].attributes.id)
        return True

    def release(self) -> None:
        """Let everything that waits come to its time, and what that asks for as well."""
        while self.wait_for_retry():
            for event in self._due():
                assert self.send_notification.deliver(event).status_code == 202

    def shown(self, query: str = "") -> list[dict[str, Any]]:
        """Return what alice's list shows."""
        items: list[dict[str, Any]] = self.api.call("GET", LIST + query).get_json()["items"]
        return items

    def _due(self) -> list[Event[EventData]]:
        """Take what is due by now, and nobody has published, out of the outbox."""
        taken = "DELETE FROM delivery.outbox WHERE due_at <= :now AND lease_until IS NULL RETURNING event"
        with self.api.database.as_admin() as connection, connection.begin():
            rows = connection.execute(text(taken), {"now": self.clock.now}).all()
        return [decode_document(row.event) for row in rows]

    @property
    def clock(self) -> ManualClock:
        """The clock of all of them."""
        return self.api.clock

    @property
    def events(self) -> list[Event[EventData]]:
        """What any of those that say something has said."""
        for function in (self.api, self.notify_user, self.send_notification):
            function.instance.publisher.wait()
        return self.api.emitted

    def failures(self) -> list[Notification]:
        """The notifications that were said to have failed, in order."""
        return [event.data.notification for event in self.events if isinstance(event.data, NotificationFailed)]

    def emitted(self) -> list[str]:
        """Return what was said of notifications, each with its channel."""
        events = [event.data for event in self.events]
        told = [data for data in events if isinstance(data, NotificationEvent)]
        return sorted(f"{data.type.removeprefix('todo.Notification')} {data.notification.channel}" for data in told)
