"""When what falls due at some moment would be sent."""

from typing import Any

import pytest

from tests.functions import FunctionUnderTest
from tests.integration.notifications.notification_functions import PREFERENCES

OUTLOOK = "/notifications/alice/outlook"
QUIET = {"timeZone": "Europe/Berlin", "windows": [{"start": "22:00", "end": "07:00"}]}


def prefer(api: FunctionUnderTest, **preferences: Any) -> None:
    """Let alice prefer to be notified so, in the app unless other channels are named."""
    assert api.call("PUT", PREFERENCES, {"channels": [{"type": "inApp"}], **preferences}).status_code == 200


def test_an_outlook_says_when_each_would_be_sent(api: FunctionUnderTest) -> None:
    """At its moment, or at the end of the quiet hours; in the order asked for, a moment twice where it is."""
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


def test_quiet_hours_at_the_end_of_time_can_be_asked_for(api: FunctionUnderTest) -> None:
    """Their end may lie beyond what may be asked."""
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
def test_an_outlook_says_why_nothing_would_be_sent(
    api: FunctionUnderTest, preferred: dict[str, Any], kind: str, silence: str | None
) -> None:
    """A kind that is muted has no times, the others have."""
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
def test_what_cannot_be_asked_is_refused_by_name(api: FunctionUnderTest, query: str, field: str) -> None:
    """A moment has an offset, and there are some, but not too many."""
    answer = api.call("GET", OUTLOOK + query)
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (400, field)


def test_nobody_reads_anothers_outlook(api: FunctionUnderTest) -> None:
    """It would tell when they sleep."""
    assert api.call("GET", f"{OUTLOOK}?at=2026-03-02T12:00:00Z", user="bob").status_code == 404
