"""Breakers: a host that keeps failing is left alone, for all users, and tried again by one attempt."""

import re
from datetime import timedelta

from functions.chassis.runtime.state_store import StateUnavailableError
from functions.notifications.breaker import LIMIT, SHORTEST
from tests.functions import Load
from tests.integration.notifications.channels import Channels, Listen
from tests.integration.notifications.receiver import Receiver


class Down:
    """A state store that is down."""

    def get(self, *_: object) -> None:
        """Fail."""
        raise StateUnavailableError

    put = delete = get


def changes(channels: Channels, state: str) -> float:
    """Return how often a webhook's breaker has changed to a state, as metrics tell."""
    told = channels.send_notification.client.get("/metrics").get_data(as_text=True)
    line = rf'^todo_channel_breaker_changes_total\{{channel="webhook",state="{state}"\}} (\S+)$'
    found = re.search(line, told, re.MULTILINE)
    return float(found[1]) if found else 0.0


def message(channels: Channels) -> None:
    """Send a message, and try each channel once."""
    assert channels.api.call("POST", "/notifications/send", {"title": "Hello"}).status_code == 202
    channels.hand_on()


def broken(channels: Channels, receiver: Receiver) -> None:
    """Let a host fail until its breaker opens."""
    channels.subscribe(receiver)
    for _ in range(LIMIT):
        message(channels)
    assert len(receiver.ids) == LIMIT


def test_a_breaker_opens_half_opens_and_closes(channels: Channels, listen: Listen) -> None:
    """Open, nothing is posted and the app is not kept waiting; after the pause one attempt closes it again."""
    before = {state: changes(channels, state) for state in ("open", "halfOpen", "closed")}
    receiver = listen(*[500] * LIMIT)
    broken(channels, receiver)
    message(channels)
    assert len(receiver.ids) == LIMIT
    reasons = [(one["attempts"], one["reason"]) for one in channels.shown("?channel=webhook")]
    assert reasons.count((1, "not tried, as its host keeps failing")) == 1
    assert {one["status"] for one in channels.shown("?channel=inApp")} == {"delivered"}
    channels.clock.now += SHORTEST
    message(channels)
    message(channels)
    assert len(receiver.accepted) == 2
    after = {state: changes(channels, state) - count for state, count in before.items()}
    assert after == {"open": 1, "halfOpen": 1, "closed": 1}


def test_a_half_open_breaker_that_fails_opens_for_twice_as_long(channels: Channels, listen: Listen) -> None:
    """After the one attempt nothing more is posted until then."""
    receiver = listen(*[500] * (LIMIT + 1))
    broken(channels, receiver)
    channels.clock.now += SHORTEST
    message(channels)
    channels.clock.now += SHORTEST * 2 - timedelta(seconds=1)
    message(channels)
    assert len(receiver.ids) == LIMIT + 1
    channels.clock.forward(seconds=1)
    message(channels)
    assert len(receiver.ids) == LIMIT + 2


def test_what_an_open_breaker_refused_is_sent_when_it_closes(channels: Channels, listen: Listen) -> None:
    """It is a delay, and drops nothing."""
    receiver = listen(*[500] * LIMIT)
    broken(channels, receiver)
    message(channels)
    channels.release()
    assert len(receiver.accepted) == LIMIT + 1
    assert {one["status"] for one in channels.shown()} == {"delivered"}


def test_one_host_does_not_open_anothers(channels: Channels, listen: Listen) -> None:
    """Another receiver is posted to all the while."""
    bad, good = listen(*[500] * 20), listen()
    channels.subscribe(bad, good)
    for _ in range(LIMIT + 2):
        message(channels)
    assert (len(bad.ids), len(good.accepted)) == (LIMIT, LIMIT + 2)


def test_a_refusal_opens_nothing(channels: Channels, listen: Listen) -> None:
    """A host that says no is well."""
    receiver = listen(*[400] * 20)
    channels.subscribe(receiver)
    for _ in range(LIMIT + 2):
        message(channels)
    assert len(receiver.ids) == LIMIT + 2


def test_without_a_state_store_it_is_as_if_closed(channels: Channels, listen: Listen) -> None:
    """A store that is down keeps nobody from being told."""
    channels.send_notification.instance.state = Down()  # type: ignore[assignment]
    receiver = listen(*[500] * LIMIT)
    broken(channels, receiver)
    message(channels)
    assert len(receiver.accepted) == 1


def test_every_instance_knows_of_an_open_breaker(channels: Channels, listen: Listen, function: Load) -> None:
    """It is kept in the state store: another instance leaves the host alone from its first attempt on."""
    receiver = listen(*[500] * LIMIT)
    broken(channels, receiver)
    channels.send_notification = function("send-notification")
    message(channels)
    assert len(receiver.ids) == LIMIT
    channels.clock.now += SHORTEST
    message(channels)
    assert len(receiver.accepted) == 1
