"""The story that the system exists for: a recurring task with a reminder, from its creation to its next occurrence."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.e2e.client import Client

BERLIN = ZoneInfo("Europe/Berlin")


class Story:
    """One user's story; every step may be asked for again, and waits until it is so."""

    def __init__(self, client: Client, user: str, *, remind_in: float = 5.0) -> None:
        self.client = client
        self.user = user
        now = datetime.now(UTC)
        self.remind_at = now + timedelta(seconds=remind_in)
        self.draft = {
            "title": "Water the plants",
            "dueAt": (now + timedelta(hours=1)).isoformat(),
            "timeZone": "Europe/Berlin",
            "recurrence": {"rule": "FREQ=DAILY"},
            "reminders": [{"at": self.remind_at.isoformat()}],
        }
        self.task: dict[str, Any] = {}

    def create(self) -> None:
        """Create the task, however often it takes; its Idempotency-Key makes that once."""
        answer = self.client.insist("POST", "/tasks", self.draft, user=self.user, key=f"{self.user}-create")
        assert answer.status == 201, answer.json
        assert answer.headers["location"] == f"/tasks/{answer.json['id']}"
        assert answer.headers["etag"] == '"1"'
        self.task = answer.json

    def notification(self) -> dict[str, Any]:
        """Wait for the notification of the reminder, and return it."""
        [found] = self.client.eventually(lambda: self.client.items(f"/notifications/{self.user}", user=self.user))
        return found

    def delivered(self) -> dict[str, Any]:
        """Wait until the reminder is settled as delivered, and return it."""

        def look() -> list[dict[str, Any]]:
            reminders = self.client.items("/reminders", user=self.user)
            return [one for one in reminders if one["taskId"] == self.task["id"] and one["status"] == "delivered"]

        [found] = self.client.eventually(look)
        return found

    def complete(self) -> None:
        """Complete the task, however often it takes."""
        path = f"/tasks/{self.task['id']}/complete"
        answer = self.client.insist("POST", path, user=self.user, key=f"{self.user}-complete")
        assert answer.status == 200, answer.json

    def successor(self) -> dict[str, Any]:
        """Wait for the next occurrence, and return it."""
        [found] = self.client.eventually(lambda: self.client.items("/tasks?status=open", user=self.user))
        return found

    def planned(self, task: dict[str, Any]) -> dict[str, Any]:
        """Wait until a task's reminder is planned, and return it."""

        def look() -> list[dict[str, Any]]:
            return [one for one in self.client.items("/reminders", user=self.user) if one["taskId"] == task["id"]]

        [found] = self.client.eventually(look)
        return found

    def audited(self) -> list[dict[str, Any]]:
        """Return the audit log's events of this user."""
        return self.client.audited(self.user)

    def is_told_once(self) -> None:
        """Hold the audit log against the story: everything once, and one correlation id for each of its two causes."""
        expected = Counter(
            {
                "todo.TaskCreated": 2,
                "todo.ReminderScheduled": 2,
                "todo.ReminderDue": 1,
                "todo.NotificationRequested": 1,
                "todo.NotificationSent": 1,
                "todo.NotificationDelivered": 1,
                "todo.ReminderDelivered": 1,
                "todo.TaskCompleted": 1,
            }
        )
        self.client.eventually(lambda: sum(expected.values()) <= len(self.audited()))
        events = self.audited()
        assert Counter(event["type"] for event in events) == expected
        assert len({(event["source"], event["id"]) for event in events}) == len(events)
        completion = next(event["correlationid"] for event in events if event["type"] == "todo.TaskCompleted")
        creation = next(event["correlationid"] for event in events if event["type"] == "todo.ReminderDue")
        assert Counter(event["correlationid"] for event in events) == {creation: 7, completion: 3}

    def ends_well(self) -> None:
        """Hold the next occurrence against the first: a day later on the wall clock, its reminder planned likewise."""
        successor = self.successor()
        due = [datetime.fromisoformat(task["dueAt"]).astimezone(BERLIN) for task in (self.task, successor)]
        assert due[1].replace(tzinfo=None) - due[0].replace(tzinfo=None) == timedelta(days=1)
        assert (successor["seriesId"], successor["occurrence"]) == (self.task["seriesId"], 2)
        planned = datetime.fromisoformat(self.planned(successor)["remindAt"]).astimezone(BERLIN)
        first = self.remind_at.astimezone(BERLIN)
        assert planned.replace(tzinfo=None) - first.replace(tzinfo=None) == timedelta(days=1)
