"""Where a user wants to be told."""

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from sqlalchemy import text

from tests.functions import FunctionUnderTest
from tests.integration.notifications.notification_functions import PREFERENCES

URL = "https://example.com/hook"
SECRET = f"whsec_{b64encode(bytes(32)).decode()}"
OTHER = f"whsec_{b64encode(bytes(24)).decode()}"


def webhook(secret: str | None = None, url: str = URL) -> dict[str, list[dict[str, str]]]:
    """Return preferences with a webhook."""
    return {"channels": [{"type": "webhook", "url": url, **({"secret": secret} if secret is not None else {})}]}


def kept(api: FunctionUnderTest) -> list[str]:
    """Return the secrets that alice's webhooks are signed with."""
    rows = api.database.rows("SELECT channels FROM notifications.preferences WHERE user_id = 'alice'")
    return [channel["secret"] for row in rows for channel in row["channels"]]


def test_a_made_secret_is_shown_to_whoever_had_it_made(api: FunctionUnderTest) -> None:
    """A secret that is left out is in the answer, masked in every other, and kept when it comes back masked."""
    made = api.call("PUT", PREFERENCES, webhook())
    secret = made.get_json()["channels"][0]["secret"]
    assert kept(api) == [secret]
    shown = api.call("GET", PREFERENCES)
    assert shown.get_json()["channels"] == webhook("whsec_…")["channels"]
    unchanged = api.call("PUT", PREFERENCES, {"channels": shown.get_json()["channels"]}, If_Match=shown.headers["ETag"])
    assert unchanged.get_json()["channels"] == webhook("whsec_…")["channels"]
    assert kept(api) == [secret]
    assert api.call("PUT", PREFERENCES, webhook(), If_Match='"1"').status_code == 412


def test_whoever_lost_the_answer_asks_again(api: FunctionUnderTest) -> None:
    """The same request after an answer that never arrived is answered with the same secret."""
    made = api.call("PUT", PREFERENCES, webhook()).get_json()["channels"]
    assert api.call("PUT", PREFERENCES, webhook()).get_json()["channels"] == made


def test_a_secret_of_ones_own_replaces_the_one_before(api: FunctionUnderTest) -> None:
    """A secret that was given is kept as it is, and shown to nobody."""
    for secret in (SECRET, OTHER):
        answer = api.call("PUT", PREFERENCES, webhook(secret))
        assert (answer.status_code, secret in answer.get_data(as_text=True)) == (200, False)
        assert kept(api) == [secret]


@pytest.mark.parametrize(
    "secret",
    ["", "short", "whsec_", "whsec_A", "whsec_=====", "whsec_AAAA…", SECRET + "…", SECRET[:-1], SECRET.lower()[5:]]
    + [f"whsec_{b64encode(bytes(size)).decode()}" for size in (23, 65, 2000)],
)
def test_what_no_webhook_can_be_signed_with_is_refused(api: FunctionUnderTest, secret: str) -> None:
    """A secret that is none, or too short or long, is a problem of that field; the problem does not repeat it."""
    answer = api.call("PUT", PREFERENCES, webhook(secret))
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (400, "channels.0.secret")
    assert len(secret) < 10 or secret not in answer.get_data(as_text=True)
    assert kept(api) == []


def test_the_mask_stands_for_the_secret_of_that_very_channel(api: FunctionUnderTest) -> None:
    """Where a channel has no secret, or is another's, the mask stands for nothing."""
    answer = api.call("PUT", PREFERENCES, webhook("whsec_…"))
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (400, "channels.0.secret")
    api.call("PUT", PREFERENCES, webhook())
    moved = api.call("PUT", PREFERENCES, webhook("whsec_…", url="https://example.com/other"))
    assert (moved.status_code, moved.get_json()["errors"][0]["field"]) == (400, "channels.0.secret")
    stranger = "/notifications/bob/preferences"
    assert api.call("PUT", stranger, webhook("whsec_…"), user="bob").status_code == 400


def test_two_first_writers_do_not_overwrite_each_other(api: FunctionUnderTest) -> None:
    """Who says nothing else than "as it was at the start" waits for the other, and is told that it changed."""
    with api.database.as_admin() as other, ThreadPoolExecutor(1) as thread:
        other.execute(text("INSERT INTO notifications.preferences VALUES ('alice', '[]', 1)"))
        answer = thread.submit(api.call, "PUT", PREFERENCES, webhook(), If_Match='"0"')
        while not api.database.rows("SELECT 1 FROM pg_locks WHERE NOT granted") and not answer.done():
            sleep(0.01)
        other.commit()
        assert answer.result().status_code == 412
    assert api.call("GET", PREFERENCES).get_json() == {
        "channels": [],
        "digest": False,
        "mode": "all",
        "muted": [],
        "quietHours": None,
        "version": 1,
    }


def test_preferences_of_before_a_check_can_still_be_read(api: FunctionUnderTest) -> None:
    """An address or a secret that would be refused today does not keep a user from their preferences."""
    api.database.run(
        "INSERT INTO notifications.preferences VALUES ('alice', cast(:channels as jsonb), 1)",
        channels='[{"type": "webhook", "url": "https://a..b/", "secret": "whsec_x"}]',
    )
    assert api.call("GET", PREFERENCES).get_json()["channels"] == webhook("whsec_…", "https://a..b/")["channels"]


@pytest.mark.parametrize(
    "channel",
    [
        {"type": "carrier-pigeon"},
        {"type": "webhook"},
        {"type": "webhook", "url": "ftp://example.com"},
        {"type": "webhook", "url": "https://user:password@example.com"},
        {"type": "webhook", "url": "https://"},
        {"type": "webhook", "url": "https://example.com:99999/"},
        {"type": "webhook", "url": "https://example.com:port/"},
        {"type": "webhook", "url": "https://[bad/"},
        {"type": "webhook", "url": "https://a..b/"},
        {"type": "webhook", "url": "https://@example.com/"},
        {"type": "webhook", "url": "https://example.com/ \r\nX: y"},
        {"type": "webhook", "url": "https://bücher.example/"},
        {"type": "webhook", "url": "https://example.com", "secret": "short"},
        {"type": "inApp", "colour": "red"},
    ],
)
def test_wrong_preferences_are_refused_by_field(api: FunctionUnderTest, channel: dict[str, str]) -> None:
    """A channel that cannot be is answered with 400, and nothing changes."""
    answer = api.call("PUT", PREFERENCES, {"channels": [channel]})
    assert (answer.status_code, answer.get_json()["errors"][0]["field"].startswith("channels.0")) == (400, True)
    assert api.call("GET", PREFERENCES).get_json()["version"] == 0


def test_a_channel_is_there_once(api: FunctionUnderTest) -> None:
    """The same channel twice would notify twice."""
    answer = api.call("PUT", PREFERENCES, {"channels": [{"type": "inApp"}, {"type": "inApp"}]})
    assert (answer.status_code, answer.get_json()["errors"]) == (
        400,
        [{"field": "channels.1", "message": "is listed twice; list each channel once"}],
    )
