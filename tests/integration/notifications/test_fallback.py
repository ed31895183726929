"""The first channel that works, and kinds that are not wanted."""

from datetime import timedelta
from typing import Any

import pytest

from functions.notifications.retry_schedule import MAX_ATTEMPTS_BEFORE_FALLBACK
from tests.integration.notifications.notification_functions import PREFERENCES, NotificationFunctions, StartReceiver
from tests.samples import NOON


def states(notifications: NotificationFunctions) -> list[tuple[str, str]]:
    """Return what became of each notification, by channel."""
    return sorted((one["channel"], one["status"]) for one in notifications.listed())


def send_all_requested(notifications: NotificationFunctions) -> None:
    """Hand on what was requested, and what that asks for, until nothing more is; time stands still."""
    for _ in range(4):
        notifications.send_requested()


def test_the_first_that_works_is_enough(notifications: NotificationFunctions, start_receiver: StartReceiver) -> None:
    """The second channel hears nothing while the first one works."""
    first, second = start_receiver(), start_receiver()
    notifications.prefer(first, second, app=False, mode="first")
    notifications.remind()
    send_all_requested(notifications)
    assert (len(first.accepted), second.ids) == (1, [])


def test_a_channel_that_refuses_is_followed_by_the_next_at_once(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """Then the third, where the second refuses as well; the cause is one, so each is told once."""
    notifications.prefer(start_receiver(410), start_receiver(404), third := start_receiver(), app=False, mode="first")
    notifications.remind()
    send_all_requested(notifications)
    assert len(third.accepted) == 1
    assert states(notifications) == [("webhook", "delivered"), ("webhook", "failed"), ("webhook", "failed")]


def test_a_channel_that_may_recover_gets_less_than_a_minute(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """A few quick tries, then the next one: a fallback that comes a day later is none."""
    first, second = start_receiver(*[503] * 10), start_receiver()
    notifications.prefer(first, second, app=False, mode="first")
    notifications.remind()
    began = notifications.clock.now
    while notifications.run_next_attempt():
        notifications.send_requested()
    send_all_requested(notifications)
    assert (len(first.ids), len(second.accepted)) == (MAX_ATTEMPTS_BEFORE_FALLBACK, 1)
    assert notifications.clock.now - began < timedelta(minutes=1)


def test_a_channel_that_asks_for_long_is_not_waited_for(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """Where it wants to be left alone for ten minutes, the next one is asked."""
    notifications.prefer(start_receiver(503, Retry_After="600"), second := start_receiver(), app=False, mode="first")
    notifications.remind()
    send_all_requested(notifications)
    assert len(second.accepted) == 1


def test_a_failure_of_all_of_them_says_how_many_there_were(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """Whoever waits for the last one to fail, as reminders do, knows which that is; also where one was taken out."""
    first, second = start_receiver(410), start_receiver(410)
    notifications.prefer(first, second, app=False, mode="first")
    notifications.remind()
    send_all_requested(notifications)
    assert [one.siblings for one in notifications.failures()] == [2, 2]


def test_a_kind_that_is_opted_out_of_is_not_told(notifications: NotificationFunctions) -> None:
    """No reminders, but messages; and the other way round."""
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
def test_a_reminder_that_nobody_is_to_be_told_fails(
    notifications: NotificationFunctions, preferred: dict[str, Any], reason: str
) -> None:
    """It is said once, in place of all notifications, with the reason; no row is left that would wait for ever."""
    notifications.prefer(**preferred)
    notifications.remind()
    assert notifications.emitted() == ["Failed "]
    [failed] = notifications.failures()
    assert (failed.status, failed.reason, failed.siblings) == ("failed", reason, 1)
    assert notifications.listed() == []


def test_what_waits_fails_where_its_kind_was_muted_meanwhile(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """What was deferred is not sent to somebody who wants none of its kind by then, and each channel says so."""
    receiver = start_receiver()
    notifications.clock.now = NOON
    notifications.prefer(receiver, quietHours={"timeZone": "UTC", "windows": [{"start": "11:00", "end": "15:00"}]})
    notifications.remind()
    notifications.prefer(receiver, muted=["reminder"])
    notifications.run_all_attempts()
    assert states(notifications) == [("inApp", "failed"), ("webhook", "failed")]
    assert {one.reason for one in notifications.failures()} == {"reminders are muted in the preferences"}
    assert receiver.ids == []


def test_muting_ends_the_channels_that_were_to_be_tried_next_as_well(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The second channel is not asked in place of the first, and the first one's failure is said to be the last."""
    first, second = start_receiver(503), start_receiver()
    notifications.prefer(first, second, app=False, mode="first")
    notifications.remind()
    notifications.prefer(first, second, app=False, mode="first", muted=["reminder"])
    assert notifications.run_next_attempt()
    send_all_requested(notifications)
    assert (len(first.ids), second.ids) == (1, [])
    assert [one.siblings for one in notifications.failures()] == [1]


def test_an_unknown_mode_or_kind_is_refused(notifications: NotificationFunctions) -> None:
    """By its field."""
    for wrong in ({"mode": "some"}, {"muted": ["spam"]}):
        answer = notifications.api.call("PUT", PREFERENCES, {"channels": [], **wrong})
        assert (answer.status_code, answer.get_json()["errors"][0]["field"].split(".")[0]) == (400, next(iter(wrong)))
