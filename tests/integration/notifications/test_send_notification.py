"""From a reminder that falls due to a delivered notification."""

from datetime import timedelta

import pytest

from functions.notifications.retry_schedule import FIRST_DELAY, LONGEST_DELAY, MAX_ATTEMPTS
from tests.integration.notifications.notification_functions import (
    LIST,
    NotificationFunctions,
    StartReceiver,
)
from tests.samples import an_event


def test_a_reminder_is_delivered_in_the_app(notifications: NotificationFunctions) -> None:
    """Without preferences the reminder is in the list, with its lateness."""
    notifications.remind()
    assert notifications.emitted() == ["Delivered inApp", "Requested inApp", "Sent inApp"]
    [shown] = notifications.api.call("GET", LIST).get_json()["items"]
    assert (shown["status"], shown["title"], shown["lateBy"]) == ("delivered", "Water the plants", "PT2S")


def test_repeated_events_change_nothing(notifications: NotificationFunctions) -> None:
    """The same ReminderDue and another NotificationRequested for the same attempt are ignored."""
    notifications.remind()
    for event in notifications.requested:
        again = an_event(event.data, by="notify-user")  # another event about the same notification
        assert notifications.send_notification.deliver(again).status_code == 202
    assert notifications.emitted() == ["Delivered inApp", "Requested inApp", "Sent inApp"]


def test_each_channel_has_its_own_notification(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The webhook's id is the id of its notification."""
    receiver = start_receiver()
    notifications.prefer(receiver)
    notifications.remind()
    [sent] = receiver.accepted
    assert (sent["type"], sent["data"]["title"], receiver.ids) == (
        "notification.reminder",
        "Water the plants",
        [sent["data"]["id"]],
    )
    shown = notifications.api.call("GET", LIST).get_json()["items"]
    assert {(one["channel"], one["status"], one["siblings"]) for one in shown} == {
        ("inApp", "delivered", 2),
        ("webhook", "delivered", 2),
    }


def test_a_failing_webhook_is_tried_until_it_succeeds(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """Five failures delay only the webhook; each attempt has the same id and body."""
    receiver = start_receiver(500, 500, 500, 500, 500)
    notifications.prefer(receiver)
    notifications.remind()
    assert "Delivered inApp" in notifications.emitted()
    tries = 1
    while notifications.run_next_attempt():
        tries += 1
    assert (tries, len(receiver.accepted), len(set(receiver.ids)), len(set(receiver.bodies))) == (6, 1, 1, 1)
    assert notifications.emitted().count("Delivered webhook") == 1


def test_a_webhook_that_always_fails_is_given_up(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """After the last attempt the notification fails with the reason."""
    notifications.prefer(start_receiver(*[503] * (MAX_ATTEMPTS + 5)))
    notifications.remind()
    while notifications.run_next_attempt():
        pass
    assert notifications.emitted().count("Failed webhook") == 1
    [failed] = notifications.api.call("GET", f"{LIST}?status=failed").get_json()["items"]
    assert (failed["attempts"], failed["reason"]) == (MAX_ATTEMPTS, "answered 503")


def test_delays_between_attempts_grow(notifications: NotificationFunctions, start_receiver: StartReceiver) -> None:
    """Each attempt waits in the outbox, twice as long as the one before and up to a fifth less."""
    notifications.prefer(start_receiver(*[503] * MAX_ATTEMPTS), app=False)
    notifications.remind()
    began, waits = notifications.clock.now, list[timedelta]()
    while waiting := notifications.api.scheduled:
        [row] = notifications.api.database.rows("SELECT due_at FROM delivery.outbox WHERE lease_until IS NULL")
        assert row["due_at"] == waiting[0].attributes.time
        waits.append(row["due_at"] - notifications.clock.now)
        assert notifications.run_next_attempt()
    full = [min(FIRST_DELAY * 2**number, LONGEST_DELAY) for number in range(MAX_ATTEMPTS - 1)]
    assert all(0.8 * most <= wait <= most for wait, most in zip(waits, full, strict=True))
    assert len({wait / most for wait, most in zip(waits, full, strict=True)}) > 1
    assert notifications.clock.now - began > timedelta(hours=12)


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_final_status_ends_the_attempts(
    notifications: NotificationFunctions, start_receiver: StartReceiver, status: int
) -> None:
    """No other attempt is planned."""
    notifications.prefer(start_receiver(status))
    notifications.remind()
    assert "Failed webhook" in notifications.emitted()
    assert notifications.api.scheduled == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(
    notifications: NotificationFunctions, start_receiver: StartReceiver, status: int
) -> None:
    """The other address was not checked, so it gets no request."""
    elsewhere = start_receiver()
    notifications.prefer(start_receiver(status, Location=elsewhere.url))
    notifications.remind()
    assert elsewhere.ids == []
    [failed] = notifications.api.call("GET", f"{LIST}?status=failed").get_json()["items"]
    assert failed["reason"] == f"answered {status}"


def test_a_failed_connection_is_tried_again(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """Another attempt is planned."""
    receiver = start_receiver()
    receiver.close()
    notifications.prefer(receiver)
    notifications.remind()
    assert len(notifications.api.scheduled) == 1


def test_retry_after_is_respected(notifications: NotificationFunctions, start_receiver: StartReceiver) -> None:
    """The next attempt is made when the receiver asked for it."""
    notifications.prefer(start_receiver(503, Retry_After="600"))
    notifications.remind()
    [again] = notifications.api.scheduled
    assert again.attributes.time == notifications.clock.now + timedelta(minutes=10)


def test_a_repeated_attempt_plans_no_second_series_of_attempts(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The first request, under another id, is ignored while the second attempt waits."""
    receiver = start_receiver(500, 500)
    notifications.prefer(receiver)
    notifications.remind()
    [first] = [event for event in notifications.requested if event.data.notification.channel == "webhook"]
    again = an_event(first.data, by="notify-user")
    assert notifications.send_notification.deliver(again).status_code == 202
    assert (len(receiver.ids), len(notifications.api.scheduled)) == (1, 1)


def test_a_failed_commit_sends_the_notification_again(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The receiver gets the same id and body twice, and the events are emitted once."""
    receiver = start_receiver()
    notifications.prefer(receiver)
    notifications.deliver_due()
    [requested] = [event for event in notifications.requested if event.data.notification.channel == "webhook"]
    notifications.api.database.run(
        "ALTER TABLE delivery.outbox RENAME TO gone"
    )  # events cannot be stored, so the commit fails
    try:
        assert notifications.send_notification.deliver(requested).status_code == 500
    finally:
        notifications.api.database.run("ALTER TABLE delivery.gone RENAME TO outbox")
    assert notifications.send_notification.deliver(requested).status_code == 202
    assert notifications.send_notification.deliver(requested).status_code == 202
    assert (len(receiver.ids), len(set(receiver.ids)), len(set(receiver.bodies))) == (2, 1, 1)
    webhook = [event for event in notifications.emitted() if event.endswith("webhook")]
    assert webhook == ["Delivered webhook", "Requested webhook", "Sent webhook"]
