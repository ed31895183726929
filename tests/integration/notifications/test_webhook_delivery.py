"""Webhooks from the preferences to the receiver: current secrets, allowed hosts, and nothing that leaks."""

import json
import socket
from typing import Any

import pytest

from functions.chassis.runtime.environment import SettingsError
from functions.chassis.telemetry.logs import JsonFormatter
from tests.event_encoding import encode_document
from tests.functions import Load
from tests.integration.notifications.notification_functions import (
    LIST,
    PREFERENCES,
    NotificationFunctions,
    StartReceiver,
)

CLUSTER = {"NODE_ENV": "production", "SECRET_STORE_URL": "dapr://secretstore"}


def test_a_later_attempt_uses_the_current_secret(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The secret may have been replaced since the first attempt."""
    receiver = start_receiver(500)
    notifications.prefer(receiver)
    notifications.remind()
    receiver.secret = "whsec_" + "B" * 44
    channel = {"type": "webhook", "url": receiver.url, "secret": receiver.secret}
    assert notifications.api.call("PUT", PREFERENCES, {"channels": [channel]}).status_code == 200
    assert notifications.run_next_attempt()
    assert len(receiver.accepted) == 1


def test_a_removed_channel_is_not_used(notifications: NotificationFunctions, start_receiver: StartReceiver) -> None:
    """A later attempt fails if the user removed the channel."""
    receiver = start_receiver(500)
    notifications.prefer(receiver)
    notifications.remind()
    assert notifications.api.call("PUT", PREFERENCES, {"channels": []}).status_code == 200
    assert notifications.run_next_attempt()
    [failed] = notifications.api.call("GET", f"{LIST}?status=failed").get_json()["items"]
    assert (len(receiver.ids), failed["reason"]) == (1, "the channel was taken out of the preferences")


def test_a_stored_secret_that_cannot_sign_fails_the_notification(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The reason tells the user what to do."""
    receiver = start_receiver()
    notifications.prefer(receiver)
    stored = json.dumps([{"type": "webhook", "url": receiver.url, "secret": "whsec_A"}])
    notifications.api.database.run(
        "UPDATE notifications.preferences SET channels = cast(:stored as jsonb)", stored=stored
    )
    notifications.remind()
    [failed] = notifications.api.call("GET", f"{LIST}?status=failed").get_json()["items"]
    assert (receiver.ids, failed["reason"]) == ([], "the secret cannot sign; give the channel a new one")


def test_in_a_cluster_a_private_host_must_be_listed(function: Load, start_receiver: StartReceiver) -> None:
    """A webhook to loopback fails unless the operator lists loopback."""
    receiver = start_receiver()
    notifications = NotificationFunctions(function, **CLUSTER)
    notifications.prefer(receiver)
    notifications.remind()
    [failed] = notifications.api.call("GET", f"{LIST}?status=failed").get_json()["items"]
    assert (receiver.ids, failed["reason"]) == ([], "the address is not public")
    listed = function("send-notification", **CLUSTER, WEBHOOKS_MAY_REACH="127.0.0.0/8")
    notifications.send_notification = listed
    notifications.clock.forward(seconds=1)
    assert notifications.api.call("POST", "/notifications/send", {"title": "Hello"}).status_code == 202
    notifications.send_requested()
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
def test_in_a_cluster_no_webhook_reaches_a_private_host(
    function: Load, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """Loopback, link-local, private and cluster addresses are rejected, also behind a public name."""
    look_up = socket.getaddrinfo

    def resolver(host: Any, *given: Any, **named: Any) -> Any:
        return look_up("10.96.0.1" if host == "inside.example." else host, *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    notifications = NotificationFunctions(function, **CLUSTER)
    assert (
        notifications.api.call("PUT", PREFERENCES, {"channels": [{"type": "webhook", "url": url}]}).status_code == 200
    )
    notifications.remind()
    [failed] = notifications.listed()
    assert (failed["status"], failed["attempts"], failed["reason"]) == ("failed", 1, "the address is not public")
    assert notifications.api.scheduled == []


def test_a_wrong_list_prevents_the_start(function: Load) -> None:
    """The message names the variable."""
    with pytest.raises(SettingsError, match="WEBHOOKS_MAY_REACH"):
        function("send-notification", WEBHOOKS_MAY_REACH="the/intranet")


def test_secrets_and_contents_do_not_leak(
    notifications: NotificationFunctions, start_receiver: StartReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    """Secrets are in no event, row, log line or metric; messages are in no log line or metric."""
    receiver = start_receiver(500, 400)
    notifications.prefer(receiver)
    notifications.remind()
    assert notifications.run_next_attempt()
    events = json.dumps([encode_document(event) for event in (*notifications.events, *notifications.api.scheduled)])
    rows = json.dumps(notifications.api.database.rows("SELECT * FROM notifications.notifications"), default=str)
    metrics = "".join(
        one.client.get("/metrics").get_data(as_text=True)
        for one in (notifications.api, notifications.notify_user, notifications.send_notification)
    )
    logs = "\n".join(JsonFormatter("send-notification").format(record) for record in caplog.records)
    assert "event handled" in logs
    for secret in (receiver.secret, "whsec_"):
        assert secret not in events + rows + metrics + logs
    for content in ("Water the plants", "127.0.0.1:", "alice"):
        assert content not in metrics + logs
