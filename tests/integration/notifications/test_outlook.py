"""The prediction of when notifications would be sent."""

from typing import Any

import pytest

from tests.functions import FunctionUnderTest
from tests.integration.notifications.notification_functions import PREFERENCES

OUTLOOK = "/notifications/alice/outlook"
QUIET = {"timeZone": "Europe/Berlin", "windows": [{"start": "22:00", "end": "07:00"}]}


def prefer(api: FunctionUnderTest, **preferences: Any) -> None:
    """Store preferences of alice; the app is her only channel unless others are given."""
    assert api.call("PUT", PREFERENCES, {"channels": [{"type": "inApp"}], **preferences}).status_code == 200


def test_an_outlook_has_a_time_for_each_moment(api: FunctionUnderTest) -> None:
    """The time is the moment itself or the end of the quiet hours, in the order of the request."""
    prefer(api, quietHours=QUIET)
    asked = "at=2026-03-02T22:30:00Z&at=2026-03-02T12:00:00%2B01:00&at=2026-03-02T22:30:00Z"
    assert api.call("GET", f"{OUTLOOK}?{asked}").get_json() == {
        "items": [
            {"at": "2026-03-02T22:30:00Z", "sendAt": "2026-03-03T06:00:00Z"},
            {"at": "2026-03-02T12:00:00+01:00", "sendAt": "2026-03-02T12:00:00+01:00"},
            {"at": "2026-03-02T22:30:00Z", "sendAt": "2026-03-03T06:00:00Z"},
        ],
        "silence": None,
    }


def test_quiet_hours_may_end_beyond_the_last_moment(api: FunctionUnderTest) -> None:
    """The end may be later than any moment a request may contain."""
    prefer(api, quietHours=QUIET)
    answer = api.call("GET", f"{OUTLOOK}?at=8999-12-31T23:30:00Z").get_json()
    assert [one["sendAt"] for one in answer["items"]] == ["9000-01-01T06:00:00Z"]


@pytest.mark.parametrize(
    ("preferred", "kind", "silence"),
    [
        ({"muted": ["reminder"]}, "reminder", "reminders are muted in the preferences"),
        ({"muted": ["reminder"]}, "message", None),
        ({"muted": ["message"]}, "message", "messages are muted in the preferences"),
        ({"channels": []}, "reminder", "the preferences name no channel"),
    ],
)
def test_an_outlook_explains_silence(
    api: FunctionUnderTest, preferred: dict[str, Any], kind: str, silence: str | None
) -> None:
    """A muted kind has no times."""
    prefer(api, **preferred)
    found = api.call("GET", f"{OUTLOOK}?kind={kind}&at=2026-03-02T12:00:00Z").get_json()
    assert (found["silence"], len(found["items"])) == (silence, 0 if silence else 1)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "at"),
        ("?at=noon", "at.0"),
        ("?at=2026-03-02T12:00:00", "at.0"),
        ("?" + "&".join(["at=2026-03-02T12:00:00Z"] * 21), "at"),
        ("?at=2026-03-02T12:00:00Z&kind=digest", "kind"),
        ("?at=2026-03-02T12:00:00Z&zone=UTC", "zone"),
    ],
)
def test_wrong_parameters_are_rejected_by_name(api: FunctionUnderTest, query: str, field: str) -> None:
    """A moment has an offset, and there are 1 to 20 of them."""
    answer = api.call("GET", OUTLOOK + query)
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (400, field)


def test_the_outlook_of_another_user_is_not_found(api: FunctionUnderTest) -> None:
    """It would show when they sleep."""
    assert api.call("GET", f"{OUTLOOK}?at=2026-03-02T12:00:00Z", user="bob").status_code == 404
