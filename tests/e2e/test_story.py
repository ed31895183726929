"""The story from end to end, on the system as it ships."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from tests.e2e.story import Story
from tests.e2e.system import System


def test_the_story_is_told_once(system: System) -> None:
    """A task reminds at its time, is completed, and comes again a day later; the audit log has each step once."""
    story = Story(system, "storyteller")
    story.create()
    notification = story.notification()
    created_at = datetime.fromisoformat(notification["createdAt"])
    assert created_at >= story.remind_at
    reminder = story.delivered()
    assert datetime.fromisoformat(reminder["deliveredAt"]) >= story.remind_at
    story.complete()
    story.ends_well()
    story.is_told_once()


def test_no_reminder_is_early(system: System) -> None:
    """Of many reminders around the same time, none is there before its moment, and all come."""
    stories = [Story(system, f"punctual-{number}", remind_in=3 + number / 10) for number in range(10)]
    for story in stories:
        story.create()
    for story in stories:
        made = datetime.fromisoformat(story.notification()["createdAt"])
        assert timedelta() <= made - story.remind_at


def test_the_same_request_ten_times_at_once_is_one_task(system: System) -> None:
    """Ten equal requests with one Idempotency-Key make one task, and one TaskCreated."""
    story = Story(system, "impatient", remind_in=600)

    def create(_: int) -> tuple[int, str]:
        answer = system.call("POST", "/tasks", story.draft, user=story.user, Idempotency_Key="once")
        return answer.status, answer.json.get("id", "")

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(create, range(10)))
    assert {status for status, _ in answers} <= {201, 409}
    [made] = {made for status, made in answers if status == 201}
    assert [task["id"] for task in system.items("/tasks", user=story.user)] == [made]
    story.task = {"id": made}
    story.planned(story.task)
    assert [event["type"] for event in story.audited()].count("todo.TaskCreated") == 1


def test_each_sees_only_what_is_theirs(system: System) -> None:
    """401 without a token or with one that is forged, 404 for what is another's, 403 where the role is missing."""
    place = system.call("POST", "/tasks", {"title": "Mine"}, user="owner").headers["location"]
    assert system.call("GET", place, user="owner").status == 200
    assert system.call("GET", place, user="stranger").status == 404
    assert system.call("GET", "/notifications/owner", user="stranger").status == 404
    assert system.call("GET", "/tasks", Authorization="").status == 401
    forged = system.token("owner")[:-8] + "AAAAAAAA"
    assert system.call("GET", "/tasks", Authorization=f"Bearer {forged}").status == 401
    assert system.call("GET", "/audit/entries", user="owner").status == 403
    assert system.call("GET", "/delivery/dead-letters", user="owner").status == 403
    assert system.call("GET", "/nowhere", user="owner").status == 404
