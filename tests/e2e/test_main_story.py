"""The main story and its promises, on the system as a user starts it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from tests.e2e.story import Story
from tests.e2e.system import System


def test_the_story_from_reminder_to_next_occurrence(system: System) -> None:
    """The reminder is punctual, the next occurrence is a day later, and the audit log has each event once."""
    story = Story(system, "storyteller")
    story.create_task()
    notification = story.wait_for_notification()
    created_at = datetime.fromisoformat(notification["createdAt"])
    assert created_at >= story.remind_at
    reminder = story.wait_for_delivery()
    assert datetime.fromisoformat(reminder["deliveredAt"]) >= story.remind_at
    story.complete_task()
    story.check_next_occurrence()
    story.check_audit_log()


def test_no_reminder_is_early(system: System) -> None:
    """Many reminders at almost the same time are all delivered, and none before its time."""
    stories = [Story(system, f"punctual-{number}", remind_in=3 + number / 10) for number in range(10)]
    for story in stories:
        story.create_task()
    for story in stories:
        created_at = datetime.fromisoformat(story.wait_for_notification()["createdAt"])
        assert timedelta() <= created_at - story.remind_at


def test_ten_concurrent_requests_with_one_key_create_one_task(system: System) -> None:
    """All have the same Idempotency-Key. One task and one TaskCreated exist."""
    story = Story(system, "impatient", remind_in=600)

    def create(_: int) -> tuple[int, str]:
        response = system.call("POST", "/tasks", story.draft, user=story.user, Idempotency_Key="once")
        return response.status, response.json.get("id", "")

    with ThreadPoolExecutor(10) as pool:
        responses = list(pool.map(create, range(10)))
    assert {status for status, _ in responses} <= {201, 409}
    [task_id] = {task_id for status, task_id in responses if status == 201}
    assert [task["id"] for task in system.list_items("/tasks", user=story.user)] == [task_id]
    story.task = {"id": task_id}
    story.wait_for_reminder(story.task)
    assert [event["type"] for event in story.list_audited_events()].count("todo.TaskCreated") == 1


def test_users_see_only_their_own_data(system: System) -> None:
    """No token, or a forged one, is 401. Another user's data is 404, a missing role is 403."""
    location = system.call("POST", "/tasks", {"title": "Mine"}, user="owner").headers["location"]
    assert system.call("GET", location, user="owner").status == 200
    assert system.call("GET", location, user="stranger").status == 404
    assert system.call("GET", "/notifications/owner", user="stranger").status == 404
    assert system.call("GET", "/tasks", Authorization="").status == 401
    forged = system.token("owner")[:-8] + "AAAAAAAA"
    assert system.call("GET", "/tasks", Authorization=f"Bearer {forged}").status == 401
    assert system.call("GET", "/audit/entries", user="owner").status == 403
    assert system.call("GET", "/delivery/dead-letters", user="owner").status == 403
    assert system.call("GET", "/nowhere", user="owner").status == 404
