"""The first channel that works, and kinds that are not wanted."""

from datetime import timedelta
from typing import Any

import pytest

from functions.notifications.retries import ATTEMPTS_BEFORE_ANOTHER
from tests.integration.notifications.channels import PREFERENCES, Channels, Listen
from tests.samples import NOON


def states(channels: Channels) -> list[tuple[str, str]]:
    """Return what became of each notification, by channel."""
    return sorted((one["channel"], one["status"]) for one in channels.shown())


def keep_handing_on(channels: Channels) -> None:
    """Hand on what was requested, and what that asks for, until nothing more is; time stands still."""
    for _ in range(4):
        channels.hand_on()


def test_the_first_that_works_is_enough(channels: Channels, listen: Listen) -> None:
    """The second channel hears nothing while the first one works."""
    first, second = listen(), listen()
    channels.subscribe(first, second, app=False, mode="first")
    channels.remind()
    keep_handing_on(channels)
    assert (len(first.accepted), second.ids) == (1, [])


def test_a_channel_that_refuses_is_followed_by_the_next_at_once(channels: Channels, listen: Listen) -> None:
    """Then the third, where the second refuses as well; the cause is one, so each is told once."""
    channels.subscribe(listen(410), listen(404), third := listen(), app=False, mode="first")
    channels.remind()
    keep_handing_on(channels)
    assert len(third.accepted) == 1
    assert states(channels) == [("webhook", "delivered"), ("webhook", "failed"), ("webhook", "failed")]


def test_a_channel_that_may_recover_gets_less_than_a_minute(channels: Channels, listen: Listen) -> None:
    """A few quick tries, then the next one: a fallback that comes a day later is none."""
    first, second = listen(*[503] * 10), listen()
    channels.subscribe(first, second, app=False, mode="first")
    channels.remind()
    began = channels.clock.now
    while channels.wait_for_retry():
        channels.hand_on()
    keep_handing_on(channels)
    assert (len(first.ids), len(second.accepted)) == (ATTEMPTS_BEFORE_ANOTHER, 1)
    assert channels.clock.now - began < timedelta(minutes=1)


def test_a_channel_that_asks_for_long_is_not_waited_for(channels: Channels, listen: Listen) -> None:
    """Where it wants to be left alone for ten minutes, the next one is asked."""
    channels.subscribe(listen(503, Retry_After="600"), second := listen(), app=False, mode="first")
    channels.remind()
    keep_handing_on(channels)
    assert len(second.accepted) == 1


def test_a_failure_of_all_of_them_says_how_many_there_were(channels: Channels, listen: Listen) -> None:
    """Whoever waits for the last one to fail, as reminders do, knows which that is; also where one was taken out."""
    first, second = listen(410), listen(410)
    channels.subscribe(first, second, app=False, mode="first")
    channels.remind()
    keep_handing_on(channels)
    assert [one.siblings for one in channels.failures()] == [2, 2]


def test_a_kind_that_is_opted_out_of_is_not_told(channels: Channels) -> None:
    """No reminders, but messages; and the other way round."""
    muted: dict[str, Any] = {"channels": [{"type": "inApp"}], "muted": ["reminder"]}
    assert channels.api.call("PUT", PREFERENCES, muted).get_json()["muted"] == ["reminder"]
    channels.remind()
    assert channels.api.call("POST", "/notifications/send", {"title": "Hello"}).status_code == 202
    assert [one["kind"] for one in channels.shown()] == ["message"]
    channels.subscribe(muted=["message"])
    assert channels.api.call("POST", "/notifications/send", {"title": "Hello"}).get_json()["items"] == []


@pytest.mark.parametrize(
    ("preferred", "reason"),
    [
        ({"muted": ["reminder"]}, "reminders are muted in the preferences"),
        ({"app": False}, "the preferences name no channel"),
    ],
    ids=["muted", "no channel"],
)
def test_a_reminder_that_nobody_is_to_be_told_fails(channels: Channels, preferred: dict[str, Any], reason: str) -> None:
    """It is said once, in place of all channels, with the reason; no row is left that would wait for ever."""
    channels.subscribe(**preferred)
    channels.remind()
    assert channels.emitted() == ["Failed "]
    [failed] = channels.failures()
    assert (failed.status, failed.reason, failed.siblings) == ("failed", reason, 1)
    assert channels.shown() == []


def test_what_waits_fails_where_its_kind_was_muted_meanwhile(channels: Channels, listen: Listen) -> None:
    """What was deferred is not sent to somebody who wants none of its kind by then, and each channel says so."""
    receiver = listen()
    channels.clock.now = NOON
    channels.subscribe(receiver, quietHours={"timeZone": "UTC", "windows": [{"start": "11:00", "end": "15:00"}]})
    channels.remind()
    channels.subscribe(receiver, muted=["reminder"])
    channels.release()
    assert states(channels) == [("inApp", "failed"), ("webhook", "failed")]
    assert {one.reason for one in channels.failures()} == {"reminders are muted in the preferences"}
    assert receiver.ids == []


def test_muting_ends_the_channels_that_were_to_be_tried_next_as_well(channels: Channels, listen: Listen) -> None:
    """The second channel is not asked in place of the first, and the first one's failure is said to be the last."""
    first, second = listen(503), listen()
    channels.subscribe(first, second, app=False, mode="first")
    channels.remind()
    channels.subscribe(first, second, app=False, mode="first", muted=["reminder"])
    assert channels.wait_for_retry()
    keep_handing_on(channels)
    assert (len(first.ids), second.ids) == (1, [])
    assert [one.siblings for one in channels.failures()] == [1]


def test_an_unknown_mode_or_kind_is_refused(channels: Channels) -> None:
    """By its field."""
    for wrong in ({"mode": "some"}, {"muted": ["spam"]}):
        answer = channels.api.call("PUT", PREFERENCES, {"channels": [], **wrong})
        assert (answer.status_code, answer.get_json()["errors"][0]["field"].split(".")[0]) == (400, next(iter(wrong)))
