"""One bad channel never delays another: a host that hangs does not take all the threads."""

from threading import Event, Semaphore, Thread

import pytest

from functions.notifications import hand_over
from functions.notifications.places import MOST, Places
from tests.integration.notifications.channels import Channels, Listen
from tests.integration.notifications.receiver import Meanwhile

PATIENCE = 20.0


def test_a_host_that_hangs_delays_no_other_channel(
    channels: Channels, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many attempts as it has places hang there; the next is put off at once, and the app is told meanwhile."""
    monkeypatch.setattr(hand_over, "PLACES", Places(slow=0))
    hanging, arrived, over = listen(), Semaphore(0), Event()

    def hang() -> None:
        arrived.release()
        over.wait(PATIENCE)

    hanging.answers = Meanwhile(hang, requests=MOST)
    channels.subscribe(hanging)
    for _ in range(MOST + 1):
        channels.api.call("POST", "/notifications/send", {"title": "Hello"})
    posts = [event for event in channels.requested if event.data.notification.channel == "webhook"]
    waiting = [Thread(target=channels.send_notification.deliver, args=(event,)) for event in posts[:MOST]]
    for thread in waiting:
        thread.start()
        assert arrived.acquire(timeout=PATIENCE)
    assert channels.send_notification.deliver(posts[MOST]).status_code == 202
    [put_off] = [one for one in channels.shown("?channel=webhook") if one["attempts"]]
    assert (put_off["status"], put_off["reason"]) == ("requested", "not tried, as its host takes long to answer")
    for event in channels.requested:
        if event.data.notification.channel == "inApp":
            channels.send_notification.deliver(event)
    assert {one["status"] for one in channels.shown("?channel=inApp")} == {"delivered"}
    over.set()
    for thread in waiting:
        thread.join()
    channels.release()
    assert len(hanging.accepted) == MOST + 1
