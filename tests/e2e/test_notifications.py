"""What is told to whoever is not to be disturbed, and through a webhook whose receiver takes minutes to recover.

Both begin before either is waited for, and so take no longer together than the slower one.
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

pytestmark = pytest.mark.usefixtures("undisturbed", "unlucky")

DONE, MOVED, STILL_TO_DO = "Done by then", "Put off by then", "Still to do"

OPEN_FOR = timedelta(seconds=60)
"""How much of the quiet is left at least: enough for reminders to fall due, and for one to be over, in it."""

AFTERWARDS = 5.0
"""For how many seconds after the release of one the other must not come."""

FIVE_DELAYS = 5 + 10 + 20 + 40 + 80
"""The longest that five retries are apart in all, in seconds."""


@dataclass
class Recipient:
    """A user who is told in the app and by a webhook."""

    system: System
    name: str
    receiver: WebhookReceiver
    tasks: dict[str, str] = field(default_factory=dict)

    def prefer(self, **preferred: Any) -> None:
        """Have this user told through both channels at once."""
        channels = [{"type": "inApp"}, {"type": "webhook", "url": self.receiver.url}]
        answer = self.call("PUT", f"/notifications/{self.name}/preferences", {"channels": channels, **preferred})
        self.receiver.secret = answer["channels"][1]["secret"]

    def plan(self, title: str) -> None:
        """Create a task that is due in an hour, and reminds in two seconds."""
        self.tasks[title] = self.call("POST", "/tasks", self._due(title, timedelta(hours=1)))["id"]

    def put_off(self, title: str) -> None:
        """Let a task be due a day later than it was."""
        self.call("PUT", f"/tasks/{self.tasks[title]}", self._due(title, timedelta(hours=25)))

    def complete(self, title: str) -> None:
        """Complete a task."""
        self.call("POST", f"/tasks/{self.tasks[title]}/complete")

    def told(self, title: str) -> dict[str, dict[str, Any]]:
        """Return the notifications of a task's reminder by their channels."""
        shown = self.system.items(f"/notifications/{self.name}", user=self.name)
        return {one["channel"]: one for one in shown if one["title"] == title}

    def account(self, title: str, channel: str) -> dict[str, Any]:
        """Return the account of a notification: itself, and its attempts."""
        return self.call("GET", f"/notifications/{self.name}/{self.told(title)[channel]['id']}")

    def wait_until(self, title: str, status: str, *, within: float = PATIENCE) -> dict[str, dict[str, Any]]:
        """Wait until a task's reminder has a status in both channels, and return its notifications."""

        def look() -> dict[str, dict[str, Any]]:
            told = self.told(title)
            return told if [one["status"] for one in told.values()] == [status] * 2 else {}

        return self.system.eventually(look, within=within)

    def reminder(self, title: str) -> dict[str, Any]:
        """Return the reminder of a task."""
        [found] = self.system.items(f"/reminders?taskId={self.tasks[title]}", user=self.name)
        return found

    def _due(self, title: str, wait: timedelta) -> dict[str, Any]:
        due_at = datetime.now(UTC) + timedelta(seconds=2) + wait
        return {"title": title, "dueAt": due_at.isoformat(), "reminders": [{"before": "PT1H"}]}

    def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Call the system as this user, and return what it answers."""
        answer = self.system.call(method, path, body, user=self.name)
        assert answer.status in {200, 201}, answer.text
        return dict(answer.json)


@pytest.fixture(scope="module")
def undisturbed(system: System) -> Iterator[tuple[Recipient, datetime]]:
    """A user for whom it is quiet, up to a full minute, and whose three tasks have a reminder that is due by then."""
    recipient = Recipient(system, "undisturbed", WebhookReceiver())
    now = datetime.now(UTC)
    release = (now + OPEN_FOR).replace(second=0, microsecond=0) + timedelta(minutes=1)
    window = {"start": f"{now:%H:%M}", "end": f"{release:%H:%M}"}
    recipient.prefer(quietHours={"timeZone": "UTC", "windows": [window]})
    for title in (DONE, MOVED, STILL_TO_DO):
        recipient.plan(title)
    yield recipient, release
    recipient.receiver.close()


@pytest.fixture(scope="module")
def unlucky(system: System) -> Iterator[Recipient]:
    """A user whose receiver answers 500 five times and then 200, and one of whose tasks has a reminder."""
    recipient = Recipient(system, "unlucky", WebhookReceiver([500] * 5))
    recipient.prefer()
    recipient.plan("Water the plants")
    yield recipient
    recipient.receiver.close()


def test_quiet_hours_defer_a_reminder_and_what_is_over_at_their_end_is_not_sent(
    undisturbed: tuple[Recipient, datetime],
) -> None:
    """Of three deferred reminders one's task is completed and one's put off a day: only the third one comes."""
    user, release = undisturbed

    def deferred() -> bool:
        shown = [one for title in user.tasks for one in user.told(title).values()]
        tries = [one["nextTryAt"] for one in shown if one["status"] == "requested"]
        return [datetime.fromisoformat(moment) for moment in tries if moment] == [release] * 6

    user.system.eventually(deferred)
    user.complete(DONE)
    user.put_off(MOVED)
    user.system.eventually(lambda: user.reminder(DONE)["status"] == "cancelled")
    user.system.eventually(lambda: datetime.fromisoformat(user.reminder(MOVED)["remindAt"]) > release)
    assert datetime.now(UTC) < release, "the machine took longer for it than the quiet lasts"
    while True:
        early = list(user.receiver.ids)
        if datetime.now(UTC) >= release:
            break
        assert early == []
        time.sleep(0.05)
    sent = user.wait_until(STILL_TO_DO, "delivered")
    time.sleep(AFTERWARDS)
    assert user.receiver.ids == [sent["webhook"]["id"]]
    assert [one["data"]["title"] for one in user.receiver.accepted] == [STILL_TO_DO]
    assert all(datetime.fromisoformat(one["deliveredAt"]) >= release for one in sent.values())
    assert user.call("GET", f"/notifications/{user.name}/counts") == {"read": 0, "unread": 1}
    reason = "what it tells was done, deleted, dismissed, put off or moved meanwhile"
    for title in (DONE, MOVED):
        for channel, one in user.wait_until(title, "withdrawn").items():
            assert (one["reason"], one["sentAt"], one["deliveredAt"]) == (reason, None, None)
            assert user.account(title, channel)["attempts"] == []
    assert user.reminder(DONE)["reason"] == "the task was completed"
    assert user.reminder(MOVED)["status"] == "scheduled"
    assert user.reminder(STILL_TO_DO)["status"] == "delivered"


def test_a_webhook_that_recovers_is_delivered_once_and_delays_no_other_channel(unlucky: Recipient) -> None:
    """After five 500s it is taken, under one id; the app had it before the webhook's second try."""
    sent = unlucky.wait_until("Water the plants", "delivered", within=FIVE_DELAYS + PATIENCE)
    time.sleep(AFTERWARDS)
    assert unlucky.receiver.ids == [sent["webhook"]["id"]] * 6
    assert len(unlucky.receiver.accepted) == 1
    attempts = unlucky.account("Water the plants", "webhook")["attempts"]
    assert [one["reason"] for one in attempts] == ["answered 500"] * 5 + [None]
    assert [one["delivered"] for one in attempts] == [False] * 5 + [True]
    in_app = unlucky.account("Water the plants", "inApp")
    assert len(in_app["attempts"]) == 1
    second_try = datetime.fromisoformat(attempts[1]["at"])
    assert datetime.fromisoformat(in_app["notification"]["deliveredAt"]) < second_try
    assert datetime.fromisoformat(unlucky.reminder("Water the plants")["deliveredAt"]) < second_try
    types = [event["type"] for event in unlucky.system.audited(unlucky.name)]
    assert (types.count("todo.NotificationDelivered"), types.count("todo.ReminderDelivered")) == (2, 1)
