"""Tests of forgetting a user: the content becomes unreadable, and the log stays valid."""

import json
import threading
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from werkzeug.test import TestResponse

from events.task import TaskCreated, TaskUpdated
from tests.integration.audit.log_under_test import LogUnderTest
from tests.samples import NOON, a_task, an_event
from verifier.shown_entry import decrypt_hashed_event

SECRET = "See the doctor about the rash"


def append_task(log: LogUnderTest, user: str = "alice", *, title: str = SECRET, minutes: float = 0) -> None:
    """Append an event with a title that the user wrote, ``minutes`` after noon."""
    event = an_event(TaskCreated(task=a_task(user_id=user, title=title)), time=NOON + timedelta(minutes=minutes))
    assert log.append.deliver(event).status_code == 202


def forget_user(log: LogUnderTest, user: str = "alice", **headers: str) -> TestResponse:
    """Send the request to forget a user, as the operator Olga."""
    return log.audit.call("DELETE", f"/audit/subjects/{user}", user="olga", roles=("operator",), **headers)


def list_entries(log: LogUnderTest, query: str = "") -> list[dict[str, Any]]:
    """Return the entries as the API shows them to an operator."""
    items: list[dict[str, Any]] = log.get(f"/audit/entries?{query}").get_json()["items"]
    return items


def list_titles(log: LogUnderTest) -> list[str | None]:
    """Return the title in each entry, or None if its content is forgotten."""
    return [None if item["forgotten"] else item["event"]["data"]["task"]["title"] for item in list_entries(log)]


def test_the_database_contains_user_content_only_encrypted(log: LogUnderTest) -> None:
    """The columns for filters are plain text."""
    append_task(log)
    (row,) = log.append.database.rows("SELECT * FROM audit.entries")
    assert SECRET not in str(row)
    assert SECRET not in bytes(row["leaf"]).decode()
    assert (row["userid"], row["type"]) == ("alice", "todo.TaskCreated")
    assert list_titles(log) == [SECRET]


def test_forgetting_makes_content_unreadable_and_keeps_proofs_valid(log: LogUnderTest) -> None:
    """Alice's content is forgotten, Bob's is not; all earlier checkpoints still verify."""
    append_task(log)
    append_task(log, "bob", title="Buy bread")
    before = log.notes
    leaves = [item["leaf"] for item in list_entries(log)]
    response = forget_user(log)
    assert (response.status_code, response.get_json()) == (
        200,
        {"userId": "alice", "forgottenAt": "2026-03-02T12:00:00Z"},
    )
    assert list_titles(log) == [None, "Buy bread"]
    assert [item["leaf"] for item in list_entries(log)] == leaves
    assert SECRET not in log.get("/audit/entries").text
    assert log.verify(*before.values())
    assert log.get_proof("inclusion", index=0, size=2)


def test_a_forgotten_entry_shows_the_encrypted_event(log: LogUnderTest) -> None:
    """Ids, type and time stay readable; there is no content key, and the data is the JWE of the leaf."""
    append_task(log)
    forget_user(log)
    (item,) = list_entries(log)
    assert (item["forgotten"], item["contentKey"]) == (True, None)
    assert item["event"] == json.loads(b64decode(item["leaf"]))["event"]
    assert (item["event"]["userid"], item["event"]["datacontenttype"]) == ("alice", "application/jose")
    assert list_entries(log, "userId=alice") == [item]


def test_forgetting_is_recorded_in_the_log(log: LogUnderTest) -> None:
    """SubjectForgotten names the user, the time and the operator; it is not encrypted and creates no new key."""
    append_task(log)
    forget_user(log)
    (event,) = log.audit.emitted
    assert (event.attributes.type, event.attributes.audited) == ("todo.SubjectForgotten", "true")
    assert log.append.deliver(event).status_code == 202
    item = list_entries(log)[-1]
    assert item["event"]["data"] == {"userId": "alice", "forgottenAt": "2026-03-02T12:00:00Z", "by": "olga"}
    assert (item["event"]["subject"], item["forgotten"]) == ("alice", False)
    assert json.loads(b64decode(item["leaf"]))["event"] == item["event"]
    assert log.append.database.rows("SELECT key FROM audit.subjects") == [{"key": None}]


def test_a_repeated_request_to_forget_changes_nothing(log: LogUnderTest) -> None:
    """A repeat has the same response and emits no event, with an Idempotency-Key or without."""
    append_task(log)
    first = forget_user(log, idempotency_key="once").get_json()
    log.audit.clock.forward(minutes=5)
    assert forget_user(log, idempotency_key="once").get_json() == first
    assert forget_user(log).get_json() == first
    assert log.audit.emitted_types() == ["SubjectForgotten"]


def test_later_events_of_a_forgotten_user_are_readable(log: LogUnderTest) -> None:
    """They are encrypted with another key, and can be forgotten as well."""
    append_task(log)
    forget_user(log)
    append_task(log, title="Something new", minutes=1)
    assert list_titles(log) == [None, "Something new"]
    log.audit.clock.forward(minutes=2)
    assert forget_user(log).get_json()["forgottenAt"] == "2026-03-02T12:02:00Z"
    assert list_titles(log) == [None, None]


def test_an_older_event_that_arrives_later_is_unreadable(log: LogUnderTest) -> None:
    """The event happened before the user was forgotten. It is appended, and its key is never stored."""
    append_task(log)
    log.audit.clock.forward(minutes=5)
    forget_user(log)
    append_task(log, title="Emitted a minute before", minutes=4)
    assert list_titles(log) == [None, None]
    assert log.append.database.rows("SELECT key FROM audit.subjects") == [{"key": None}]
    assert log.verify()


def test_an_unknown_user_is_not_found(log: LogUnderTest) -> None:
    """The response is 404 for a user without content, for unusual ids as well, and no event is emitted."""
    append_task(log)
    for user in ("bob", "google/1%7C2", "%00", "%F0%9F%A6%8A", "a" * 1000):
        response = forget_user(log, user)
        assert (response.status_code, response.content_type) == (404, "application/problem+json"), user
    assert list_titles(log) == [SECRET]
    assert log.audit.emitted == []


def test_a_user_id_with_a_slash_can_be_forgotten(log: LogUnderTest) -> None:
    """A token issuer may use such ids."""
    append_task(log, "google/1|2")
    assert forget_user(log, "google%2F1%7C2").get_json()["userId"] == "google/1|2"
    assert list_titles(log) == [None]


@pytest.mark.parametrize("roles", [(), ("user",)])
def test_only_an_operator_can_forget_a_user(log: LogUnderTest, roles: tuple[str, ...]) -> None:
    """Users are rejected, also for themselves."""
    append_task(log)
    assert log.audit.call("DELETE", "/audit/subjects/alice", roles=roles).status_code == 403
    assert log.audit.client.delete("/audit/subjects/alice").status_code == 401
    assert list_titles(log) == [SECRET]


def test_a_content_key_decrypts_only_its_own_entry(log: LogUnderTest) -> None:
    """It does not decrypt another entry of the same user."""
    append_task(log, title="One")
    append_task(log, title="Two")
    one, two = list_entries(log)
    encrypted = json.loads(b64decode(two["leaf"]))["event"]
    assert decrypt_hashed_event(encrypted, two["contentKey"]) == two["event"]
    with pytest.raises(InvalidTag):
        decrypt_hashed_event(encrypted, one["contentKey"])


def test_appending_and_forgetting_at_the_same_time_leaves_no_readable_content(log: LogUnderTest) -> None:
    """In any order of the requests, older content is unreadable and the log is valid."""
    append_task(log)
    log.audit.clock.forward(minutes=1)
    start = threading.Barrier(9)

    def append(number: int) -> None:
        start.wait()
        log.append.deliver(an_event(TaskUpdated(task=a_task(title=SECRET, version=number + 2)), time=NOON))

    with ThreadPoolExecutor(8) as pool:
        appended = [pool.submit(append, number) for number in range(8)]
        start.wait()
        assert forget_user(log).status_code == 200
        for future in appended:
            future.result()
    assert list_titles(log) == [None] * 9
    assert log.verify()
