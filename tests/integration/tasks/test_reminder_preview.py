"""Previewing the reminders of a draft: the functions tasks and notifications together, over real HTTP."""

import json
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.wrappers import Response

from tests.functions import FunctionUnderTest
from tests.integration.tasks.notifications_stand_in import NotificationsStandIn
from tests.integration.tasks.task_requests import DAILY, TEA

NIGHT = {"quietHours": {"timeZone": "Europe/Berlin", "windows": [{"start": "22:00", "end": "07:00"}]}}
EARLY = {**TEA, "dueAt": "2026-03-03T06:30:00", "reminders": [{"before": "PT30M"}, {"before": "PT9H"}]}
UNKNOWN = ["quiet hours were not considered: the function notifications did not answer"]


def request_preview(previews: FunctionUnderTest, draft: dict[str, Any]) -> dict[str, Any]:
    """Request the preview of a draft and return it."""
    answer = previews.call("POST", "/tasks/preview", draft)
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def test_a_preview_shows_reminders_that_quiet_hours_defer(
    previews: FunctionUnderTest, notifications: NotificationsStandIn
) -> None:
    """``remindAt`` still has the original moment. A reminder before the quiet hours is not deferred."""
    notifications.set_preferences(**NIGHT)
    found = request_preview(previews, EARLY)
    assert found["remindAt"] == ["2026-03-02T20:30:00Z", "2026-03-03T05:00:00Z"]
    assert found["deferred"] == [{"from": "2026-03-03T05:00:00Z", "to": "2026-03-03T06:00:00Z"}]
    assert found["warnings"] == []


def test_all_reminders_are_in_one_request(previews: FunctionUnderTest, notifications: NotificationsStandIn) -> None:
    """The reminders span a clock change."""
    notifications.set_preferences(**NIGHT)
    draft = {**DAILY, "dueAt": "2026-03-29T06:00:00", "reminders": [{"before": "PT0S"}, {"before": "P1D"}]}
    assert request_preview(previews, draft)["deferred"] == [
        {"from": "2026-03-28T05:00:00Z", "to": "2026-03-28T06:00:00Z"},
        {"from": "2026-03-29T04:00:00Z", "to": "2026-03-29T05:00:00Z"},
    ]
    assert len(notifications.queries) == 1


def test_without_quiet_hours_no_reminder_is_deferred(previews: FunctionUnderTest) -> None:
    """A user without preferences has no quiet hours."""
    found = request_preview(previews, EARLY)
    assert (found["deferred"], found["warnings"]) == ([], [])


@pytest.mark.parametrize("draft", [TEA, DAILY], ids=["once", "daily"])
def test_without_reminders_no_request_is_sent(
    previews: FunctionUnderTest, notifications: NotificationsStandIn, draft: dict[str, Any]
) -> None:
    """A draft without reminders does not need the preferences."""
    notifications.set_preferences(**NIGHT)
    assert request_preview(previews, draft)["deferred"] == []
    assert notifications.queries == []


def test_an_overdue_reminder_counts_from_now(previews: FunctionUnderTest, notifications: NotificationsStandIn) -> None:
    """It is delivered at once. Quiet hours that have ended do not defer it."""
    quiet = {"timeZone": "UTC", "windows": [{"start": "11:00", "end": "12:00"}]}
    notifications.set_preferences(quietHours=quiet)
    draft = {**TEA, "reminders": [{"at": "2026-03-02T11:30:00Z"}]}
    assert request_preview(previews, draft)["deferred"] == []
    previews.clock.now -= timedelta(minutes=10)
    assert request_preview(previews, draft)["deferred"] == [
        {"from": "2026-03-02T11:30:00Z", "to": "2026-03-02T12:00:00Z"}
    ]


def test_a_preview_warns_of_a_reminder_with_a_short_max_lateness(
    previews: FunctionUnderTest, notifications: NotificationsStandIn
) -> None:
    """It fails and is not deferred. A reminder with enough ``maxLateness`` is deferred."""
    notifications.set_preferences(**NIGHT)
    patient = {"before": "PT30M", "maxLateness": "PT1H"}
    impatient = {"before": "PT40M", "maxLateness": "PT1H"}
    found = request_preview(previews, {**EARLY, "reminders": [patient, impatient]})
    assert found["deferred"] == [{"from": "2026-03-03T05:00:00Z", "to": "2026-03-03T06:00:00Z"}]
    fails = "could not be sent before 2026-03-03T07:00+01:00, which its maxLateness does not allow: it will fail"
    assert found["warnings"] == [f"the reminder at 2026-03-03T05:50+01:00 {fails}"]


@pytest.mark.parametrize(
    ("preferred", "reason"),
    [
        ({"muted": ["reminder"]}, "reminders are muted in the preferences"),
        ({"channels": []}, "the preferences name no channel"),
    ],
    ids=["muted", "no channel"],
)
def test_a_preview_warns_if_no_reminder_is_delivered(
    previews: FunctionUnderTest, notifications: NotificationsStandIn, preferred: dict[str, Any], reason: str
) -> None:
    """No reminder is deferred then."""
    notifications.set_preferences(**NIGHT, **preferred)
    found = request_preview(previews, EARLY)
    assert (found["deferred"], found["warnings"]) == ([], [f"no reminder will be sent: {reason}"])


def test_warnings_of_the_rule_are_first(previews: FunctionUnderTest, notifications: NotificationsStandIn) -> None:
    """Warnings of the reminders follow."""
    notifications.set_preferences(muted=["reminder"])
    draft = {**EARLY, "dueAt": "2026-01-31T09:00:00", "recurrence": {"rule": "FREQ=MONTHLY"}}
    first, second = request_preview(previews, draft)["warnings"]
    assert "day 31" in first
    assert second.startswith("no reminder will be sent")


def test_a_preview_works_without_notifications(tasks: FunctionUnderTest) -> None:
    """No service listens: the preview has everything else, and a warning."""
    found = request_preview(tasks, EARLY)
    assert (found["remindAt"], found["deferred"]) == (["2026-03-02T20:30:00Z", "2026-03-03T05:00:00Z"], [])
    assert found["warnings"] == UNKNOWN


@pytest.mark.parametrize(
    "answer",
    [
        Response(status=404),
        Response(status=503),
        Response("{}", mimetype="application/json"),
        Response(json.dumps({"items": [], "silence": None}), mimetype="application/json"),
        Response(json.dumps({"items": [{"sendAt": "soon"}] * 2}), mimetype="application/json"),
        Response("<html>", mimetype="text/html"),
    ],
    ids=["a version that cannot say", "busy", "no items", "too few items", "no times", "no JSON"],
)
def test_a_preview_works_with_an_unusable_response(
    previews: FunctionUnderTest, notifications: NotificationsStandIn, answer: Response
) -> None:
    """The effect is the same as without a response."""
    notifications.answer = answer
    assert request_preview(previews, EARLY)["warnings"] == UNKNOWN


def test_a_preview_does_not_wait_for_a_late_response(
    previews: FunctionUnderTest, notifications: NotificationsStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the timeout the effect is the same as without a response."""
    monkeypatch.setattr("functions.tasks.reminder_preview.QUIET_HOURS_TIMEOUT", 0.05)
    notifications.released.clear()
    notifications.answer = Response(status=204)  # arrives after the timeout
    assert request_preview(previews, EARLY)["warnings"] == UNKNOWN


def test_a_response_of_a_later_version_is_accepted(
    previews: FunctionUnderTest, notifications: NotificationsStandIn
) -> None:
    """Unknown members are ignored."""
    items = [{"sendAt": "2026-03-03T08:00:00Z", "by": "pigeon"}] * 2
    notifications.answer = Response(json.dumps({"items": items, "mood": "fine"}), mimetype="application/json")
    assert [one["to"] for one in request_preview(previews, EARLY)["deferred"]] == ["2026-03-03T08:00:00Z"] * 2


def test_each_user_has_their_own_quiet_hours(previews: FunctionUnderTest, notifications: NotificationsStandIn) -> None:
    """The request is on behalf of the caller. The id of the caller may need quoting."""
    notifications.set_preferences(**NIGHT)
    answer = previews.call("POST", "/tasks/preview", EARLY, user="b o|b?")
    assert ((answer.json or {})["deferred"], (answer.json or {})["warnings"]) == ([], [])
