"""A digest: what the quiet hours deferred, as one."""

from datetime import timedelta
from uuid import UUID

from events.task import TaskCompleted
from functions.notifications.retries import ATTEMPTS, ATTEMPTS_BEFORE_ANOTHER
from tests.integration.notifications.channels import Channels, Listen
from tests.integration.notifications.receiver import Meanwhile, Receiver
from tests.samples import NOON, a_task

QUIET = {"timeZone": "UTC", "windows": [{"start": "11:00", "end": "15:00"}]}


def at_the_last_second(channels: Channels, title: str) -> None:
    """Send a message in the last second of the quiet, by the clock of a slow instance."""
    now, channels.clock.now = channels.clock.now, NOON.replace(hour=14, minute=59, second=59)
    message(channels, title)
    channels.clock.now = now


def prefer_a_digest(channels: Channels, *receivers: Receiver, app: bool = False) -> None:
    """Let it be quiet now, and what that defers come as one."""
    channels.clock.now = NOON
    channels.subscribe(*receivers, app=app, quietHours=QUIET, digest=True)


def message(channels: Channels, title: str) -> None:
    """Send a message, and have it deferred."""
    assert channels.api.call("POST", "/notifications/send", {"title": title}).status_code == 202
    channels.hand_on()


def states(channels: Channels) -> set[tuple[str, str]]:
    """Return what became of each, by kind."""
    return {(one["kind"], one["status"]) for one in channels.shown()}


def test_what_was_deferred_comes_as_one(channels: Channels, listen: Listen) -> None:
    """Three messages are one post at the end of the quiet; each is delivered with it, and says so once."""
    receiver = listen()
    prefer_a_digest(channels, receiver)
    for title in ("One", "Two", "Three"):
        message(channels, title)
        channels.clock.forward(seconds=1)
    assert len(channels.api.scheduled) == 1
    receiver.take_unsigned()
    channels.release()
    assert len(receiver.bodies) == 1
    assert b'"title": "3 notifications", "body": "One\\nTwo\\nThree"' in receiver.bodies[0]
    assert states(channels) == {("digest", "delivered"), ("message", "delivered")}
    assert channels.emitted().count("Delivered webhook") == 4


def test_what_is_over_is_not_in_the_digest(channels: Channels, listen: Listen) -> None:
    """A reminder of a task that was completed meanwhile is left out; alone, there is no digest at all."""
    receiver = listen()
    receiver.take_unsigned()
    prefer_a_digest(channels, receiver)
    channels.remind()
    message(channels, "Still so")
    channels.clock.forward(minutes=1)
    channels.deliver(TaskCompleted(task=a_task(status="completed", version=2)))
    channels.release()
    assert states(channels) == {("digest", "delivered"), ("message", "delivered"), ("reminder", "withdrawn")}
    assert b"Still so" in receiver.bodies[0]
    assert b"Water the plants" not in receiver.bodies[0]


def test_what_was_planned_before_its_task_ended_is_not_in_the_digest(channels: Channels, listen: Listen) -> None:
    """The task was done before the reminder fell due, which is heard of in the night only."""
    receiver = listen()
    prefer_a_digest(channels, receiver)
    channels.fall_due(as_of=NOON - timedelta(hours=1))
    channels.hand_on()
    done = TaskCompleted(task=a_task(status="completed", version=2))
    channels.deliver(done, time=NOON - timedelta(minutes=30))
    channels.release()
    assert (receiver.ids, states(channels)) == ([], {("digest", "withdrawn"), ("reminder", "withdrawn")})


def test_what_is_over_is_not_sent_in_place_of_a_failed_digest(channels: Channels, listen: Listen) -> None:
    """The channel that is tried next looks as closely."""
    first, second = listen(410), listen()
    channels.clock.now = NOON
    channels.subscribe(first, second, app=False, quietHours=QUIET, digest=True, mode="first")
    channels.fall_due(as_of=NOON - timedelta(hours=1))
    channels.hand_on()
    channels.release()
    done = TaskCompleted(task=a_task(status="completed", version=2))
    channels.deliver(done, time=NOON - timedelta(minutes=30))
    channels.hand_on()
    assert (len(first.ids), second.ids) == (1, [])


def test_a_digest_of_what_is_all_over_is_not_sent(channels: Channels, listen: Listen) -> None:
    """Nothing is left to tell."""
    receiver = listen()
    prefer_a_digest(channels, receiver)
    channels.remind()
    channels.clock.forward(minutes=1)
    channels.deliver(TaskCompleted(task=a_task(status="completed", version=2)))
    channels.release()
    assert (receiver.ids, states(channels)) == ([], {("digest", "withdrawn"), ("reminder", "withdrawn")})


def test_what_was_muted_meanwhile_is_not_in_the_digest(channels: Channels, listen: Listen) -> None:
    """It fails, so that its reminder is settled, and says why."""
    receiver = listen()
    receiver.take_unsigned()
    prefer_a_digest(channels, receiver)
    channels.remind()
    message(channels, "Still so")
    channels.subscribe(receiver, app=False, quietHours=QUIET, digest=True, muted=["reminder"])
    channels.release()
    assert states(channels) == {("digest", "delivered"), ("message", "delivered"), ("reminder", "failed")}
    assert [one.reason for one in channels.failures()] == ["reminders are muted in the preferences"]
    assert b"Water the plants" not in receiver.bodies[0]


def test_a_digest_of_what_is_all_muted_is_not_sent(channels: Channels, listen: Listen) -> None:
    """The digest itself is nobody's concern; what it gathered says that it failed."""
    receiver = listen()
    prefer_a_digest(channels, receiver)
    channels.remind()
    channels.subscribe(receiver, app=False, muted=["reminder"])
    channels.release()
    assert (receiver.ids, states(channels)) == ([], {("digest", "withdrawn"), ("reminder", "failed")})
    assert channels.emitted().count("Failed webhook") == 1


def test_what_may_be_only_so_late_comes_by_itself(channels: Channels, listen: Listen) -> None:
    """It does not wait for a digest that may be tried again for hours; the others do."""
    receiver = listen()
    receiver.take_unsigned()
    prefer_a_digest(channels, receiver)
    channels.fall_due(until=NOON.replace(hour=16))
    channels.hand_on()
    message(channels, "One")
    message(channels, "Two")
    channels.release()
    assert sorted(b"Water the plants" in body for body in receiver.bodies) == [False, True]
    assert states(channels) == {("digest", "delivered"), ("message", "delivered"), ("reminder", "delivered")}


def test_what_a_failed_digest_gathered_fails_with_it(channels: Channels, listen: Listen) -> None:
    """After the last try each says so, so that its reminder is settled."""
    prefer_a_digest(channels, listen(*[410] * ATTEMPTS))
    channels.remind()
    channels.remind(id=UUID(int=1))
    channels.release()
    assert states(channels) == {("digest", "failed"), ("reminder", "failed")}
    assert channels.emitted().count("Failed webhook") == 3


def test_the_apps_own_list_has_each(channels: Channels) -> None:
    """A list needs no digest."""
    prefer_a_digest(channels, app=True)
    message(channels, "One")
    message(channels, "Two")
    channels.release()
    assert states(channels) == {("message", "delivered")}


def test_what_joins_a_digest_while_it_is_sent_comes_by_itself(channels: Channels, listen: Listen) -> None:
    """The digest did not tell it, so it is not delivered with it; it comes right after."""
    receiver = listen()
    receiver.take_unsigned()
    prefer_a_digest(channels, receiver)
    message(channels, "One")
    receiver.answers = Meanwhile(lambda: at_the_last_second(channels, "Two"))
    channels.release()
    channels.hand_on()
    assert [(b"One" in body, b"Two" in body) for body in receiver.bodies] == [(True, False), (False, True)]
    assert states(channels) == {("digest", "delivered"), ("message", "delivered")}


def test_what_is_read_while_its_digest_is_sent_stays_read(channels: Channels, listen: Listen) -> None:
    """Its user may have seen it in the list."""
    receiver = listen()
    receiver.take_unsigned()
    prefer_a_digest(channels, receiver)
    message(channels, "One")
    (one,) = [each for each in channels.shown() if each["kind"] == "message"]
    receiver.answers = Meanwhile(lambda: channels.api.call("POST", f"/notifications/alice/{one['id']}/read"))
    channels.release()
    (one,) = [each for each in channels.shown() if each["kind"] == "message"]
    assert (one["status"], bool(one.get("readAt"))) == ("delivered", True)


def test_what_comes_after_its_digest_was_sent_comes_by_itself(channels: Channels, listen: Listen) -> None:
    """It was looked at before the end of the quiet, and kept after it: it does not wait for ever."""
    receiver = listen()
    receiver.take_unsigned()
    prefer_a_digest(channels, receiver)
    message(channels, "One")
    channels.release()
    channels.clock.now = NOON.replace(hour=14, minute=59, second=59)
    message(channels, "Two")
    channels.release()
    assert [(b"One" in body, b"Two" in body) for body in receiver.bodies] == [(True, False), (False, True)]
    assert states(channels) == {("digest", "delivered"), ("message", "delivered")}


def test_a_digest_that_fails_is_followed_by_the_next_channel(channels: Channels, listen: Listen) -> None:
    """After as few tries as anything else that another channel stands ready for; each member then comes there."""
    first, second = listen(*[503] * ATTEMPTS), listen()
    second.take_unsigned()
    channels.clock.now = NOON
    channels.subscribe(first, second, app=False, quietHours=QUIET, digest=True, mode="first")
    message(channels, "One")
    message(channels, "Two")
    channels.release()
    channels.hand_on()
    assert (len(first.ids), len(second.ids)) == (ATTEMPTS_BEFORE_ANOTHER, 2)
    assert states(channels) == {("digest", "failed"), ("message", "failed"), ("message", "delivered")}
