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
    metrics = notifications.send_notification.client.get("/metrics").get_data(as_text=True)
    line = rf'^todo_channel_breaker_changes_total\{{channel="webhook",state="{state}"\}} (\S+)$'
    found = re.search(line, metrics, re.MULTILINE)
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
    """An open breaker prevents requests. After the pause one attempt closes it."""
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


def test_a_failure_in_the_half_open_state_doubles_the_pause(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """After that one attempt there are no requests until the pause ends."""
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


def test_notifications_are_sent_when_the_breaker_closes(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """A breaker delays notifications and loses none."""
    receiver = start_receiver(*[500] * FAILURE_LIMIT)
    open_breaker(notifications, receiver)
    notifications.send_message()
    notifications.run_all_attempts()
    assert len(receiver.accepted) == FAILURE_LIMIT + 1
    assert {one["status"] for one in notifications.listed()} == {"delivered"}


def test_each_host_has_its_own_breaker(notifications: NotificationFunctions, start_receiver: StartReceiver) -> None:
    """Another receiver gets its notifications meanwhile."""
    bad, good = start_receiver(*[500] * 20), start_receiver()
    notifications.prefer(bad, good)
    for _ in range(FAILURE_LIMIT + 2):
        notifications.send_message()
    assert (len(bad.ids), len(good.accepted)) == (FAILURE_LIMIT, FAILURE_LIMIT + 2)


def test_a_final_failure_does_not_open_the_breaker(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """A host that answers with 400 is available."""
    receiver = start_receiver(*[400] * 20)
    notifications.prefer(receiver)
    for _ in range(FAILURE_LIMIT + 2):
        notifications.send_message()
    assert len(receiver.ids) == FAILURE_LIMIT + 2


def test_without_the_state_store_every_breaker_is_closed(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """Notifications are sent although the state store is down."""
    notifications.send_notification.instance.state = UnavailableStateStore()  # type: ignore[assignment]
    receiver = start_receiver(*[500] * FAILURE_LIMIT)
    open_breaker(notifications, receiver)
    notifications.send_message()
    assert len(receiver.accepted) == 1


def test_instances_share_breakers(
    notifications: NotificationFunctions, start_receiver: StartReceiver, function: Load
) -> None:
    """Another instance makes no attempt while the breaker is open."""
    receiver = start_receiver(*[500] * FAILURE_LIMIT)
    open_breaker(notifications, receiver)
    notifications.send_notification = function("send-notification")
    notifications.send_message()
    assert len(receiver.ids) == FAILURE_LIMIT
    notifications.clock.now += SHORTEST_PAUSE
    notifications.send_message()
    assert len(receiver.accepted) == 1
