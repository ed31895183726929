"""Apprise URLs as channels: only of services that the operator allows, and their tokens shown to nobody."""

import json
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from functions.notifications.channels.apprise_url import HOSTED, AppriseUrl, listed_schemes
from functions.notifications.channels.deadline import Deadline
from tests.event_encoding import encode_document
from tests.functions import FunctionUnderTest, Load
from tests.integration.notifications.channels import PREFERENCES, Channels, Listen
from tests.integration.notifications.raw_receiver import RawReceiver, read_request
from tests.integration.notifications.receiver import Receiver
from tests.samples import NOON, a_notification

CLUSTER = {"NODE_ENV": "production", "SECRET_STORE_URL": "dapr://secretstore"}


def telegram(url: str = "tgram://123456789:the_token/chat") -> dict[str, Any]:
    """Return preferences with one channel."""
    return {"channels": [{"type": "apprise", "name": "My phone", "url": url}]}


def subscribe(channels: Channels, receiver: Receiver) -> None:
    """Have alice told by what posts JSON to a host of the URL's."""
    receiver.take_unsigned()
    wanted = telegram(f"json://127.0.0.1:{receiver.port}/the_token")
    assert channels.api.call("PUT", PREFERENCES, wanted).status_code == 200


def test_an_allowed_service_is_handed_the_notification(function: Load, listen: Listen) -> None:
    """By its URL, once; its token is in no answer, event, row or span."""
    channels = Channels(function, APPRISE_SCHEMES="json")
    subscribe(channels, receiver := listen())
    channels.remind()
    [body] = receiver.bodies
    assert "Water the plants" in body.decode()
    [shown] = channels.shown()
    assert (shown["channel"], shown["status"]) == ("apprise", "delivered")
    events = json.dumps([encode_document(event) for event in channels.events])
    rows = json.dumps(channels.api.database.rows("SELECT * FROM notifications.notifications"), default=str)
    assert "the_token" not in events + rows + json.dumps(shown)


@pytest.mark.parametrize("settings", [{}, CLUSTER, {"APPRISE_SCHEMES": ""}, {"APPRISE_SCHEMES": "tgram,xml"}])
def test_what_names_a_host_is_refused_unless_allowed(function: Load, listen: Listen, settings: dict[str, str]) -> None:
    """A user's URL reaches nothing inside: by default only services whose host is fixed may be named."""
    channels = Channels(function, **settings)
    subscribe(channels, receiver := listen())
    channels.remind()
    [failed] = channels.shown()
    assert (receiver.bodies, failed["status"]) == ([], "failed")
    assert failed["reason"] == "the operator does not allow this service"


@pytest.mark.parametrize("status", [301, 307])
def test_a_service_leads_nowhere_else(listen: Listen, status: int) -> None:
    """A redirect is not followed, whatever the URL asks for."""
    elsewhere = listen()
    receiver = listen(status, Location=elsewhere.url)
    receiver.take_unsigned()
    url = f"json://127.0.0.1:{receiver.port}/?redirect=yes"
    outcome = AppriseUrl(url, schemes=frozenset({"json"})).send(a_notification(), now=datetime.now(UTC))
    assert (outcome.delivered, elsewhere.ids) == (False, [])


@pytest.mark.parametrize(
    "service",
    [
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
        "tgram://123456789:abcdefg_hijklmnop/12315544/",
        "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js/",
    ],
    ids=["slack", "tgram", "discord"],
)
def test_a_service_reads_nothing_that_its_url_names(service: str, tmp_path: Path) -> None:
    """A template would be a file of ours, or fetched from an address that nobody has checked."""
    inside = RawReceiver(read_request)
    secret = tmp_path / "secret"
    secret.write_text('{"text": "secret"}')
    for template in (f"http://127.0.0.1:{inside.port}/", str(secret), secret.as_uri()):
        outcome = AppriseUrl(f"{service}?template={quote(template, safe='')}").send(a_notification(), now=NOON)
        assert (outcome.delivered, outcome.may_pass) == (False, False)
    inside.close()
    assert not inside.visited


def test_what_libraries_log_of_a_url_is_not_kept(caplog: pytest.LogCaptureFixture) -> None:
    """An answer with a broken head is worth a warning to the HTTP library, with the URL and so the token in it."""

    def answer(connected: socket.socket) -> None:
        read_request(connected)
        connected.sendall(b"HTTP/1.1 200 OK\r\nbroken head\r\n\r\n")

    receiver = RawReceiver(answer)
    url = AppriseUrl(f"json://127.0.0.1:{receiver.port}/the_token", schemes=frozenset({"json"}))
    assert url.send(a_notification(), now=NOON).delivered
    receiver.close()
    assert "the_token" not in caplog.text


def test_no_service_takes_longer_than_a_channel_may() -> None:
    """Whatever the URL says of time-outs."""

    def over() -> Deadline:
        moments = iter([0.0, 20.0])
        return Deadline(clock=lambda: next(moments))

    url = AppriseUrl("json://127.0.0.1:9/?rto=999", schemes=frozenset({"json"}), deadline=over)
    outcome = url.send(a_notification(), now=datetime.now(UTC))
    assert (outcome.reason, outcome.may_pass) == ("no answer within 10 seconds", True)


def test_what_no_service_knows_is_refused_for_good() -> None:
    """Its user is told to give another one."""
    outcome = AppriseUrl("slack://x").send(a_notification(), now=datetime.now(UTC))
    assert (outcome.delivered, outcome.may_pass) == (False, False)


def test_a_url_is_masked_and_stays_when_it_comes_back_so(api: FunctionUnderTest) -> None:
    """Its tokens are shown to nobody, not even to whoever gave them; another URL replaces it."""
    answer = api.call("PUT", PREFERENCES, telegram())
    assert answer.get_json()["channels"] == telegram("tgram://…")["channels"]
    assert api.call("PUT", PREFERENCES, telegram("tgram://…")).status_code == 200

    def kept() -> str:
        [row] = api.database.rows("SELECT channels FROM notifications.preferences")
        return str(row["channels"][0]["url"])

    assert kept() == "tgram://123456789:the_token/chat"
    assert api.call("PUT", PREFERENCES, telegram("tgram://987654321:other/chat")).status_code == 200
    assert kept() == "tgram://987654321:other/chat"


@pytest.mark.parametrize("url", ["", "tgram", "tgram://", "tgram://…", "TGRAM://a", "tgram://a b", "://a"])
def test_what_is_no_url_is_refused_by_field(api: FunctionUnderTest, url: str) -> None:
    """The problem does not repeat it."""
    answer = api.call("PUT", PREFERENCES, telegram(url))
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (400, "channels.0.url")


def test_the_list_of_schemes_is_the_operators() -> None:
    """Not set, it is those with a host of their own; empty, there are none."""
    assert listed_schemes({}) == HOSTED
    assert listed_schemes({"APPRISE_SCHEMES": ""}) == frozenset()
    assert listed_schemes({"APPRISE_SCHEMES": " ntfy, TGRAM "}) == {"ntfy", "tgram"}
