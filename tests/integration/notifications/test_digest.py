"""A digest: what the quiet hours deferred, as one."""

from datetime import timedelta
from uuid import UUID

from events.task import TaskCompleted
from functions.notifications.retry_schedule import MAX_ATTEMPTS, MAX_ATTEMPTS_BEFORE_FALLBACK
from tests.integration.notifications.notification_functions import NotificationFunctions, StartReceiver
from tests.integration.notifications.webhook_receiver import DuringRequests, WebhookReceiver
from tests.samples import NOON, a_task

QUIET = {"timeZone": "UTC", "windows": [{"start": "11:00", "end": "15:00"}]}


def at_the_last_second(notifications: NotificationFunctions, title: str) -> None:
    """Send a message in the last second of the quiet, by the clock of a slow instance."""
    now, notifications.clock.now = notifications.clock.now, NOON.replace(hour=14, minute=59, second=59)
    message(notifications, title)
    notifications.clock.now = now


def prefer_a_digest(notifications: NotificationFunctions, *receivers: WebhookReceiver, app: bool = False) -> None:
    """Let it be quiet now, and what that defers come as one."""
    notifications.clock.now = NOON
    notifications.prefer(*receivers, app=app, quietHours=QUIET, digest=True)


def message(notifications: NotificationFunctions, title: str) -> None:
    """Send a message, and have it deferred."""
    assert notifications.api.call("POST", "/notifications/send", {"title": title}).status_code == 202
    notifications.send_requested()


def states(notifications: NotificationFunctions) -> set[tuple[str, str]]:
    """Return what became of each, by kind."""
    return {(one["kind"], one["status"]) for one in notifications.listed()}


def test_what_was_deferred_comes_as_one(notifications: NotificationFunctions, start_receiver: StartReceiver) -> None:
    """Three messages are one post at the end of the quiet; each is delivered with it, and says so once."""
    receiver = start_receiver()
    prefer_a_digest(notifications, receiver)
    for title in ("One", "Two", "Three"):
        message(notifications, title)
        notifications.clock.forward(seconds=1)
    assert len(notifications.api.scheduled) == 1
    receiver.accept_unsigned()
    notifications.run_all_attempts()
    assert len(receiver.bodies) == 1
    assert b'"title": "3 notifications", "body": "One\\nTwo\\nThree"' in receiver.bodies[0]
    assert states(notifications) == {("digest", "delivered"), ("message", "delivered")}
    assert notifications.emitted().count("Delivered webhook") == 4


def test_what_is_over_is_not_in_the_digest(notifications: NotificationFunctions, start_receiver: StartReceiver) -> None:
    """A reminder of a task that was completed meanwhile is left out; alone, there is no digest at all."""
    receiver = start_receiver()
    receiver.accept_unsigned()
    prefer_a_digest(notifications, receiver)
    notifications.remind()
    message(notifications, "Still so")
    notifications.clock.forward(minutes=1)
    notifications.deliver_ending(TaskCompleted(task=a_task(status="completed", version=2)))
    notifications.run_all_attempts()
    assert states(notifications) == {("digest", "delivered"), ("message", "delivered"), ("reminder", "withdrawn")}
    assert b"Still so" in receiver.bodies[0]
    assert b"Water the plants" not in receiver.bodies[0]


def test_what_was_planned_before_its_task_ended_is_not_in_the_digest(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The task was done before the reminder fell due, which is heard of in the night only."""
    receiver = start_receiver()
    prefer_a_digest(notifications, receiver)
    notifications.deliver_due(as_of=NOON - timedelta(hours=1))
    notifications.send_requested()
    done = TaskCompleted(task=a_task(status="completed", version=2))
    notifications.deliver_ending(done, time=NOON - timedelta(minutes=30))
    notifications.run_all_attempts()
    assert (receiver.ids, states(notifications)) == ([], {("digest", "withdrawn"), ("reminder", "withdrawn")})


def test_what_is_over_is_not_sent_in_place_of_a_failed_digest(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The channel that is tried next looks as closely."""
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


def test_a_digest_of_what_is_all_over_is_not_sent(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """Nothing is left to tell."""
    receiver = start_receiver()
    prefer_a_digest(notifications, receiver)
    notifications.remind()
    notifications.clock.forward(minutes=1)
    notifications.deliver_ending(TaskCompleted(task=a_task(status="completed", version=2)))
    notifications.run_all_attempts()
    assert (receiver.ids, states(notifications)) == ([], {("digest", "withdrawn"), ("reminder", "withdrawn")})


def test_what_was_muted_meanwhile_is_not_in_the_digest(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """It fails, so that its reminder is settled, and says why."""
    receiver = start_receiver()
    receiver.accept_unsigned()
    prefer_a_digest(notifications, receiver)
    notifications.remind()
    message(notifications, "Still so")
    notifications.prefer(receiver, app=False, quietHours=QUIET, digest=True, muted=["reminder"])
    notifications.run_all_attempts()
    assert states(notifications) == {("digest", "delivered"), ("message", "delivered"), ("reminder", "failed")}
    assert [one.reason for one in notifications.failures()] == ["reminders are muted in the preferences"]
    assert b"Water the plants" not in receiver.bodies[0]


def test_a_digest_of_what_is_all_muted_is_not_sent(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The digest itself is nobody's concern; what it gathered says that it failed."""
    receiver = start_receiver()
    prefer_a_digest(notifications, receiver)
    notifications.remind()
    notifications.prefer(receiver, app=False, muted=["reminder"])
    notifications.run_all_attempts()
    assert (receiver.ids, states(notifications)) == ([], {("digest", "withdrawn"), ("reminder", "failed")})
    assert notifications.emitted().count("Failed webhook") == 1


def test_what_may_be_only_so_late_comes_by_itself(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """It does not wait for a digest that may be tried again for hours; the others do."""
    receiver = start_receiver()
    receiver.accept_unsigned()
    prefer_a_digest(notifications, receiver)
    notifications.deliver_due(until=NOON.replace(hour=16))
    notifications.send_requested()
    message(notifications, "One")
    message(notifications, "Two")
    notifications.run_all_attempts()
    assert sorted(b"Water the plants" in body for body in receiver.bodies) == [False, True]
    assert states(notifications) == {("digest", "delivered"), ("message", "delivered"), ("reminder", "delivered")}


def test_what_a_failed_digest_gathered_fails_with_it(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """After the last try each says so, so that its reminder is settled."""
    prefer_a_digest(notifications, start_receiver(*[410] * MAX_ATTEMPTS))
    notifications.remind()
    notifications.remind(id=UUID(int=1))
    notifications.run_all_attempts()
    assert states(notifications) == {("digest", "failed"), ("reminder", "failed")}
    assert notifications.emitted().count("Failed webhook") == 3


def test_the_apps_own_list_has_each(notifications: NotificationFunctions) -> None:
    """A list needs no digest."""
    prefer_a_digest(notifications, app=True)
    message(notifications, "One")
    message(notifications, "Two")
    notifications.run_all_attempts()
    assert states(notifications) == {("message", "delivered")}


def test_what_joins_a_digest_while_it_is_sent_comes_by_itself(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The digest did not tell it, so it is not delivered with it; it comes right after."""
    receiver = start_receiver()
    receiver.accept_unsigned()
    prefer_a_digest(notifications, receiver)
    message(notifications, "One")
    receiver.answers = DuringRequests(lambda: at_the_last_second(notifications, "Two"))
    notifications.run_all_attempts()
    notifications.send_requested()
    assert [(b"One" in body, b"Two" in body) for body in receiver.bodies] == [(True, False), (False, True)]
    assert states(notifications) == {("digest", "delivered"), ("message", "delivered")}


def test_what_is_read_while_its_digest_is_sent_stays_read(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """Its user may have seen it in the list."""
    receiver = start_receiver()
    receiver.accept_unsigned()
    prefer_a_digest(notifications, receiver)
    message(notifications, "One")
    (one,) = [each for each in notifications.listed() if each["kind"] == "message"]
    receiver.answers = DuringRequests(lambda: notifications.api.call("POST", f"/notifications/alice/{one['id']}/read"))
    notifications.run_all_attempts()
    (one,) = [each for each in notifications.listed() if each["kind"] == "message"]
    assert (one["status"], bool(one.get("readAt"))) == ("delivered", True)


def test_what_comes_after_its_digest_was_sent_comes_by_itself(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """It was looked at before the end of the quiet, and kept after it: it does not wait for ever."""
    receiver = start_receiver()
    receiver.accept_unsigned()
    prefer_a_digest(notifications, receiver)
    message(notifications, "One")
    notifications.run_all_attempts()
    notifications.clock.now = NOON.replace(hour=14, minute=59, second=59)
    message(notifications, "Two")
    notifications.run_all_attempts()
    assert [(b"One" in body, b"Two" in body) for body in receiver.bodies] == [(True, False), (False, True)]
    assert states(notifications) == {("digest", "delivered"), ("message", "delivered")}


def test_a_digest_that_fails_is_followed_by_the_next_channel(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """After as few tries as anything else that another channel stands ready for; each member then comes there."""
    first, second = start_receiver(*[503] * MAX_ATTEMPTS), start_receiver()
    second.accept_unsigned()
    notifications.clock.now = NOON
    notifications.prefer(first, second, app=False, quietHours=QUIET, digest=True, mode="first")
    message(notifications, "One")
    message(notifications, "Two")
    notifications.run_all_attempts()
    notifications.send_requested()
    assert (len(first.ids), len(second.ids)) == (MAX_ATTEMPTS_BEFORE_FALLBACK, 2)
    assert states(notifications) == {("digest", "failed"), ("message", "failed"), ("message", "delivered")}
