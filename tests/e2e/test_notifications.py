"""Quiet hours, and a webhook that fails for minutes before it succeeds.

Both fixtures start before the first test waits, so together they take no longer than the slower one.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.client import PATIENCE
from tests.e2e.system import System
from tests.integration.notifications.webhook_receiver import WebhookReceiver

pytestmark = pytest.mark.usefixtures("quiet_recipient", "recipient_of_broken_webhook")

COMPLETED, MOVED, OPEN = "Completed meanwhile", "Moved meanwhile", "Still to do"

LEAST_QUIET_TIME = timedelta(seconds=60)
"""The shortest time until the quiet hours end: long enough for reminders to become due and a task to be completed."""

SECONDS_AFTERWARDS = 5.0
"""How long a test waits for notifications that must not be delivered."""

FIVE_RETRY_DELAYS = 5 + 10 + 20 + 40 + 80
"""The longest sum of the delays of five retries, in seconds."""


@dataclass
class Recipient:
    """A user who gets notifications in the app and through a webhook."""

    system: System
    name: str
    receiver: WebhookReceiver
    tasks: dict[str, str] = field(default_factory=dict)

    def set_preferences(self, **preferences: Any) -> None:
        """Choose both channels, and further preferences."""
        channels = [{"type": "inApp"}, {"type": "webhook", "url": self.receiver.url}]
        stored = self.call("PUT", f"/notifications/{self.name}/preferences", {"channels": channels, **preferences})
        self.receiver.secret = stored["channels"][1]["secret"]

    def create_task(self, title: str) -> None:
        """Create a task that is due in an hour and two seconds, with a reminder an hour before."""
        self.tasks[title] = self.call("POST", "/tasks", self._draft(title, timedelta(hours=1)))["id"]

    def move_task(self, title: str) -> None:
        """Move the due time of a task by a day."""
        self.call("PUT", f"/tasks/{self.tasks[title]}", self._draft(title, timedelta(hours=25)))

    def complete_task(self, title: str) -> None:
        """Complete a task."""
        self.call("POST", f"/tasks/{self.tasks[title]}/complete")

    def notifications_by_channel(self, title: str) -> dict[str, dict[str, Any]]:
        """Return the notifications of a task's reminder by channel."""
        items = self.system.list_items(f"/notifications/{self.name}", user=self.name)
        return {one["channel"]: one for one in items if one["title"] == title}

    def read_notification(self, title: str, channel: str) -> dict[str, Any]:
        """Return a notification together with its attempts."""
        notification = self.notifications_by_channel(title)[channel]
        return self.call("GET", f"/notifications/{self.name}/{notification['id']}")

    def wait_until(self, title: str, status: str, *, within: float = PATIENCE) -> dict[str, dict[str, Any]]:
        """Wait until both notifications of a task's reminder have a status, and return them by channel."""

        def look() -> dict[str, dict[str, Any]]:
            found = self.notifications_by_channel(title)
            return found if [one["status"] for one in found.values()] == [status] * 2 else {}

        return self.system.wait_for(look, within=within)

    def read_reminder(self, title: str) -> dict[str, Any]:
        """Return the reminder of a task."""
        [reminder] = self.system.list_items(f"/reminders?taskId={self.tasks[title]}", user=self.name)
        return reminder

    def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Send a request as this user, and return the body of its successful response."""
        response = self.system.call(method, path, body, user=self.name)
        assert response.status in {200, 201}, response.text
        return dict(response.json)

    def _draft(self, title: str, wait: timedelta) -> dict[str, Any]:
        due_at = datetime.now(UTC) + timedelta(seconds=2) + wait
        return {"title": title, "dueAt": due_at.isoformat(), "reminders": [{"before": "PT1H"}]}


@pytest.fixture(scope="module")
def quiet_recipient(system: System) -> Iterator[tuple[Recipient, datetime]]:
    """A user with quiet hours until the returned time, and three tasks with reminders that become due before it."""
    recipient = Recipient(system, "quiet", WebhookReceiver())
    now = datetime.now(UTC)
    release = (now + LEAST_QUIET_TIME).replace(second=0, microsecond=0) + timedelta(minutes=1)
    window = {"start": f"{now:%H:%M}", "end": f"{release:%H:%M}"}
    recipient.set_preferences(quietHours={"timeZone": "UTC", "windows": [window]})
    for title in (COMPLETED, MOVED, OPEN):
        recipient.create_task(title)
    yield recipient, release
    recipient.receiver.close()


@pytest.fixture(scope="module")
def recipient_of_broken_webhook(system: System) -> Iterator[Recipient]:
    """A user with one reminder, and a receiver that responds 500 five times before it responds 200."""
    recipient = Recipient(system, "unlucky", WebhookReceiver([500] * 5))
    recipient.set_preferences()
    recipient.create_task("Water the plants")
    yield recipient
    recipient.receiver.close()


def test_quiet_hours_defer_reminders_and_outdated_ones_are_withdrawn(
    quiet_recipient: tuple[Recipient, datetime],
) -> None:
    """One task is completed and one is moved during the quiet hours. Only the third reminder is delivered."""
    user, release = quiet_recipient

    def are_deferred() -> bool:
        found = [one for title in user.tasks for one in user.notifications_by_channel(title).values()]
        tries = [one["nextTryAt"] for one in found if one["status"] == "requested"]
        return [datetime.fromisoformat(moment) for moment in tries if moment] == [release] * 6

    user.system.wait_for(are_deferred)
    user.complete_task(COMPLETED)
    user.move_task(MOVED)
    user.system.wait_for(lambda: user.read_reminder(COMPLETED)["status"] == "cancelled")
    user.system.wait_for(lambda: datetime.fromisoformat(user.read_reminder(MOVED)["remindAt"]) > release)
    assert datetime.now(UTC) < release, "the machine was too slow: the quiet hours have ended"
    while True:
        early = list(user.receiver.ids)
        if datetime.now(UTC) >= release:
            break
        assert early == []
        time.sleep(0.05)
    delivered = user.wait_until(OPEN, "delivered")
    time.sleep(SECONDS_AFTERWARDS)
    assert user.receiver.ids == [delivered["webhook"]["id"]]
    assert [one["data"]["title"] for one in user.receiver.accepted] == [OPEN]
    assert all(datetime.fromisoformat(one["deliveredAt"]) >= release for one in delivered.values())
    assert user.call("GET", f"/notifications/{user.name}/counts") == {"read": 0, "unread": 1}
    reason = "what it tells was done, deleted, dismissed, put off or moved meanwhile"
    for title in (COMPLETED, MOVED):
        for channel, one in user.wait_until(title, "withdrawn").items():
            assert (one["reason"], one["sentAt"], one["deliveredAt"]) == (reason, None, None)
            assert user.read_notification(title, channel)["attempts"] == []
    assert user.read_reminder(COMPLETED)["reason"] == "the task was completed"
    assert user.read_reminder(MOVED)["status"] == "scheduled"
    assert user.read_reminder(OPEN)["status"] == "delivered"


def test_a_webhook_is_retried_and_delays_no_other_channel(recipient_of_broken_webhook: Recipient) -> None:
    """After five responses of 500 it is delivered once, with one id. The app had its notification long before."""
    user = recipient_of_broken_webhook
    title = "Water the plants"
    delivered = user.wait_until(title, "delivered", within=FIVE_RETRY_DELAYS + PATIENCE)
    time.sleep(SECONDS_AFTERWARDS)
    assert user.receiver.ids == [delivered["webhook"]["id"]] * 6
    assert len(user.receiver.accepted) == 1
    attempts = user.read_notification(title, "webhook")["attempts"]
    assert [one["reason"] for one in attempts] == ["answered 500"] * 5 + [None]
    assert [one["delivered"] for one in attempts] == [False] * 5 + [True]
    in_app = user.read_notification(title, "inApp")
    assert len(in_app["attempts"]) == 1
    second_attempt = datetime.fromisoformat(attempts[1]["at"])
    assert datetime.fromisoformat(in_app["notification"]["deliveredAt"]) < second_attempt
    assert datetime.fromisoformat(user.read_reminder(title)["deliveredAt"]) < second_attempt
    types = [event["type"] for event in user.system.list_audited_events(user.name)]
    assert (types.count("todo.NotificationDelivered"), types.count("todo.ReminderDelivered")) == (2, 1)
