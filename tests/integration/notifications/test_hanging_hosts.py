"""A host that hangs does not take all threads of an instance, so other channels are not delayed."""

from threading import Event, Semaphore, Thread

import pytest

from functions.notifications import attempt
from functions.notifications.host_slots import HostSlots
from tests.integration.notifications.notification_functions import NotificationFunctions, StartReceiver
from tests.integration.notifications.webhook_receiver import DuringRequests

PATIENCE = 20.0


def test_a_host_that_hangs_delays_no_other_channel(
    notifications: NotificationFunctions, start_receiver: StartReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the threads hang there; the next attempt fails at once, and the app is served meanwhile."""
    limit = notifications.send_notification.instance.settings.threads // 2
    slots = HostSlots(limit, patience=0)
    monkeypatch.setattr(attempt, "slots_for", lambda _: slots)
    hanging, arrived, finished = start_receiver(), Semaphore(0), Event()

    def hang() -> None:
        arrived.release()
        finished.wait(PATIENCE)

    hanging.answers = DuringRequests(hang, requests=limit)
    notifications.prefer(hanging)
    for _ in range(limit + 1):
        notifications.api.call("POST", "/notifications/send", {"title": "Hello"})
    posts = [event for event in notifications.requested if event.data.notification.channel == "webhook"]
    waiting = [Thread(target=notifications.send_notification.deliver, args=(event,)) for event in posts[:limit]]
    for thread in waiting:
        thread.start()
        assert arrived.acquire(timeout=PATIENCE)
    assert notifications.send_notification.deliver(posts[limit]).status_code == 202
    [put_off] = [one for one in notifications.listed("?channel=webhook") if one["attempts"]]
    assert (put_off["status"], put_off["reason"]) == ("requested", "not tried, as its host takes long to answer")
    for event in notifications.requested:
        if event.data.notification.channel == "inApp":
            notifications.send_notification.deliver(event)
    assert {one["status"] for one in notifications.listed("?channel=inApp")} == {"delivered"}
    finished.set()
    for thread in waiting:
        thread.join()
    notifications.run_all_attempts()
    assert len(hanging.accepted) == limit + 1
