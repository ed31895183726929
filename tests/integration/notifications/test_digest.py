"""Digests: deferred notifications that are sent as one."""

from datetime import timedelta
from uuid import UUID

from events.task import TaskCompleted
from functions.notifications.retry_schedule import MAX_ATTEMPTS, MAX_ATTEMPTS_BEFORE_FALLBACK
from tests.integration.notifications.notification_functions import NotificationFunctions, StartReceiver
from tests.integration.notifications.webhook_receiver import DuringRequests, WebhookReceiver
from tests.samples import NOON, a_task

QUIET = {"timeZone": "UTC", "windows": [{"start": "11:00", "end": "15:00"}]}


def message_in_the_last_second(notifications: NotificationFunctions, title: str) -> None:
    """Send a message in the last second of the quiet hours, as an instance with a slow clock would."""
    now, notifications.clock.now = notifications.clock.now, NOON.replace(hour=14, minute=59, second=59)
    send_message(notifications, title)
    notifications.clock.now = now


def prefer_digests(notifications: NotificationFunctions, *receivers: WebhookReceiver, app: bool = False) -> None:
    """Set the clock into the quiet hours of alice, who wants digests."""
    notifications.clock.now = NOON
    notifications.prefer(*receivers, app=app, quietHours=QUIET, digest=True)


def send_message(notifications: NotificationFunctions, title: str) -> None:
    """Send a message, which is deferred."""
    assert notifications.api.call("POST", "/notifications/send", {"title": title}).status_code == 202
    notifications.send_requested()


def statuses(notifications: NotificationFunctions) -> set[tuple[str, str]]:
    """Return the kind and the status of each notification."""
    return {(one["kind"], one["status"]) for one in notifications.listed()}


def test_deferred_notifications_are_sent_as_one(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """Three messages are one request at the end of the quiet hours. Each of them is delivered with it."""
    receiver = start_receiver()
    prefer_digests(notifications, receiver)
    for title in ("One", "Two", "Three"):
        send_message(notifications, title)
        notifications.clock.forward(seconds=1)
    assert len(notifications.api.scheduled) == 1
    receiver.accept_unsigned()
    notifications.run_all_attempts()
    assert len(receiver.bodies) == 1
    assert b'"title": "3 notifications", "body": "One\\nTwo\\nThree"' in receiver.bodies[0]
    assert statuses(notifications) == {("digest", "delivered"), ("message", "delivered")}
    assert notifications.emitted().count("Delivered webhook") == 4


def test_a_reminder_that_has_ended_is_not_in_the_digest(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The reminder of a completed task is left out."""
    receiver = start_receiver()
    receiver.accept_unsigned()
    prefer_digests(notifications, receiver)
    notifications.remind()
    send_message(notifications, "Still so")
    notifications.clock.forward(minutes=1)
    notifications.deliver_ending(TaskCompleted(task=a_task(status="completed", version=2)))
    notifications.run_all_attempts()
    assert statuses(notifications) == {("digest", "delivered"), ("message", "delivered"), ("reminder", "withdrawn")}
    assert b"Still so" in receiver.bodies[0]
    assert b"Water the plants" not in receiver.bodies[0]


def test_a_reminder_planned_before_its_task_ended_is_not_in_the_digest(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The completion arrives only after the reminder fell due."""
    receiver = start_receiver()
    prefer_digests(notifications, receiver)
    notifications.deliver_due(as_of=NOON - timedelta(hours=1))
    notifications.send_requested()
    done = TaskCompleted(task=a_task(status="completed", version=2))
    notifications.deliver_ending(done, time=NOON - timedelta(minutes=30))
    notifications.run_all_attempts()
    assert (receiver.ids, statuses(notifications)) == ([], {("digest", "withdrawn"), ("reminder", "withdrawn")})


def test_a_reminder_that_has_ended_is_not_sent_after_a_failed_digest(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The next channel checks too that the task has not ended."""
    first, second = start_receiver(410), start_receiver()
    notifications.clock.now = NOON
    notifications.prefer(first, second, app=False, quietHours=QUIET, digest=True, mode="first")
    notifications.deliver_due(as_of=NOON - timedelta(hours=1))
    notifications.send_requested()
    notifications.run_all_attempts()
    done = TaskCompleted(task=a_task(status="completed", version=2))
    notifications.deliver_ending(done, time=NOON - timedelta(minutes=30))
    notifications.send_requested()
    assert (len(first.ids), second.ids) == (1, [])


def test_a_digest_whose_members_have_all_ended_is_not_sent(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The digest is withdrawn with its members."""
    receiver = start_receiver()
    prefer_digests(notifications, receiver)
    notifications.remind()
    notifications.clock.forward(minutes=1)
    notifications.deliver_ending(TaskCompleted(task=a_task(status="completed", version=2)))
    notifications.run_all_attempts()
    assert (receiver.ids, statuses(notifications)) == ([], {("digest", "withdrawn"), ("reminder", "withdrawn")})


def test_a_reminder_muted_in_the_meantime_is_not_in_the_digest(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """It fails with the reason, so that its reminder is settled."""
    receiver = start_receiver()
    receiver.accept_unsigned()
    prefer_digests(notifications, receiver)
    notifications.remind()
    send_message(notifications, "Still so")
    notifications.prefer(receiver, app=False, quietHours=QUIET, digest=True, muted=["reminder"])
    notifications.run_all_attempts()
    assert statuses(notifications) == {("digest", "delivered"), ("message", "delivered"), ("reminder", "failed")}
    assert [one.reason for one in notifications.failures()] == ["reminders are muted in the preferences"]
    assert b"Water the plants" not in receiver.bodies[0]


def test_a_digest_whose_members_are_all_muted_is_not_sent(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The digest is withdrawn, and its members fail."""
    receiver = start_receiver()
    prefer_digests(notifications, receiver)
    notifications.remind()
    notifications.prefer(receiver, app=False, muted=["reminder"])
    notifications.run_all_attempts()
    assert (receiver.ids, statuses(notifications)) == ([], {("digest", "withdrawn"), ("reminder", "failed")})
    assert notifications.emitted().count("Failed webhook") == 1


def test_a_notification_with_a_latest_moment_is_sent_alone(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """It does not wait for the retries of a digest."""
    receiver = start_receiver()
    receiver.accept_unsigned()
    prefer_digests(notifications, receiver)
    notifications.deliver_due(until=NOON.replace(hour=16))
    notifications.send_requested()
    send_message(notifications, "One")
    send_message(notifications, "Two")
    notifications.run_all_attempts()
    assert sorted(b"Water the plants" in body for body in receiver.bodies) == [False, True]
    assert statuses(notifications) == {("digest", "delivered"), ("message", "delivered"), ("reminder", "delivered")}


def test_the_members_of_a_failed_digest_fail(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """After the last attempt each member emits its failure, so that its reminder is settled."""
    prefer_digests(notifications, start_receiver(*[410] * MAX_ATTEMPTS))
    notifications.remind()
    notifications.remind(id=UUID(int=1))
    notifications.run_all_attempts()
    assert statuses(notifications) == {("digest", "failed"), ("reminder", "failed")}
    assert notifications.emitted().count("Failed webhook") == 3


def test_the_app_lists_each_notification(notifications: NotificationFunctions) -> None:
    """There are no digests in the app."""
    prefer_digests(notifications, app=True)
    send_message(notifications, "One")
    send_message(notifications, "Two")
    notifications.run_all_attempts()
    assert statuses(notifications) == {("message", "delivered")}


def test_a_notification_that_joins_during_the_attempt_is_sent_alone(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The digest did not contain it, so it is sent right afterwards."""
    receiver = start_receiver()
    receiver.accept_unsigned()
    prefer_digests(notifications, receiver)
    send_message(notifications, "One")
    receiver.answers = DuringRequests(lambda: message_in_the_last_second(notifications, "Two"))
    notifications.run_all_attempts()
    notifications.send_requested()
    assert [(b"One" in body, b"Two" in body) for body in receiver.bodies] == [(True, False), (False, True)]
    assert statuses(notifications) == {("digest", "delivered"), ("message", "delivered")}


def test_a_notification_read_during_the_attempt_stays_read(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The user may see it in the list while the digest is sent."""
    receiver = start_receiver()
    receiver.accept_unsigned()
    prefer_digests(notifications, receiver)
    send_message(notifications, "One")
    (one,) = [each for each in notifications.listed() if each["kind"] == "message"]
    receiver.answers = DuringRequests(lambda: notifications.api.call("POST", f"/notifications/alice/{one['id']}/read"))
    notifications.run_all_attempts()
    (one,) = [each for each in notifications.listed() if each["kind"] == "message"]
    assert (one["status"], bool(one.get("readAt"))) == ("delivered", True)


def test_a_notification_that_joins_a_sent_digest_is_sent_alone(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """It was deferred before the end of the quiet hours and stored after it."""
    receiver = start_receiver()
    receiver.accept_unsigned()
    prefer_digests(notifications, receiver)
    send_message(notifications, "One")
    notifications.run_all_attempts()
    notifications.clock.now = NOON.replace(hour=14, minute=59, second=59)
    send_message(notifications, "Two")
    notifications.run_all_attempts()
    assert [(b"One" in body, b"Two" in body) for body in receiver.bodies] == [(True, False), (False, True)]
    assert statuses(notifications) == {("digest", "delivered"), ("message", "delivered")}


def test_a_failed_digest_is_followed_by_the_next_channel(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """It gets as few attempts as others with a next channel; each member is then sent through that channel."""
    first, second = start_receiver(*[503] * MAX_ATTEMPTS), start_receiver()
    second.accept_unsigned()
    notifications.clock.now = NOON
    notifications.prefer(first, second, app=False, quietHours=QUIET, digest=True, mode="first")
    send_message(notifications, "One")
    send_message(notifications, "Two")
    notifications.run_all_attempts()
    notifications.send_requested()
    assert (len(first.ids), len(second.ids)) == (MAX_ATTEMPTS_BEFORE_FALLBACK, 2)
    assert statuses(notifications) == {("digest", "failed"), ("message", "failed"), ("message", "delivered")}
