"""From a reminder that is due to what its user gets to see."""

import json
import socket
from datetime import timedelta
from typing import Any

import pytest

from functions.chassis.runtime.environment import SettingsError
from functions.chassis.telemetry.logs import JsonFormatter
from functions.notifications.retries import ATTEMPTS, FIRST, LONGEST
from tests.event_encoding import encode_document
from tests.functions import Load
from tests.integration.notifications.channels import LIST, PREFERENCES, Channels, Listen
from tests.samples import an_event

CLUSTER = {"NODE_ENV": "production", "SECRET_STORE_URL": "dapr://secretstore"}


def test_a_reminder_is_delivered_in_the_app(channels: Channels) -> None:
    """Without preferences a reminder is in the list, delivered, and says how late it is."""
    channels.remind()
    assert channels.emitted() == ["Delivered inApp", "Requested inApp", "Sent inApp"]
    [shown] = channels.api.call("GET", LIST).get_json()["items"]
    assert (shown["status"], shown["title"], shown["lateBy"]) == ("delivered", "Water the plants", "PT2S")


def test_a_repeat_notifies_nobody_again(channels: Channels) -> None:
    """The same ReminderDue and the same NotificationRequested, twice, are one notification."""
    channels.remind()
    for event in channels.requested:
        again = an_event(event.data, by="notify-user")  # another event about the same notification
        assert channels.send_notification.deliver(again).status_code == 202
    assert channels.emitted() == ["Delivered inApp", "Requested inApp", "Sent inApp"]


def test_each_channel_is_notified_once(channels: Channels, listen: Listen) -> None:
    """A webhook and the app each have their own row; the receiver is told by the notification's id."""
    receiver = listen()
    channels.subscribe(receiver)
    channels.remind()
    [sent] = receiver.accepted
    assert (sent["type"], sent["data"]["title"], receiver.ids) == (
        "notification.reminder",
        "Water the plants",
        [sent["data"]["id"]],
    )
    shown = channels.api.call("GET", LIST).get_json()["items"]
    assert {(one["channel"], one["status"], one["siblings"]) for one in shown} == {
        ("inApp", "delivered", 2),
        ("webhook", "delivered", 2),
    }


def test_a_failing_webhook_is_tried_until_it_takes_it(channels: Channels, listen: Listen) -> None:
    """Five 500s and then a 200: delivered once, under one id and with one body, while the app was not kept waiting."""
    receiver = listen(500, 500, 500, 500, 500)
    channels.subscribe(receiver)
    channels.remind()
    assert "Delivered inApp" in channels.emitted()
    tries = 1
    while channels.wait_for_retry():
        tries += 1
    assert (tries, len(receiver.accepted), len(set(receiver.ids)), len(set(receiver.bodies))) == (6, 1, 1, 1)
    assert channels.emitted().count("Delivered webhook") == 1


def test_a_webhook_that_never_answers_well_is_given_up(channels: Channels, listen: Listen) -> None:
    """After the last attempt the notification fails, with the reason."""
    channels.subscribe(listen(*[503] * (ATTEMPTS + 5)))
    channels.remind()
    while channels.wait_for_retry():
        pass
    assert channels.emitted().count("Failed webhook") == 1
    [failed] = channels.api.call("GET", f"{LIST}?status=failed").get_json()["items"]
    assert (failed["attempts"], failed["reason"]) == (ATTEMPTS, "answered 503")


def test_tries_are_further_and_further_apart(channels: Channels, listen: Listen) -> None:
    """Each waits as a row in the outbox, twice as long as the one before and up to a fifth less: for hours, in all."""
    channels.subscribe(listen(*[503] * ATTEMPTS), app=False)
    channels.remind()
    began, waits = channels.clock.now, list[timedelta]()
    while waiting := channels.api.scheduled:
        [row] = channels.api.database.rows("SELECT due_at FROM delivery.outbox WHERE lease_until IS NULL")
        assert row["due_at"] == waiting[0].attributes.time
        waits.append(row["due_at"] - channels.clock.now)
        assert channels.wait_for_retry()
    full = [min(FIRST * 2**number, LONGEST) for number in range(ATTEMPTS - 1)]
    assert all(0.8 * most <= wait <= most for wait, most in zip(waits, full, strict=True))
    assert len({wait / most for wait, most in zip(waits, full, strict=True)}) > 1
    assert channels.clock.now - began > timedelta(hours=12)


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_webhook_that_refuses_is_given_up_at_once(channels: Channels, listen: Listen, status: int) -> None:
    """A refusal is final."""
    channels.subscribe(listen(status))
    channels.remind()
    assert "Failed webhook" in channels.emitted()
    assert channels.api.scheduled == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(channels: Channels, listen: Listen, status: int) -> None:
    """Where it would lead hears nothing: nobody has checked that address."""
    elsewhere = listen()
    channels.subscribe(listen(status, Location=elsewhere.url))
    channels.remind()
    assert elsewhere.ids == []
    [failed] = channels.api.call("GET", f"{LIST}?status=failed").get_json()["items"]
    assert failed["reason"] == f"answered {status}"


def test_a_receiver_that_is_gone_is_tried_again(channels: Channels, listen: Listen) -> None:
    """No connection is a failure that may pass."""
    receiver = listen()
    receiver.close()
    channels.subscribe(receiver)
    channels.remind()
    assert len(channels.api.scheduled) == 1


def test_a_receiver_may_ask_for_time(channels: Channels, listen: Listen) -> None:
    """A 503 that says when to come again is tried then, and not before."""
    channels.subscribe(listen(503, Retry_After="600"))
    channels.remind()
    [again] = channels.api.scheduled
    assert again.attributes.time == channels.clock.now + timedelta(minutes=10)


def test_an_attempt_that_is_over_begins_no_second_row_of_tries(channels: Channels, listen: Listen) -> None:
    """The first request once more, under another id, while the second try waits for its time: nothing is sent."""
    receiver = listen(500, 500)
    channels.subscribe(receiver)
    channels.remind()
    [first] = [event for event in channels.requested if event.data.notification.channel == "webhook"]
    again = an_event(first.data, by="notify-user")
    assert channels.send_notification.deliver(again).status_code == 202
    assert (len(receiver.ids), len(channels.api.scheduled)) == (1, 1)


def test_a_death_between_sending_and_committing_sends_once_more(channels: Channels, listen: Listen) -> None:
    """The receiver sees the same id and body again, and the outcome is said once."""
    receiver = listen()
    channels.subscribe(receiver)
    channels.fall_due()
    [requested] = [event for event in channels.requested if event.data.notification.channel == "webhook"]
    channels.api.database.run("ALTER TABLE delivery.outbox RENAME TO gone")  # nothing that says anything can commit
    try:
        assert channels.send_notification.deliver(requested).status_code == 500
    finally:
        channels.api.database.run("ALTER TABLE delivery.gone RENAME TO outbox")
    assert channels.send_notification.deliver(requested).status_code == 202
    assert channels.send_notification.deliver(requested).status_code == 202
    assert (len(receiver.ids), len(set(receiver.ids)), len(set(receiver.bodies))) == (2, 1, 1)
    assert channels.emitted() == ["Delivered webhook", "Requested inApp", "Requested webhook", "Sent webhook"]


def test_a_later_try_is_signed_with_the_secret_of_its_time(channels: Channels, listen: Listen) -> None:
    """A secret that was replaced signs nothing any more: a receiver that knows the new one only takes the message."""
    receiver = listen(500)
    channels.subscribe(receiver)
    channels.remind()
    receiver.secret = "whsec_" + "B" * 44
    channel = {"type": "webhook", "url": receiver.url, "secret": receiver.secret}
    assert channels.api.call("PUT", PREFERENCES, {"channels": [channel]}).status_code == 200
    assert channels.wait_for_retry()
    assert len(receiver.accepted) == 1


def test_a_channel_that_was_taken_out_is_not_sent_to(channels: Channels, listen: Listen) -> None:
    """Whoever no longer wants a webhook has nothing posted to it, not even what failed before."""
    receiver = listen(500)
    channels.subscribe(receiver)
    channels.remind()
    assert channels.api.call("PUT", PREFERENCES, {"channels": []}).status_code == 200
    assert channels.wait_for_retry()
    [failed] = channels.api.call("GET", f"{LIST}?status=failed").get_json()["items"]
    assert (len(receiver.ids), failed["reason"]) == (1, "the channel was taken out of the preferences")


def test_a_secret_that_cannot_sign_fails_its_own_notification(channels: Channels, listen: Listen) -> None:
    """One that is kept from before it was checked ends that channel's try, and the user is told what to do."""
    receiver = listen()
    channels.subscribe(receiver)
    kept = json.dumps([{"type": "webhook", "url": receiver.url, "secret": "whsec_A"}])
    channels.api.database.run("UPDATE notifications.preferences SET channels = cast(:kept as jsonb)", kept=kept)
    channels.remind()
    [failed] = channels.api.call("GET", f"{LIST}?status=failed").get_json()["items"]
    assert (receiver.ids, failed["reason"]) == ([], "the secret cannot sign; give the channel a new one")


def test_in_a_cluster_a_webhook_reaches_only_what_is_listed(function: Load, listen: Listen) -> None:
    """Loopback is out of reach; where the operator lists it, it is reached."""
    receiver = listen()
    channels = Channels(function, **CLUSTER)
    channels.subscribe(receiver)
    channels.remind()
    [failed] = channels.api.call("GET", f"{LIST}?status=failed").get_json()["items"]
    assert (receiver.ids, failed["reason"]) == ([], "the address is not public")
    listed = function("send-notification", **CLUSTER, WEBHOOKS_MAY_REACH="127.0.0.0/8")
    channels.send_notification = listed
    channels.clock.forward(seconds=1)
    assert channels.api.call("POST", "/notifications/send", {"title": "Hello"}).status_code == 202
    channels.hand_on()
    assert [sent["data"]["title"] for sent in receiver.accepted] == ["Hello"]


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/hook",
        "https://[::1]/hook",
        "https://localhost/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://[fe80::1]/hook",
        "https://10.96.0.1/hook",
        "https://172.16.0.1/hook",
        "https://192.168.0.1/hook",
        "https://[fd00::1]/hook",
        "https://[::ffff:10.0.0.1]/hook",
        "https://tasks/hook",
        "https://tasks.todo.svc/hook",
        "https://tasks.todo.svc.cluster.local/hook",
        "https://inside.example/hook",
    ],
)
def test_in_a_cluster_no_webhook_leads_inside(function: Load, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Loopback, link-local, private and cluster addresses, as they stand or once a public name is resolved."""
    look_up = socket.getaddrinfo

    def resolver(host: Any, *given: Any, **named: Any) -> Any:
        return look_up("10.96.0.1" if host == "inside.example." else host, *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    channels = Channels(function, **CLUSTER)
    assert channels.api.call("PUT", PREFERENCES, {"channels": [{"type": "webhook", "url": url}]}).status_code == 200
    channels.remind()
    [failed] = channels.shown()
    assert (failed["status"], failed["attempts"], failed["reason"]) == ("failed", 1, "the address is not public")
    assert channels.api.scheduled == []


def test_a_wrong_list_stops_the_function_at_its_start(function: Load) -> None:
    """One line names the variable."""
    with pytest.raises(SettingsError, match="WEBHOOKS_MAY_REACH"):
        function("send-notification", WEBHOOKS_MAY_REACH="the/intranet")


def test_neither_secret_nor_content_leaves_by_another_door(
    channels: Channels, listen: Listen, caplog: pytest.LogCaptureFixture
) -> None:
    """The secret is in no event and no notification's row; neither it nor the message is in a log line or a metric."""
    receiver = listen(500, 400)
    channels.subscribe(receiver)
    channels.remind()
    assert channels.wait_for_retry()
    events = json.dumps([encode_document(event) for event in (*channels.events, *channels.api.scheduled)])
    rows = json.dumps(channels.api.database.rows("SELECT * FROM notifications.notifications"), default=str)
    told = "".join(
        one.client.get("/metrics").get_data(as_text=True)
        for one in (channels.api, channels.notify_user, channels.send_notification)
    )
    logs = "\n".join(JsonFormatter("send-notification").format(record) for record in caplog.records)
    assert "event handled" in logs
    for held in (receiver.secret, "whsec_"):
        assert held not in events + rows + told + logs
    for content in ("Water the plants", "127.0.0.1:", "alice"):
        assert content not in told + logs
