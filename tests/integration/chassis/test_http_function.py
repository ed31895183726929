"""Tests of what every HTTP function does with a request, on the example of ``tasks``."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

from knative.user_token import make_user_token
from tests.database import TestDatabase
from tests.functions import FunctionUnderTest, Load

TASK = {"title": "Water the plants"}


@pytest.fixture
def tasks(function: Load) -> FunctionUnderTest:
    """Load the HTTP function ``tasks``."""
    return function("tasks")


def test_a_created_task_can_be_read(tasks: FunctionUnderTest) -> None:
    """A 201 has the new task's Location and ETag, and one event is emitted."""
    created = tasks.call("POST", "/tasks", TASK)
    assert (created.status_code, created.headers["ETag"]) == (201, '"1"')
    read = tasks.call("GET", created.headers["Location"])
    assert read.json == created.json
    assert tasks.emitted_types() == ["TaskCreated"]


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ("", "a token is required"),
        ("Basic YTpi", "must be Bearer"),
        ("Bearer", "must be Bearer"),
        ("Bearer x.y.z", "not a JWT"),
        ("Bearer " + "x" * 10_000, "longer than"),
    ],
)
def test_a_request_without_a_token_is_rejected(tasks: FunctionUnderTest, header: str, detail: str) -> None:
    """A missing or unreadable token gets a 401 with a challenge and the reason."""
    response = tasks.call("GET", "/tasks", Authorization=header)
    assert (response.status_code, response.mimetype) == (401, "application/problem+json")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert detail in response.get_json()["detail"]


def test_an_expired_or_forged_token_is_rejected(tasks: FunctionUnderTest) -> None:
    """An expired token, or one that another key signed, gets a 401 and changes nothing."""
    expired = tasks.token(lifetime=timedelta(seconds=0))
    key = tasks.keys["service-key"].replace("{", '{"kid2": "", ', 1)
    forged = make_user_token("alice", key=key, now=tasks.clock.now)
    for wrong in (expired, forged):
        response = tasks.call("POST", "/tasks", TASK, Authorization=f"Bearer {wrong}")
        assert (response.status_code, response.mimetype) == (401, "application/problem+json")
    assert tasks.call("GET", "/tasks").get_json()["items"] == []


def test_another_users_task_is_not_found(tasks: FunctionUnderTest) -> None:
    """Reading or changing another user's task gets a 404."""
    location = tasks.call("POST", "/tasks", TASK).headers["Location"]
    for method, path, body in [
        ("GET", location, None),
        ("PUT", location, TASK),
        ("DELETE", location, None),
        ("POST", f"{location}/complete", None),
        ("GET", f"/tasks/{uuid4()}", None),
    ]:
        assert tasks.call(method, path, body, user="mallory").status_code == 404
    assert tasks.emitted_types() == ["TaskCreated"]


def test_the_same_key_ten_times_at_once_is_one_task(tasks: FunctionUnderTest) -> None:
    """Of ten equal requests with one Idempotency-Key, one creates a task; the others get its response or a 409."""

    def create(_: int) -> tuple[int, str]:
        client = tasks.client.application.test_client()
        headers = {"Authorization": f"Bearer {tasks.token()}", "Idempotency-Key": "one-of-a-kind"}
        response = client.post("/tasks", json=TASK, headers=headers)
        return response.status_code, response.get_json().get("id", "")

    with ThreadPoolExecutor(10) as pool:
        responses = set(pool.map(create, range(10)))
    assert {status for status, _ in responses} <= {201, 409}
    assert len({task_id for status, task_id in responses if status == 201}) == 1
    assert tasks.emitted_types() == ["TaskCreated"]


def test_a_repeat_gets_the_first_response(tasks: FunctionUnderTest) -> None:
    """The same request with the same key gets the first response, with its headers."""
    first = tasks.call("POST", "/tasks", TASK, Idempotency_Key="k1")
    tasks.call("PUT", first.headers["Location"], {"title": "Changed since"})
    again = tasks.call("POST", "/tasks", TASK, Idempotency_Key="k1")
    assert (again.status_code, again.json, again.headers["ETag"]) == (201, first.json, '"1"')
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_repeat_is_harmless_without_the_stored_response(tasks: FunctionUnderTest, database: TestDatabase) -> None:
    """Without the stored response, the id derived from the key finds the task; another request is rejected."""
    first = tasks.call("POST", "/tasks", TASK, Idempotency_Key="k1")
    database.run("DELETE FROM state.entries")
    again = tasks.call("POST", "/tasks", TASK, Idempotency_Key="k1")
    assert (again.status_code, again.get_json()) == (201, first.get_json())
    database.run("DELETE FROM state.entries")
    other = tasks.call("POST", "/tasks", {"title": "Something else"}, Idempotency_Key="k1")
    assert other.status_code == 422
    assert tasks.emitted_types() == ["TaskCreated"]


def test_a_key_belongs_to_one_request(tasks: FunctionUnderTest) -> None:
    """The same key with another body gets a 422; the same key of another user is another key."""
    tasks.call("POST", "/tasks", TASK, Idempotency_Key="k1")
    assert tasks.call("POST", "/tasks", {"title": "Other"}, Idempotency_Key="k1").status_code == 422
    assert tasks.call("POST", "/tasks", TASK, user="bob", Idempotency_Key="k1").status_code == 201


@pytest.mark.parametrize("key", ["", "a b", "ü", "x" * 256])
def test_an_invalid_key_is_rejected(tasks: FunctionUnderTest, key: str) -> None:
    """An invalid Idempotency-Key gets a 400 that names the header."""
    response = tasks.call("POST", "/tasks", TASK, Idempotency_Key=key)
    assert (response.status_code, response.get_json()["detail"].partition(":")[0]) == (400, "idempotency-key")


def test_a_failed_request_does_not_use_up_its_key(tasks: FunctionUnderTest) -> None:
    """After a 400, a corrected request with the same key is accepted."""
    assert tasks.call("POST", "/tasks", {}, Idempotency_Key="k1").status_code == 400
    assert tasks.call("POST", "/tasks", TASK, Idempotency_Key="k1").status_code == 201


def test_a_request_for_another_user_does_not_use_up_its_key(function: Load) -> None:
    """The owner is checked before the key is claimed: after a 404, the same key is valid for another request."""
    notifications = function("notifications")
    message = {"title": "Hello", "userId": "bob"}
    for _ in range(2):
        rejected = notifications.call("POST", "/notifications/send", message, Idempotency_Key="k1")
        assert (rejected.status_code, notifications.emitted) == (404, [])
    assert (
        notifications.call("POST", "/notifications/send", {"title": "Hello"}, Idempotency_Key="k1").status_code == 202
    )


def test_a_stale_precondition_is_rejected_with_the_current_version(tasks: FunctionUnderTest) -> None:
    """``If-Match`` with an old version gets a 412 with the current version."""
    location = tasks.call("POST", "/tasks", TASK).headers["Location"]
    tasks.call("PUT", location, {"title": "Second"}, If_Match='"1"')
    stale = tasks.call("PUT", location, {"title": "Third"}, If_Match='"1"')
    assert (stale.status_code, stale.get_json()["version"], stale.headers["ETag"]) == (412, 2, '"2"')
    assert tasks.call("PUT", location, {"title": "Third"}, If_Match="*").status_code == 200


def test_an_unchanged_task_is_not_sent_again(tasks: FunctionUnderTest) -> None:
    """``If-None-Match`` with the current version gets a 304."""
    location = tasks.call("POST", "/tasks", TASK).headers["Location"]
    assert tasks.call("GET", location, If_None_Match='"1"').status_code == 304


def test_unknown_paths_and_methods_get_problems(tasks: FunctionUnderTest) -> None:
    """An unknown path gets a 404, and a wrong method a 405 with the allowed methods, both as problems."""
    nowhere = tasks.call("GET", "/nowhere")
    assert (nowhere.status_code, nowhere.mimetype) == (404, "application/problem+json")
    wrong = tasks.call("PATCH", "/tasks", TASK)
    assert (wrong.status_code, wrong.mimetype) == (405, "application/problem+json")
    assert "POST" in wrong.headers["Allow"]


def test_a_correlation_id_is_passed_on(tasks: FunctionUnderTest) -> None:
    """A client's correlation id is used for the events of its request; an invalid one is replaced."""
    tasks.call("POST", "/tasks", TASK, X_Correlation_Id="my-story")
    assert tasks.emitted[0].attributes.correlationid == "my-story"
    assert tasks.call("GET", "/tasks", X_Correlation_Id="a b\x7f").headers["X-Correlation-Id"] != "a b\x7f"


def test_health_pages_need_no_token(tasks: FunctionUnderTest) -> None:
    """The platform may read the health pages, the metrics and the description without a token."""
    for path in ("/live", "/ready", "/health"):
        response = tasks.client.get(path)
        assert (response.status_code, response.get_json()["status"]) == (200, "ok")
    assert b"todo_http_requests_total" in tasks.client.get("/metrics").data
    assert tasks.client.get("/openapi.json").get_json()["info"]["title"] == "tasks"


def test_a_database_that_is_down_gets_a_503(function: Load) -> None:
    """Without its database, a function answers 503 with Retry-After, stays ready, and reports the database as down."""
    tasks = function("tasks", DATABASE_URL="postgresql+pg8000://todo_tasks:x@/todo?unix_sock=/nowhere/.s.PGSQL.5432")
    response = tasks.call("GET", "/tasks")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    health = tasks.client.get("/health")
    assert (health.status_code, health.get_json()["checks"]) == (503, {"database": "down", "secrets": "ok"})
    assert tasks.client.get("/ready").status_code == 200


def test_an_unexpected_error_shows_no_internals(tasks: FunctionUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected error gets a 500 with a reference, and without the error's text."""
    monkeypatch.setattr("functions.tasks.store.find", lambda *_, **__: 1 / 0)
    response = tasks.call("GET", f"/tasks/{uuid4()}")
    assert (response.status_code, response.mimetype) == (500, "application/problem+json")
    assert "division" not in response.get_data(as_text=True)
    assert "quote" in response.get_json()["detail"]


def test_a_huge_body_is_rejected(tasks: FunctionUnderTest) -> None:
    """A body over the limit gets a 413, and no task is created."""
    response = tasks.call("POST", "/tasks", {"title": "x" * 2**20})
    assert (response.status_code, response.mimetype) == (413, "application/problem+json")
    assert tasks.call("GET", "/tasks").get_json()["items"] == []
