"""Mode `first`, which tries channels in their order until one works, and muted kinds."""

from datetime import timedelta
from typing import Any

import pytest

from functions.notifications.retry_schedule import MAX_ATTEMPTS_BEFORE_FALLBACK
from tests.integration.notifications.notification_functions import PREFERENCES, NotificationFunctions, StartReceiver
from tests.samples import NOON


def statuses(notifications: NotificationFunctions) -> list[tuple[str, str]]:
    """Return the channel and the status of each notification, sorted."""
    return sorted((one["channel"], one["status"]) for one in notifications.listed())


def send_all_requested(notifications: NotificationFunctions) -> None:
    """Deliver the requests and those that follow from them, without moving the clock."""
    for _ in range(4):
        notifications.send_requested()


def test_the_first_channel_that_works_is_enough(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The second channel is not used."""
    first, second = start_receiver(), start_receiver()
    notifications.prefer(first, second, app=False, mode="first")
    notifications.remind()
    send_all_requested(notifications)
    assert (len(first.accepted), second.ids) == (1, [])


def test_a_final_failure_is_followed_by_the_next_channel_at_once(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """If the second channel fails too, the third is used; each is used once."""
    notifications.prefer(start_receiver(410), start_receiver(404), third := start_receiver(), app=False, mode="first")
    notifications.remind()
    send_all_requested(notifications)
    assert len(third.accepted) == 1
    assert statuses(notifications) == [("webhook", "delivered"), ("webhook", "failed"), ("webhook", "failed")]


def test_a_temporary_failure_is_retried_for_less_than_a_minute(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """After a few quick attempts the next channel is used."""
    first, second = start_receiver(*[503] * 10), start_receiver()
    notifications.prefer(first, second, app=False, mode="first")
    notifications.remind()
    began = notifications.clock.now
    while notifications.run_next_attempt():
        notifications.send_requested()
    send_all_requested(notifications)
    assert (len(first.ids), len(second.accepted)) == (MAX_ATTEMPTS_BEFORE_FALLBACK, 1)
    assert notifications.clock.now - began < timedelta(minutes=1)


def test_a_long_retry_after_is_followed_by_the_next_channel(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """A channel that asks for ten minutes is not tried again."""
    notifications.prefer(start_receiver(503, Retry_After="600"), second := start_receiver(), app=False, mode="first")
    notifications.remind()
    send_all_requested(notifications)
    assert len(second.accepted) == 1


def test_failures_tell_how_many_channels_there_were(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """Reminders use the number to recognize the last failure."""
    first, second = start_receiver(410), start_receiver(410)
    notifications.prefer(first, second, app=False, mode="first")
    notifications.remind()
    send_all_requested(notifications)
    assert [one.siblings for one in notifications.failures()] == [2, 2]


def test_a_muted_kind_is_not_sent(notifications: NotificationFunctions) -> None:
    """Muting reminders does not mute messages, and the other way round."""
    muted: dict[str, Any] = {"channels": [{"type": "inApp"}], "muted": ["reminder"]}
    assert notifications.api.call("PUT", PREFERENCES, muted).get_json()["muted"] == ["reminder"]
    notifications.remind()
    assert notifications.api.call("POST", "/notifications/send", {"title": "Hello"}).status_code == 202
    assert [one["kind"] for one in notifications.listed()] == ["message"]
    notifications.prefer(muted=["message"])
    assert notifications.api.call("POST", "/notifications/send", {"title": "Hello"}).get_json()["items"] == []


@pytest.mark.parametrize(
    ("preferred", "reason"),
    [
        ({"muted": ["reminder"]}, "reminders are muted in the preferences"),
        ({"app": False}, "the preferences name no channel"),
    ],
    ids=["muted", "no channel"],
)
def test_a_reminder_without_a_channel_fails(
    notifications: NotificationFunctions, preferred: dict[str, Any], reason: str
) -> None:
    """One failure with the reason replaces all channels, and no row remains."""
    notifications.prefer(**preferred)
    notifications.remind()
    assert notifications.emitted() == ["Failed "]
    [failed] = notifications.failures()
    assert (failed.status, failed.reason, failed.siblings) == ("failed", reason, 1)
    assert notifications.listed() == []


def test_a_waiting_notification_fails_if_its_kind_is_muted(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """Deferred notifications are not sent to a user who mutes their kind before they are due."""
    receiver = start_receiver()
    notifications.clock.now = NOON
    notifications.prefer(receiver, quietHours={"timeZone": "UTC", "windows": [{"start": "11:00", "end": "15:00"}]})
    notifications.remind()
    notifications.prefer(receiver, muted=["reminder"])
    notifications.run_all_attempts()
    assert statuses(notifications) == [("inApp", "failed"), ("webhook", "failed")]
    assert {one.reason for one in notifications.failures()} == {"reminders are muted in the preferences"}
    assert receiver.ids == []


def test_muting_applies_to_the_next_channels_too(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The second channel is not used, and the first failure counts as the last."""
    first, second = start_receiver(503), start_receiver()
    notifications.prefer(first, second, app=False, mode="first")
    notifications.remind()
    notifications.prefer(first, second, app=False, mode="first", muted=["reminder"])
    assert notifications.run_next_attempt()
    send_all_requested(notifications)
    assert (len(first.ids), second.ids) == (1, [])
    assert [one.siblings for one in notifications.failures()] == [1]


def test_an_unknown_mode_or_kind_is_rejected(notifications: NotificationFunctions) -> None:
    """The problem names the field."""
    for wrong in ({"mode": "some"}, {"muted": ["spam"]}):
        answer = notifications.api.call("PUT", PREFERENCES, {"channels": [], **wrong})
        assert (answer.status_code, answer.get_json()["errors"][0]["field"].split(".")[0]) == (400, next(iter(wrong)))
