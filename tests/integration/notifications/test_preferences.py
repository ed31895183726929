"""A user's preferences over HTTP."""

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


def stored_secrets(api: FunctionUnderTest) -> list[str]:
    """Return the stored secrets of alice's webhooks."""
    rows = api.database.rows("SELECT channels FROM notifications.preferences WHERE user_id = 'alice'")
    return [channel["secret"] for row in rows for channel in row["channels"]]


def test_a_new_secret_is_shown_once(api: FunctionUnderTest) -> None:
    """Only the response that creates a secret shows it. A request with the mask leaves it unchanged."""
    made = api.call("PUT", PREFERENCES, webhook())
    secret = made.get_json()["channels"][0]["secret"]
    assert stored_secrets(api) == [secret]
    shown = api.call("GET", PREFERENCES)
    assert shown.get_json()["channels"] == webhook("whsec_…")["channels"]
    unchanged = api.call("PUT", PREFERENCES, {"channels": shown.get_json()["channels"]}, If_Match=shown.headers["ETag"])
    assert unchanged.get_json()["channels"] == webhook("whsec_…")["channels"]
    assert stored_secrets(api) == [secret]
    assert api.call("PUT", PREFERENCES, webhook(), If_Match='"1"').status_code == 412


def test_a_repeated_request_shows_the_new_secret_again(api: FunctionUnderTest) -> None:
    """A client that lost the response gets the same secret."""
    made = api.call("PUT", PREFERENCES, webhook()).get_json()["channels"]
    assert api.call("PUT", PREFERENCES, webhook()).get_json()["channels"] == made


def test_a_given_secret_replaces_the_stored_one(api: FunctionUnderTest) -> None:
    """It is stored without changes, and not shown."""
    for secret in (SECRET, OTHER):
        answer = api.call("PUT", PREFERENCES, webhook(secret))
        assert (answer.status_code, secret in answer.get_data(as_text=True)) == (200, False)
        assert stored_secrets(api) == [secret]


@pytest.mark.parametrize(
    "secret",
    ["", "short", "whsec_", "whsec_A", "whsec_=====", "whsec_AAAA…", SECRET + "…", SECRET[:-1], SECRET.lower()[5:]]
    + [f"whsec_{b64encode(bytes(size)).decode()}" for size in (23, 65, 2000)],
)
def test_a_secret_that_cannot_sign_is_rejected(api: FunctionUnderTest, secret: str) -> None:
    """The problem names the field and does not repeat the secret."""
    answer = api.call("PUT", PREFERENCES, webhook(secret))
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (400, "channels.0.secret")
    assert len(secret) < 10 or secret not in answer.get_data(as_text=True)
    assert stored_secrets(api) == []


def test_the_mask_stands_for_the_secret_of_the_same_channel(api: FunctionUnderTest) -> None:
    """A channel without a stored secret, or with another URL, rejects the mask."""
    answer = api.call("PUT", PREFERENCES, webhook("whsec_…"))
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (400, "channels.0.secret")
    api.call("PUT", PREFERENCES, webhook())
    moved = api.call("PUT", PREFERENCES, webhook("whsec_…", url="https://example.com/other"))
    assert (moved.status_code, moved.get_json()["errors"][0]["field"]) == (400, "channels.0.secret")
    stranger = "/notifications/bob/preferences"
    assert api.call("PUT", stranger, webhook("whsec_…"), user="bob").status_code == 400


def test_concurrent_first_writers_do_not_overwrite_each_other(api: FunctionUnderTest) -> None:
    """The second writer waits for the first one, and then its If-Match fails."""
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


def test_preferences_stored_before_a_check_can_be_read(api: FunctionUnderTest) -> None:
    """A stored URL or secret that would be rejected now does not make the preferences unreadable."""
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
def test_wrong_channels_are_rejected_by_field(api: FunctionUnderTest, channel: dict[str, str]) -> None:
    """The problem names the channel, and the preferences stay unchanged."""
    answer = api.call("PUT", PREFERENCES, {"channels": [channel]})
    assert (answer.status_code, answer.get_json()["errors"][0]["field"].startswith("channels.0")) == (400, True)
    assert api.call("GET", PREFERENCES).get_json()["version"] == 0


def test_a_channel_listed_twice_is_rejected(api: FunctionUnderTest) -> None:
    """It would notify the user twice."""
    answer = api.call("PUT", PREFERENCES, {"channels": [{"type": "inApp"}, {"type": "inApp"}]})
    assert (answer.status_code, answer.get_json()["errors"]) == (
        400,
        [{"field": "channels.1", "message": "is listed twice; list each channel once"}],
    )
