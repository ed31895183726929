"""The first channel that works, and kinds that are not wanted."""

from datetime import timedelta
from typing import Any

from events.notification import NotificationFailed
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
    failed = [event.data.notification for event in channels.events if isinstance(event.data, NotificationFailed)]
    assert [one.siblings for one in failed] == [2, 2]


def test_a_kind_that_is_opted_out_of_is_not_told(channels: Channels) -> None:
    """No reminders, but messages; and the other way round."""
    muted: dict[str, Any] = {"channels": [{"type": "inApp"}], "muted": ["reminder"]}
    assert channels.api.call("PUT", PREFERENCES, muted).get_json()["muted"] == ["reminder"]
    channels.remind()
    assert channels.api.call("POST", "/notifications/send", {"title": "Hello"}).status_code == 202
    assert [one["kind"] for one in channels.shown()] == ["message"]
    channels.subscribe(muted=["message"])
    assert channels.api.call("POST", "/notifications/send", {"title": "Hello"}).get_json()["items"] == []


def test_opting_out_withdraws_what_waits(channels: Channels) -> None:
    """What was deferred is not sent to somebody who wants none of its kind by then."""
    channels.clock.now = NOON
    channels.subscribe(quietHours={"timeZone": "UTC", "windows": [{"start": "11:00", "end": "15:00"}]})
    channels.remind()
    channels.subscribe(muted=["reminder"])
    channels.release()
    assert states(channels) == [("inApp", "withdrawn")]


def test_an_unknown_mode_or_kind_is_refused(channels: Channels) -> None:
    """By its field."""
    for wrong in ({"mode": "some"}, {"muted": ["spam"]}):
        answer = channels.api.call("PUT", PREFERENCES, {"channels": [], **wrong})
        assert (answer.status_code, answer.get_json()["errors"][0]["field"].split(".")[0]) == (400, next(iter(wrong)))
