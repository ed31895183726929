"""What every HTTP function does with a request, shown on ``tasks``."""

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
    """Load the HTTP function to show it on."""
    return function("tasks")


def test_what_was_created_can_be_read(tasks: FunctionUnderTest) -> None:
    """A 201 says where the new thing is and which version of it that is, and one event is said."""
    made = tasks.call("POST", "/tasks", TASK)
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    read = tasks.call("GET", made.headers["Location"])
    assert read.json == made.json
    assert tasks.emitted_types() == ["TaskCreated"]


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ("", "a token is required"),
        ("Basic YTpi", "must be Bearer"),
        ("Bearer", "must be Bearer"),
        ("Bearer x.y.z", "no JWT"),
        ("Bearer " + "x" * 10_000, "longer than"),
    ],
)
def test_without_a_token_nobody_is_let_in(tasks: FunctionUnderTest, header: str, detail: str) -> None:
    """A missing or unreadable token is answered with 401, a challenge, and what is wrong."""
    answer = tasks.call("GET", "/tasks", Authorization=header)
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert detail in answer.get_json()["detail"]


def test_an_expired_or_forged_token_is_refused(tasks: FunctionUnderTest) -> None:
    """A token of yesterday, or one that another key signed, is answered with 401 and changes nothing."""
    expired = tasks.token(lifetime=timedelta(seconds=0))
    key = tasks.keys["service-key"].replace("{", '{"kid2": "", ', 1)
    forged = make_user_token("alice", key=key, now=tasks.clock.now)
    for bad in (expired, forged):
        answer = tasks.call("POST", "/tasks", TASK, Authorization=f"Bearer {bad}")
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert tasks.call("GET", "/tasks").get_json()["items"] == []


def test_another_users_things_are_not_there(tasks: FunctionUnderTest) -> None:
    """Whoever asks for another's id, to read or to change, is told that there is nothing."""
    place = tasks.call("POST", "/tasks", TASK).headers["Location"]
    for method, path, body in [
        ("GET", place, None),
        ("PUT", place, TASK),
        ("DELETE", place, None),
        ("POST", f"{place}/complete", None),
        ("GET", f"/tasks/{uuid4()}", None),
    ]:
        assert tasks.call(method, path, body, user="mallory").status_code == 404
    assert tasks.emitted_types() == ["TaskCreated"]


def test_the_same_key_ten_times_at_once_is_one_task(tasks: FunctionUnderTest) -> None:
    """Of ten equal requests with one Idempotency-Key one acts; the others have its answer, or wait their turn."""

    def create(_: int) -> tuple[int, str]:
        client = tasks.client.application.test_client()
        headers = {"Authorization": f"Bearer {tasks.token()}", "Idempotency-Key": "one-of-a-kind"}
        answer = client.post("/tasks", json=TASK, headers=headers)
        return answer.status_code, answer.get_json().get("id", "")

    with ThreadPoolExecutor(10) as pool:
        answers = set(pool.map(create, range(10)))
    assert {status for status, _ in answers} <= {201, 409}
    assert len({made for status, made in answers if status == 201}) == 1
    assert tasks.emitted_types() == ["TaskCreated"]


def test_a_repeat_is_answered_as_the_first_time(tasks: FunctionUnderTest) -> None:
    """The same key with the same request has the first answer, headers included."""
    first = tasks.call("POST", "/tasks", TASK, Idempotency_Key="k1")
    tasks.call("PUT", first.headers["Location"], {"title": "Changed since"})
    again = tasks.call("POST", "/tasks", TASK, Idempotency_Key="k1")
    assert (again.status_code, again.json, again.headers["ETag"]) == (201, first.json, '"1"')
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_repeat_is_harmless_where_the_state_store_forgot(tasks: FunctionUnderTest, database: TestDatabase) -> None:
    """Without the kept answer the task is found by the id that its key gives it; another request is refused."""
    first = tasks.call("POST", "/tasks", TASK, Idempotency_Key="k1")
    database.run("DELETE FROM state.entries")
    again = tasks.call("POST", "/tasks", TASK, Idempotency_Key="k1")
    assert (again.status_code, again.get_json()) == (201, first.get_json())
    database.run("DELETE FROM state.entries")
    other = tasks.call("POST", "/tasks", {"title": "Something else"}, Idempotency_Key="k1")
    assert other.status_code == 422
    assert tasks.emitted_types() == ["TaskCreated"]


def test_a_key_belongs_to_one_request(tasks: FunctionUnderTest) -> None:
    """The same key with another body is answered with 422; another user's same key is another key."""
    tasks.call("POST", "/tasks", TASK, Idempotency_Key="k1")
    assert tasks.call("POST", "/tasks", {"title": "Other"}, Idempotency_Key="k1").status_code == 422
    assert tasks.call("POST", "/tasks", TASK, user="bob", Idempotency_Key="k1").status_code == 201


@pytest.mark.parametrize("key", ["", "a b", "ü", "x" * 256])
def test_a_key_that_is_none_is_refused(tasks: FunctionUnderTest, key: str) -> None:
    """An Idempotency-Key that cannot be one is answered with 400 that names the header."""
    answer = tasks.call("POST", "/tasks", TASK, Idempotency_Key=key)
    assert (answer.status_code, answer.get_json()["detail"].partition(":")[0]) == (400, "idempotency-key")


def test_what_failed_may_be_sent_again_with_its_key(tasks: FunctionUnderTest) -> None:
    """A refused request does not use up its key."""
    assert tasks.call("POST", "/tasks", {}, Idempotency_Key="k1").status_code == 400
    assert tasks.call("POST", "/tasks", TASK, Idempotency_Key="k1").status_code == 201


def test_a_stale_precondition_is_refused_with_the_current_version(tasks: FunctionUnderTest) -> None:
    """``If-Match`` with an old version is answered with 412 and the version that there is."""
    place = tasks.call("POST", "/tasks", TASK).headers["Location"]
    tasks.call("PUT", place, {"title": "Second"}, If_Match='"1"')
    stale = tasks.call("PUT", place, {"title": "Third"}, If_Match='"1"')
    assert (stale.status_code, stale.get_json()["version"], stale.headers["ETag"]) == (412, 2, '"2"')
    assert tasks.call("PUT", place, {"title": "Third"}, If_Match="*").status_code == 200


def test_what_did_not_change_is_not_sent_again(tasks: FunctionUnderTest) -> None:
    """``If-None-Match`` with the current version is answered with 304."""
    place = tasks.call("POST", "/tasks", TASK).headers["Location"]
    assert tasks.call("GET", place, If_None_Match='"1"').status_code == 304


def test_unknown_paths_and_methods_are_problems(tasks: FunctionUnderTest) -> None:
    """What there is not is answered as a problem, and a wrong method with those that there are."""
    nowhere = tasks.call("GET", "/nowhere")
    assert (nowhere.status_code, nowhere.mimetype) == (404, "application/problem+json")
    wrong = tasks.call("PATCH", "/tasks", TASK)
    assert (wrong.status_code, wrong.mimetype) == (405, "application/problem+json")
    assert "POST" in wrong.headers["Allow"]


def test_a_correlation_id_comes_back(tasks: FunctionUnderTest) -> None:
    """A client's correlation id is that of all that follows; one that cannot be kept is replaced."""
    tasks.call("POST", "/tasks", TASK, X_Correlation_Id="my-story")
    assert tasks.emitted[0].attributes.correlationid == "my-story"
    assert tasks.call("GET", "/tasks", X_Correlation_Id="a b\x7f").headers["X-Correlation-Id"] != "a b\x7f"


def test_health_pages_need_no_token(tasks: FunctionUnderTest) -> None:
    """Whoever runs a function may ask how it is without a token."""
    for path in ("/live", "/ready", "/health"):
        answer = tasks.client.get(path)
        assert (answer.status_code, answer.get_json()["status"]) == (200, "ok")
    assert b"todo_http_requests_total" in tasks.client.get("/metrics").data
    assert tasks.client.get("/openapi.json").get_json()["info"]["title"] == "tasks"


def test_a_database_that_is_down_is_a_delay(function: Load) -> None:
    """Without its database a function answers 503 with Retry-After, is ready, and says what is wrong."""
    tasks = function("tasks", DATABASE_URL="postgresql+pg8000://todo_tasks:x@/todo?unix_sock=/nowhere/.s.PGSQL.5432")
    answer = tasks.call("GET", "/tasks")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    health = tasks.client.get("/health")
    assert (health.status_code, health.get_json()["checks"]) == (503, {"database": "down", "secrets": "ok"})
    assert tasks.client.get("/ready").status_code == 200


def test_a_defect_shows_nothing_of_the_inside(tasks: FunctionUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected failure is answered with a reference, and without what failed."""
    monkeypatch.setattr("functions.tasks.store.find", lambda *_, **__: 1 / 0)
    answer = tasks.call("GET", f"/tasks/{uuid4()}")
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert "division" not in answer.get_data(as_text=True)
    assert "quote" in answer.get_json()["detail"]


def test_a_huge_body_is_refused(tasks: FunctionUnderTest) -> None:
    """A body beyond the limit is answered with 413, and nothing of it is kept."""
    answer = tasks.call("POST", "/tasks", {"title": "x" * 2**20})
    assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")
    assert tasks.call("GET", "/tasks").get_json()["items"] == []
