"""The channel `apprise`: only allowed services, and tokens that stay secret."""

import json
import logging
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from functions.notifications.channels.apprise_url import HOSTED, AppriseChannel, read_allowed_schemes
from functions.notifications.channels.channel import SendResult
from functions.notifications.outbound.deadline import Deadline
from tests.event_encoding import encode_document
from tests.functions import FunctionUnderTest, Load
from tests.integration.notifications.notification_functions import PREFERENCES, NotificationFunctions, StartReceiver
from tests.integration.notifications.raw_server import RawServer, read_request
from tests.integration.notifications.webhook_receiver import WebhookReceiver
from tests.samples import a_notification

CLUSTER = {"NODE_ENV": "production", "SECRET_STORE_URL": "dapr://secretstore"}
JSON = {"APPRISE_SCHEMES": "json"}


def telegram(url: str = "tgram://123456789:the_token/chat") -> dict[str, Any]:
    """Return preferences with one Apprise channel."""
    return {"channels": [{"type": "apprise", "name": "My phone", "url": url}]}


def prefer(notifications: NotificationFunctions, receiver: WebhookReceiver) -> None:
    """Store an Apprise URL of alice that posts JSON to a receiver."""
    receiver.accept_unsigned()
    wanted = telegram(f"json://127.0.0.1:{receiver.port}/the_token")
    assert notifications.api.call("PUT", PREFERENCES, wanted).status_code == 200


def send(url: str, settings: dict[str, str] | None = None, deadline: Deadline | None = None) -> SendResult:
    """Send a notification to an Apprise URL."""
    channel = AppriseChannel(name="My phone", url=url)
    return channel.send(a_notification(), now=datetime.now(UTC), settings=settings or {}, deadline=deadline)


def test_an_allowed_service_receives_the_notification(function: Load, start_receiver: StartReceiver) -> None:
    """The service receives one request; the token is in no response, event or row."""
    notifications = NotificationFunctions(function, APPRISE_SCHEMES="json")
    prefer(notifications, receiver := start_receiver())
    notifications.remind()
    [body] = receiver.bodies
    assert "Water the plants" in body.decode()
    [shown] = notifications.listed()
    assert (shown["channel"], shown["status"]) == ("apprise", "delivered")
    events = json.dumps([encode_document(event) for event in notifications.events])
    rows = json.dumps(notifications.api.database.rows("SELECT * FROM notifications.notifications"), default=str)
    assert "the_token" not in events + rows + json.dumps(shown)


@pytest.mark.parametrize("settings", [{}, CLUSTER, {"APPRISE_SCHEMES": ""}, {"APPRISE_SCHEMES": "tgram,xml"}])
def test_a_scheme_that_names_a_host_is_rejected_unless_listed(
    function: Load, start_receiver: StartReceiver, settings: dict[str, str]
) -> None:
    """A user's URL reaches no internal host: by default only services with a fixed host are allowed."""
    notifications = NotificationFunctions(function, **settings)
    prefer(notifications, receiver := start_receiver())
    notifications.remind()
    [failed] = notifications.listed()
    assert (receiver.bodies, failed["status"]) == ([], "failed")
    assert failed["reason"] == "the operator does not allow this service"


@pytest.mark.parametrize("settings", [{}, JSON])
def test_a_url_with_a_wrong_bracket_fails(function: Load, settings: dict[str, str]) -> None:
    """The attempt has a result; it does not stop the function."""
    notifications = NotificationFunctions(function, **settings)
    wanted = telegram("json://[127.0.0.1/the_token")
    assert notifications.api.call("PUT", PREFERENCES, wanted).status_code == 200
    notifications.remind()
    [failed] = notifications.listed()
    assert (failed["status"], failed["attempts"]) == ("failed", 1)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("tgram://123456789:the_token/chat", "tgram"),
        ("json://user:pass@Example.com:8080/path", "user:pass@example.com:8080"),
        ("json://example.com?a=b", "example.com"),
        ("json://[::1]:80/", "[::1]:80"),
        ("json://[::1", "[::1"),
    ],
)
def test_a_breaker_is_for_a_service_or_a_host(url: str, host: str) -> None:
    """The host is read from any URL that can be stored."""
    assert AppriseChannel(name="My phone", url=url).host == host


@pytest.mark.parametrize("status", [301, 307])
def test_redirects_are_not_followed(start_receiver: StartReceiver, status: int) -> None:
    """A URL cannot ask to follow redirects."""
    elsewhere = start_receiver()
    receiver = start_receiver(status, Location=elsewhere.url)
    receiver.accept_unsigned()
    result = send(f"json://127.0.0.1:{receiver.port}/?redirect=yes", JSON)
    assert (result.delivered, elsewhere.ids) == (False, [])


@pytest.mark.parametrize(
    "service",
    [
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
        "tgram://123456789:abcdefg_hijklmnop/12315544/",
        "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js/",
    ],
    ids=["slack", "tgram", "discord"],
)
def test_a_template_in_a_url_is_not_read(service: str, tmp_path: Path) -> None:
    """A template could be a local file, or an address that was not checked."""
    inside = RawServer(read_request)
    secret = tmp_path / "secret"
    secret.write_text('{"text": "secret"}')
    for template in (f"http://127.0.0.1:{inside.port}/", str(secret), secret.as_uri()):
        result = send(f"{service}?template={quote(template, safe='')}")
        assert (result.delivered, result.is_temporary) == (False, False)
    inside.close()
    assert not inside.visited


def test_logs_of_libraries_do_not_contain_the_url(caplog: pytest.LogCaptureFixture) -> None:
    """The HTTP library warns of a broken header, with the URL and so the token. That record is dropped."""

    def answer(connected: socket.socket) -> None:
        read_request(connected)
        connected.sendall(b"HTTP/1.1 200 OK\r\nbroken head\r\n\r\n")

    receiver = RawServer(answer)
    assert send(f"json://127.0.0.1:{receiver.port}/the_token", JSON).delivered
    receiver.close()
    assert "the_token" not in caplog.text


def test_logs_of_the_first_call_do_not_contain_the_url(start_receiver: StartReceiver) -> None:
    """Also if no other code of the process has imported the HTTP library before."""
    receiver = start_receiver()
    receiver.accept_unsigned()
    program = (
        "import logging; logging.basicConfig(level=logging.DEBUG)\n"
        "from functions.notifications.channels.apprise_url import _notify\n"
        "from tests.samples import a_notification\n"
        f"assert _notify('json://127.0.0.1:{receiver.port}/the_token', a_notification())"
    )
    log = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stderr
    assert receiver.bodies
    assert "the_token" not in log


def test_logs_of_other_requests_remain(caplog: pytest.LogCaptureFixture, start_receiver: StartReceiver) -> None:
    """Sending through Apprise does not silence urllib3 for the rest of the process."""
    receiver = start_receiver()
    receiver.accept_unsigned()
    assert send(f"json://127.0.0.1:{receiver.port}/the_token", JSON).delivered
    logging.getLogger("urllib3.connectionpool").warning("a warning of another request")
    assert "a warning of another request" in caplog.text


def test_a_service_has_the_same_deadline_as_other_channels() -> None:
    """A longer timeout in the URL is ignored."""
    moments = iter([0.0, 20.0])
    deadline = Deadline(clock=lambda: next(moments))
    result = send("json://127.0.0.1:9/?rto=999", JSON, deadline)
    assert (result.reason, result.is_temporary) == ("no answer within 10 seconds", True)


def test_a_url_that_the_service_does_not_know_fails_for_good() -> None:
    """Another attempt would not help."""
    result = send("slack://x")
    assert (result.delivered, result.is_temporary) == (False, False)


def test_a_masked_url_leaves_the_stored_url_unchanged(api: FunctionUnderTest) -> None:
    """Tokens are never shown, not even in the response to the request that sets them. Another URL replaces them."""
    answer = api.call("PUT", PREFERENCES, telegram())
    assert answer.get_json()["channels"] == telegram("tgram://…")["channels"]
    assert api.call("PUT", PREFERENCES, telegram("tgram://…")).status_code == 200

    def stored() -> str:
        [row] = api.database.rows("SELECT channels FROM notifications.preferences")
        return str(row["channels"][0]["url"])

    assert stored() == "tgram://123456789:the_token/chat"
    assert api.call("PUT", PREFERENCES, telegram("tgram://987654321:other/chat")).status_code == 200
    assert stored() == "tgram://987654321:other/chat"


@pytest.mark.parametrize("url", ["", "tgram", "tgram://", "tgram://…", "TGRAM://a", "tgram://a b", "://a"])
def test_a_text_that_is_not_a_url_is_rejected_by_field(api: FunctionUnderTest, url: str) -> None:
    """The problem names the field."""
    answer = api.call("PUT", PREFERENCES, telegram(url))
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (400, "channels.0.url")


def test_the_operator_lists_the_schemes() -> None:
    """Without the variable the hosted services are allowed; with an empty list, none."""
    assert read_allowed_schemes({}) == HOSTED
    assert read_allowed_schemes({"APPRISE_SCHEMES": ""}) == frozenset()
    assert read_allowed_schemes({"APPRISE_SCHEMES": " ntfy, TGRAM "}) == {"ntfy", "tgram"}
