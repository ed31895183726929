"""The main story of the system: a recurring task with a reminder, from its creation to its next occurrence."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.e2e.client import SystemClient

BERLIN = ZoneInfo("Europe/Berlin")


class Story:
    """One user's story. Every step may be repeated, and waits for the steps of the system before it.

    The reminder is due ``remind_in`` seconds after the start.
    """

    def __init__(self, client: SystemClient, user: str, *, remind_in: float = 5.0) -> None:
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

    def create_task(self) -> None:
        """Create the task. Its Idempotency-Key prevents a second one, however often the request is repeated."""
        response = self.client.call_until_handled(
            "POST", "/tasks", self.draft, user=self.user, key=f"{self.user}-create"
        )
        assert response.status == 201, response.json
        assert response.headers["location"] == f"/tasks/{response.json['id']}"
        assert response.headers["etag"] == '"1"'
        self.task = response.json

    def wait_for_notification(self) -> dict[str, Any]:
        """Return the notification of the reminder when it exists."""
        path = f"/notifications/{self.user}"
        [notification] = self.client.wait_for(lambda: self.client.list_items(path, user=self.user))
        return notification

    def wait_for_delivery(self) -> dict[str, Any]:
        """Return the reminder when its status is ``delivered``."""

        def look() -> list[dict[str, Any]]:
            reminders = self.client.list_items("/reminders", user=self.user)
            return [one for one in reminders if one["taskId"] == self.task["id"] and one["status"] == "delivered"]

        [reminder] = self.client.wait_for(look)
        return reminder

    def complete_task(self) -> None:
        """Complete the task. The request may be repeated."""
        path = f"/tasks/{self.task['id']}/complete"
        response = self.client.call_until_handled("POST", path, user=self.user, key=f"{self.user}-complete")
        assert response.status == 200, response.json

    def wait_for_next_occurrence(self) -> dict[str, Any]:
        """Return the next occurrence of the task when it exists."""
        [task] = self.client.wait_for(lambda: self.client.list_items("/tasks?status=open", user=self.user))
        return task

    def wait_for_reminder(self, task: dict[str, Any]) -> dict[str, Any]:
        """Return the reminder of a task when it exists."""

        def look() -> list[dict[str, Any]]:
            reminders = self.client.list_items("/reminders", user=self.user)
            return [one for one in reminders if one["taskId"] == task["id"]]

        [reminder] = self.client.wait_for(look)
        return reminder

    def list_audited_events(self) -> list[dict[str, Any]]:
        """Return the events of this user in the audit log."""
        return self.client.list_audited_events(self.user)

    def check_audit_log(self) -> None:
        """Assert that the audit log has each event of the story once, with one correlation id per user's request."""
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
        self.client.wait_for(lambda: sum(expected.values()) <= len(self.list_audited_events()))
        events = self.list_audited_events()
        assert Counter(event["type"] for event in events) == expected
        assert len({(event["source"], event["id"]) for event in events}) == len(events)
        completion = next(event["correlationid"] for event in events if event["type"] == "todo.TaskCompleted")
        creation = next(event["correlationid"] for event in events if event["type"] == "todo.ReminderDue")
        assert Counter(event["correlationid"] for event in events) == {creation: 7, completion: 3}

    def check_next_occurrence(self) -> None:
        """Assert that the next occurrence and its reminder are one day later on the wall clock."""
        following = self.wait_for_next_occurrence()
        due = [datetime.fromisoformat(task["dueAt"]).astimezone(BERLIN) for task in (self.task, following)]
        assert due[1].replace(tzinfo=None) - due[0].replace(tzinfo=None) == timedelta(days=1)
        assert (following["seriesId"], following["occurrence"]) == (self.task["seriesId"], 2)
        remind_at = datetime.fromisoformat(self.wait_for_reminder(following)["remindAt"]).astimezone(BERLIN)
        first = self.remind_at.astimezone(BERLIN)
        assert remind_at.replace(tzinfo=None) - first.replace(tzinfo=None) == timedelta(days=1)
