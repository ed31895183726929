"""Whether quiet hours move the reminders of a draft: the functions tasks and notifications together, over real HTTP."""

import json
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.wrappers import Response

from tests.functions import FunctionUnderTest
from tests.integration.tasks.stand_in import Notifications
from tests.integration.tasks.stories import DAILY, TEA

NIGHT = {"quietHours": {"timeZone": "Europe/Berlin", "windows": [{"start": "22:00", "end": "07:00"}]}}
EARLY = {**TEA, "dueAt": "2026-03-03T06:30:00", "reminders": [{"before": "PT30M"}, {"before": "PT9H"}]}
UNKNOWN = ["quiet hours were not considered: the function notifications did not say"]


def preview(previews: FunctionUnderTest, draft: dict[str, Any]) -> dict[str, Any]:
    """Return what a draft would come to."""
    answer = previews.call("POST", "/tasks/preview", draft)
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def test_a_preview_says_whether_quiet_hours_move_a_reminder(
    previews: FunctionUnderTest, notifications: Notifications
) -> None:
    """From its own moment, which is still among ``remindAt``, to their end; one before they begin is not moved."""
    notifications.prefer(**NIGHT)
    found = preview(previews, EARLY)
    assert found["remindAt"] == ["2026-03-02T20:30:00Z", "2026-03-03T05:00:00Z"]
    assert found["deferred"] == [{"from": "2026-03-03T05:00:00Z", "to": "2026-03-03T06:00:00Z"}]
    assert found["warnings"] == []


def test_several_reminders_are_asked_for_at_once(previews: FunctionUnderTest, notifications: Notifications) -> None:
    """One call for all of them, over the clock change of their zone."""
    notifications.prefer(**NIGHT)
    draft = {**DAILY, "dueAt": "2026-03-29T06:00:00", "reminders": [{"before": "PT0S"}, {"before": "P1D"}]}
    assert preview(previews, draft)["deferred"] == [
        {"from": "2026-03-28T05:00:00Z", "to": "2026-03-28T06:00:00Z"},
        {"from": "2026-03-29T04:00:00Z", "to": "2026-03-29T05:00:00Z"},
    ]
    assert len(notifications.asked) == 1


def test_without_quiet_hours_nothing_is_moved(previews: FunctionUnderTest) -> None:
    """Whoever never said anything is told at any time."""
    found = preview(previews, EARLY)
    assert (found["deferred"], found["warnings"]) == ([], [])


@pytest.mark.parametrize("draft", [TEA, DAILY], ids=["once", "daily"])
def test_without_reminders_nobody_is_asked(
    previews: FunctionUnderTest, notifications: Notifications, draft: dict[str, Any]
) -> None:
    """There is nothing to be moved."""
    notifications.prefer(**NIGHT)
    assert preview(previews, draft)["deferred"] == []
    assert notifications.asked == []


def test_what_is_overdue_counts_from_now(previews: FunctionUnderTest, notifications: Notifications) -> None:
    """A reminder whose moment has passed fires at once: quiet hours that are over by now do not move it."""
    quiet = {"timeZone": "UTC", "windows": [{"start": "11:00", "end": "12:00"}]}
    notifications.prefer(quietHours=quiet)
    draft = {**TEA, "reminders": [{"at": "2026-03-02T11:30:00Z"}]}
    assert preview(previews, draft)["deferred"] == []
    previews.clock.now -= timedelta(minutes=10)
    assert preview(previews, draft)["deferred"] == [{"from": "2026-03-02T11:30:00Z", "to": "2026-03-02T12:00:00Z"}]


def test_a_preview_warns_of_a_reminder_that_may_not_wait_for_the_end(
    previews: FunctionUnderTest, notifications: Notifications
) -> None:
    """It is not moved but fails; one that may wait as long as it takes is moved."""
    notifications.prefer(**NIGHT)
    patient = {"before": "PT30M", "maxLateness": "PT1H"}
    impatient = {"before": "PT40M", "maxLateness": "PT1H"}
    found = preview(previews, {**EARLY, "reminders": [patient, impatient]})
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
def test_a_preview_warns_where_no_reminder_will_be_sent(
    previews: FunctionUnderTest, notifications: Notifications, preferred: dict[str, Any], reason: str
) -> None:
    """Nothing is moved then."""
    notifications.prefer(**NIGHT, **preferred)
    found = preview(previews, EARLY)
    assert (found["deferred"], found["warnings"]) == ([], [f"no reminder will be sent: {reason}"])


def test_warnings_of_the_rule_come_first(previews: FunctionUnderTest, notifications: Notifications) -> None:
    """What surprises about the rule, then what does about its reminders."""
    notifications.prefer(muted=["reminder"])
    draft = {**EARLY, "dueAt": "2026-01-31T09:00:00", "recurrence": {"rule": "FREQ=MONTHLY"}}
    first, second = preview(previews, draft)["warnings"]
    assert "day 31" in first
    assert second.startswith("no reminder will be sent")


def test_a_preview_does_not_fail_where_notifications_are_down(tasks: FunctionUnderTest) -> None:
    """Nothing listens there: all else is answered, and the warning says what is not in it."""
    found = preview(tasks, EARLY)
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
def test_a_preview_does_not_fail_for_an_answer_that_says_nothing(
    previews: FunctionUnderTest, notifications: Notifications, answer: Response
) -> None:
    """Whatever it is, it is as if nobody had answered."""
    notifications.answer = answer
    assert preview(previews, EARLY)["warnings"] == UNKNOWN


def test_a_preview_waits_for_a_short_time_only(
    previews: FunctionUnderTest, notifications: Notifications, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that does not come is not waited for."""
    monkeypatch.setattr("functions.tasks.outlook.DEADLINE", 0.05)
    notifications.released.clear()
    notifications.answer = Response(status=204)  # for when it is let go: too late to be looked at
    assert preview(previews, EARLY)["warnings"] == UNKNOWN


def test_an_answer_of_a_later_version_is_read(previews: FunctionUnderTest, notifications: Notifications) -> None:
    """What is not known of it is left aside."""
    items = [{"sendAt": "2026-03-03T08:00:00Z", "by": "pigeon"}] * 2
    notifications.answer = Response(json.dumps({"items": items, "mood": "fine"}), mimetype="application/json")
    assert [one["to"] for one in preview(previews, EARLY)["deferred"]] == ["2026-03-03T08:00:00Z"] * 2


def test_each_is_told_by_their_own_quiet_hours(previews: FunctionUnderTest, notifications: Notifications) -> None:
    """It is asked on the behalf of whoever asks, also where their name needs quoting."""
    notifications.prefer(**NIGHT)
    answer = previews.call("POST", "/tasks/preview", EARLY, user="b o|b?")
    assert ((answer.json or {})["deferred"], (answer.json or {})["warnings"]) == ([], [])
