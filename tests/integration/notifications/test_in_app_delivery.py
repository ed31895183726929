"""Delivery in the app: one transaction of the function that requests the notification."""

from datetime import timedelta

import pytest

from events.data import EventData
from events.event import Event
from events.notification import Notification, NotificationRequested
from events.reminder import ReminderDue
from events.task import TaskCompleted
from knative.function_list import load_function_list
from knative.local.trigger_matching import TriggerTable
from tests.functions import FunctionUnderTest
from tests.integration.notifications.notification_functions import LIST, NotificationFunctions, StartReceiver
from tests.samples import NOON, a_reminder, a_task, an_event

QUIET = {"timeZone": "UTC", "windows": [{"start": "11:00", "end": "15:00"}]}
IN_APP_EVENTS = ["Delivered inApp", "Requested inApp", "Sent inApp"]


def list_subscribers(event: Event[EventData]) -> list[str]:
    """Return the functions that the broker sends an event to."""
    attributes = {name: str(value) for name, value in event.attributes.serialize().items()}
    return TriggerTable(load_function_list()).find_subscribers(attributes)


def test_one_transaction_delivers(notifications: NotificationFunctions) -> None:
    """After the ReminderDue the notification is delivered, its attempt is logged, and all events are published."""
    notifications.deliver_due()
    assert notifications.emitted() == IN_APP_EVENTS
    [shown] = notifications.listed()
    now = notifications.clock.now.isoformat().replace("+00:00", "Z")
    assert (shown["status"], shown["attempts"], shown["lateBy"]) == ("delivered", 1, "PT2S")
    assert (shown["createdAt"], shown["sentAt"], shown["deliveredAt"]) == (now, now, now)
    account = notifications.api.call("GET", f"{LIST}/{shown['id']}").get_json()
    assert account["attempts"] == [{"number": 1, "at": now, "delivered": True, "reason": None}]
    metrics = notifications.notify_user.client.get("/metrics").get_data(as_text=True)
    assert 'todo_channel_attempts_total{channel="inApp",outcome="delivered"}' in metrics


def test_no_function_handles_the_request_of_a_delivered_notification(notifications: NotificationFunctions) -> None:
    """Only the audit log gets the NotificationRequested, which names the notification as it was requested."""
    notifications.deliver_due()
    [requested] = notifications.requested
    assert list_subscribers(requested) == ["append-audit"]
    notification = requested.data.notification
    assert (notification.status, notification.attempts, notification.delivered_at) == ("requested", 0, None)


def test_other_channels_are_requested_beside_the_app(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The app does not wait for the webhook, whose request starts send-notification."""
    receiver = start_receiver()
    notifications.prefer(receiver)
    notifications.deliver_due()
    assert notifications.emitted() == ["Delivered inApp", "Requested inApp", "Requested webhook", "Sent inApp"]
    [external] = [event for event in notifications.requested if event.data.notification.channel == "webhook"]
    assert list_subscribers(external) == ["send-notification", "append-audit"]
    assert receiver.ids == []


def test_a_message_is_delivered_in_the_transaction_of_its_request(notifications: NotificationFunctions) -> None:
    """The response shows the message as delivered."""
    response = notifications.api.call("POST", "/notifications/send", {"title": "Hello"})
    assert [one["status"] for one in response.get_json()["items"]] == ["delivered"]
    assert notifications.emitted() == IN_APP_EVENTS


def test_a_repeated_reminder_is_delivered_once(notifications: NotificationFunctions) -> None:
    """The second ReminderDue is a duplicate, and so is a request that reaches send-notification nevertheless."""
    event = notifications.deliver_due()
    assert notifications.notify_user.deliver(event).status_code == 202
    notifications.send_requested()
    assert notifications.emitted() == IN_APP_EVENTS
    assert [one["attempts"] for one in notifications.listed()] == [1]


@pytest.mark.parametrize("table", ["delivery.outbox", "notifications.attempts"])
def test_a_transaction_that_fails_delivers_nothing(notifications: NotificationFunctions, table: str) -> None:
    """Neither a notification nor an event is left behind, and the repeated ReminderDue delivers once."""
    event = an_event(ReminderDue(reminder=a_reminder(remind_at=NOON)), by="schedule-reminders", time=NOON)
    schema, name = table.split(".")
    notifications.api.database.run(f"ALTER TABLE {table} RENAME TO gone")
    try:
        assert notifications.notify_user.deliver(event).status_code == 500
    finally:
        notifications.api.database.run(f"ALTER TABLE {schema}.gone RENAME TO {name}")
    assert (notifications.listed(), notifications.emitted()) == ([], [])
    assert notifications.notify_user.deliver(event).status_code == 202
    assert notifications.emitted() == IN_APP_EVENTS


def test_the_events_commit_with_the_delivery(notifications: NotificationFunctions) -> None:
    """An instance that dies before it publishes has delivered, and each event waits in the outbox for the relay."""
    notifications.api.broker.open.clear()
    notifications.deliver_due()
    assert [one["status"] for one in notifications.listed()] == ["delivered"]
    rows = notifications.api.database.rows("SELECT event ->> 'type' AS type FROM delivery.outbox ORDER BY 1")
    assert [row["type"].removeprefix("todo.Notification") for row in rows] == ["Delivered", "Requested", "Sent"]
    notifications.api.broker.open.set()
    assert notifications.emitted() == IN_APP_EVENTS


def test_quiet_hours_defer_the_delivery(notifications: NotificationFunctions) -> None:
    """The first request starts no function. A second one waits for the end and starts send-notification."""
    notifications.clock.now = NOON
    notifications.prefer(quietHours=QUIET)
    notifications.deliver_due()
    assert notifications.emitted() == ["Requested inApp"]
    [deferred] = notifications.api.scheduled
    assert list_subscribers(deferred) == ["send-notification", "append-audit"]
    [shown] = notifications.listed()
    assert (shown["status"], shown["attempts"]) == ("requested", 0)
    assert shown["reason"] == "waits for the end of the quiet hours"
    assert notifications.run_next_attempt()
    assert notifications.emitted().count("Delivered inApp") == 1
    assert notifications.listed()[0]["deliveredAt"] == "2026-03-02T15:00:00Z"


def test_an_ended_task_is_withdrawn_in_the_same_transaction(notifications: NotificationFunctions) -> None:
    """A completion that arrives before the ReminderDue leaves a withdrawn notification without an attempt."""
    completed = TaskCompleted(task=a_task(status="completed", version=2))
    notifications.deliver_ending(completed, time=notifications.clock.now + timedelta(seconds=1))
    notifications.deliver_due()
    assert notifications.emitted() == ["Requested inApp"]
    assert [(one["status"], one["attempts"]) for one in notifications.listed()] == [("withdrawn", 0)]


def test_a_reminder_that_cannot_be_in_time_fails_once_with_mode_first(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The app is the first channel. The reason applies to the webhook too, so one failure settles the reminder."""
    notifications.clock.now = NOON
    notifications.prefer(start_receiver(), mode="first", quietHours=QUIET)
    notifications.deliver_due(until=NOON + timedelta(minutes=10))
    assert notifications.emitted() == ["Failed inApp", "Requested inApp"]
    assert [one.siblings for one in notifications.failures()] == [1]


def test_the_app_is_a_fallback(notifications: NotificationFunctions, start_receiver: StartReceiver) -> None:
    """If the webhook fails for good, send-notification handles the request for the app."""
    receiver = start_receiver(410)
    notifications.api.call(
        "PUT",
        f"{LIST}/preferences",
        {"channels": [{"type": "webhook", "url": receiver.url}, {"type": "inApp"}], "mode": "first"},
    )
    notifications.remind()
    fallback = notifications.requested[-1]
    assert list_subscribers(fallback) == ["send-notification", "append-audit"]
    notifications.send_requested()
    assert [event for event in notifications.emitted() if event.endswith("inApp")] == IN_APP_EVENTS


def test_a_request_of_an_older_revision_is_delivered(notifications: NotificationFunctions) -> None:
    """Older revisions store the notification as requested, and their event has no flag: send-notification delivers."""
    stored = store_as_older_revision(notifications.api)
    event = an_event(NotificationRequested(notification=stored), by="notify-user")
    assert list_subscribers(event) == ["send-notification", "append-audit"]
    for _ in range(2):
        assert notifications.send_notification.deliver(event).status_code == 202
    assert [(one["status"], one["attempts"]) for one in notifications.listed()] == [("delivered", 1)]
    assert notifications.emitted() == ["Delivered inApp", "Sent inApp"]


def store_as_older_revision(api: FunctionUnderTest) -> Notification:
    """Store a notification in the app that waits for its first attempt, and return it."""
    response = api.call("POST", "/notifications/send", {"title": "Hello"})
    [item] = response.get_json()["items"]
    api.instance.publisher.wait()
    api.broker.received.clear()
    api.database.run("DELETE FROM notifications.attempts")
    api.database.run(
        "UPDATE notifications.notifications SET status = 'requested', attempts = 0, sent_at = NULL, delivered_at = NULL"
    )
    fields = {"status": "requested", "attempts": 0, "sent_at": None, "delivered_at": None}
    return Notification.model_validate(item).model_copy(update=fields)
