"""Circuit breakers: attempts at a host that keeps failing are paused for all users."""

import re
from datetime import timedelta

from functions.chassis.runtime.state_store import StateUnavailableError
from functions.notifications.circuit_breaker import FAILURE_LIMIT, SHORTEST_PAUSE
from tests.functions import Load
from tests.integration.notifications.notification_functions import NotificationFunctions, StartReceiver
from tests.integration.notifications.webhook_receiver import WebhookReceiver


class UnavailableStateStore:
    """A state store that raises."""

    def get(self, *_: object) -> None:
        """Raise."""
        raise StateUnavailableError

    put = delete = get


def changes(notifications: NotificationFunctions, state: str) -> float:
    """Return how often breakers of webhooks changed to a state, from the metrics."""
    told = notifications.send_notification.client.get("/metrics").get_data(as_text=True)
    line = rf'^todo_channel_breaker_changes_total\{{channel="webhook",state="{state}"\}} (\S+)$'
    found = re.search(line, told, re.MULTILINE)
    return float(found[1]) if found else 0.0


def open_breaker(notifications: NotificationFunctions, receiver: WebhookReceiver) -> None:
    """Let a receiver fail until its breaker opens."""
    notifications.prefer(receiver)
    for _ in range(FAILURE_LIMIT):
        notifications.send_message()
    assert len(receiver.ids) == FAILURE_LIMIT


def test_a_breaker_opens_half_opens_and_closes(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """Open, nothing is posted and the app is not kept waiting; after the pause one attempt closes it again."""
    before = {state: changes(notifications, state) for state in ("open", "halfOpen", "closed")}
    receiver = start_receiver(*[500] * FAILURE_LIMIT)
    open_breaker(notifications, receiver)
    notifications.send_message()
    assert len(receiver.ids) == FAILURE_LIMIT
    reasons = [(one["attempts"], one["reason"]) for one in notifications.listed("?channel=webhook")]
    assert reasons.count((1, "not tried, as its host keeps failing")) == 1
    assert {one["status"] for one in notifications.listed("?channel=inApp")} == {"delivered"}
    notifications.clock.now += SHORTEST_PAUSE
    notifications.send_message()
    notifications.send_message()
    assert len(receiver.accepted) == 2
    after = {state: changes(notifications, state) - count for state, count in before.items()}
    assert after == {"open": 1, "halfOpen": 1, "closed": 1}


def test_a_half_open_breaker_that_fails_opens_for_twice_as_long(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """After the one attempt nothing more is posted until then."""
    receiver = start_receiver(*[500] * (FAILURE_LIMIT + 1))
    open_breaker(notifications, receiver)
    notifications.clock.now += SHORTEST_PAUSE
    notifications.send_message()
    notifications.clock.now += SHORTEST_PAUSE * 2 - timedelta(seconds=1)
    notifications.send_message()
    assert len(receiver.ids) == FAILURE_LIMIT + 1
    notifications.clock.forward(seconds=1)
    notifications.send_message()
    assert len(receiver.ids) == FAILURE_LIMIT + 2


def test_what_an_open_breaker_refused_is_sent_when_it_closes(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """It is a delay, and drops nothing."""
    receiver = start_receiver(*[500] * FAILURE_LIMIT)
    open_breaker(notifications, receiver)
    notifications.send_message()
    notifications.run_all_attempts()
    assert len(receiver.accepted) == FAILURE_LIMIT + 1
    assert {one["status"] for one in notifications.listed()} == {"delivered"}


def test_one_host_does_not_open_anothers(notifications: NotificationFunctions, start_receiver: StartReceiver) -> None:
    """Another receiver is posted to all the while."""
    bad, good = start_receiver(*[500] * 20), start_receiver()
    notifications.prefer(bad, good)
    for _ in range(FAILURE_LIMIT + 2):
        notifications.send_message()
    assert (len(bad.ids), len(good.accepted)) == (FAILURE_LIMIT, FAILURE_LIMIT + 2)


def test_a_refusal_opens_nothing(notifications: NotificationFunctions, start_receiver: StartReceiver) -> None:
    """A host that says no is well."""
    receiver = start_receiver(*[400] * 20)
    notifications.prefer(receiver)
    for _ in range(FAILURE_LIMIT + 2):
        notifications.send_message()
    assert len(receiver.ids) == FAILURE_LIMIT + 2


def test_without_a_state_store_it_is_as_if_closed(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """A store that is down keeps nobody from being told."""
    notifications.send_notification.instance.state = UnavailableStateStore()  # type: ignore[assignment]
    receiver = start_receiver(*[500] * FAILURE_LIMIT)
    open_breaker(notifications, receiver)
    notifications.send_message()
    assert len(receiver.accepted) == 1


def test_every_instance_knows_of_an_open_breaker(
    notifications: NotificationFunctions, start_receiver: StartReceiver, function: Load
) -> None:
    """It is kept in the state store: another instance leaves the host alone from its first attempt on."""
    receiver = start_receiver(*[500] * FAILURE_LIMIT)
    open_breaker(notifications, receiver)
    notifications.send_notification = function("send-notification")
    notifications.send_message()
    assert len(receiver.ids) == FAILURE_LIMIT
    notifications.clock.now += SHORTEST_PAUSE
    notifications.send_message()
    assert len(receiver.accepted) == 1
