"""A user's right to be forgotten: their content goes, the log stays."""

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
from tests.integration.audit.conftest import Checked
from tests.samples import NOON, a_task, an_event
from verifier.shown_entry import decrypt_event

SECRET = "See the doctor about the rash"


def write(log: Checked, user: str = "alice", *, title: str = SECRET, minutes: float = 0) -> None:
    """Append what a user wrote, some minutes after noon."""
    event = an_event(TaskCreated(task=a_task(user_id=user, title=title)), time=NOON + timedelta(minutes=minutes))
    assert log.append.deliver(event).status_code == 202


def forget(log: Checked, user: str = "alice", **headers: str) -> TestResponse:
    """Ask as an operator that a user is forgotten."""
    return log.audit.call("DELETE", f"/audit/subjects/{user}", user="olga", roles=("operator",), **headers)


def entries(log: Checked, query: str = "") -> list[dict[str, Any]]:
    """Return the log's entries as an operator sees them."""
    items: list[dict[str, Any]] = log.get(f"/audit/entries?{query}").get_json()["items"]
    return items


def titles(log: Checked) -> list[str | None]:
    """Return each entry's title, None where its content is forgotten."""
    return [None if item["forgotten"] else item["event"]["data"]["task"]["title"] for item in entries(log)]


def test_no_table_of_the_log_holds_what_a_user_wrote(log: Checked) -> None:
    """An entry's content is in the database only as it was encrypted; what it is found by is in the clear."""
    write(log)
    (row,) = log.append.database.rows("SELECT * FROM audit.entries")
    assert SECRET not in str(row)
    assert SECRET not in bytes(row["leaf"]).decode()
    assert (row["userid"], row["type"]) == ("alice", "todo.TaskCreated")
    assert titles(log) == [SECRET]


def test_forgetting_makes_the_content_unreadable_and_breaks_no_proof(log: Checked) -> None:
    """Alice's content goes, bob's stays; the log with all its checkpoints verifies as before."""
    write(log)
    write(log, "bob", title="Buy bread")
    before = log.notes
    leaves = [item["leaf"] for item in entries(log)]
    answer = forget(log)
    assert (answer.status_code, answer.get_json()) == (200, {"userId": "alice", "forgottenAt": "2026-03-02T12:00:00Z"})
    assert titles(log) == [None, "Buy bread"]
    assert [item["leaf"] for item in entries(log)] == leaves
    assert SECRET not in log.get("/audit/entries").text
    assert log.verify(*before.values())
    assert log.proof("inclusion", index=0, size=2)


def test_what_is_forgotten_is_shown_as_it_stands_in_the_leaf(log: Checked) -> None:
    """Who, what and when stay readable; there is no key, and the data is what nobody opens."""
    write(log)
    forget(log)
    (item,) = entries(log)
    assert (item["forgotten"], item["contentKey"]) == (True, None)
    assert item["event"] == json.loads(b64decode(item["leaf"]))["event"]
    assert (item["event"]["userid"], item["event"]["datacontenttype"]) == ("alice", "application/jose")
    assert entries(log, "userId=alice") == [item]


def test_forgetting_is_said_in_the_log(log: Checked) -> None:
    """SubjectForgotten names whom, when and by whom, is appended in the clear, and makes no new key."""
    write(log)
    forget(log)
    (event,) = log.audit.emitted
    assert (event.attributes.type, event.attributes.audited) == ("todo.SubjectForgotten", "true")
    assert log.append.deliver(event).status_code == 202
    item = entries(log)[-1]
    assert item["event"]["data"] == {"userId": "alice", "forgottenAt": "2026-03-02T12:00:00Z", "by": "olga"}
    assert (item["event"]["subject"], item["forgotten"]) == ("alice", False)
    assert json.loads(b64decode(item["leaf"]))["event"] == item["event"]
    assert log.append.database.rows("SELECT key FROM audit.subjects") == [{"key": None}]


def test_forgetting_twice_is_forgetting_once(log: Checked) -> None:
    """A repeat answers as the first did and says nothing, with an Idempotency-Key or without."""
    write(log)
    first = forget(log, idempotency_key="once").get_json()
    log.audit.clock.forward(minutes=5)
    assert forget(log, idempotency_key="once").get_json() == first
    assert forget(log).get_json() == first
    assert log.audit.emitted_types() == ["SubjectForgotten"]


def test_whoever_comes_back_is_remembered_from_then_on(log: Checked) -> None:
    """What is said after it is encrypted with another key, and can be forgotten as well."""
    write(log)
    forget(log)
    write(log, title="Something new", minutes=1)
    assert titles(log) == [None, "Something new"]
    log.audit.clock.forward(minutes=2)
    assert forget(log).get_json()["forgottenAt"] == "2026-03-02T12:02:00Z"
    assert titles(log) == [None, None]


def test_what_was_said_before_and_comes_after_is_forgotten_too(log: Checked) -> None:
    """An event that was on its way is appended, and its content is readable to nobody from the start."""
    write(log)
    log.audit.clock.forward(minutes=5)
    forget(log)
    write(log, title="Said a minute before", minutes=4)
    assert titles(log) == [None, None]
    assert log.append.database.rows("SELECT key FROM audit.subjects") == [{"key": None}]
    assert log.verify()


def test_a_user_of_whom_there_is_nothing_is_not_found(log: Checked) -> None:
    """404 for somebody the log never heard of, whatever the name or its length, and nothing is said."""
    write(log)
    for user in ("bob", "google/1%7C2", "%00", "%F0%9F%A6%8A", "a" * 1000):
        answer = forget(log, user)
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json"), user
    assert titles(log) == [SECRET]
    assert log.audit.emitted == []


def test_a_name_with_a_slash_is_forgotten_as_well(log: Checked) -> None:
    """An issuer may name its users by paths."""
    write(log, "google/1|2")
    assert forget(log, "google%2F1%7C2").get_json()["userId"] == "google/1|2"
    assert titles(log) == [None]


@pytest.mark.parametrize("roles", [(), ("user",)])
def test_only_an_operator_may_forget(log: Checked, roles: tuple[str, ...]) -> None:
    """A user is refused, also of themselves: the front end decides who asks for it."""
    write(log)
    assert log.audit.call("DELETE", "/audit/subjects/alice", roles=roles).status_code == 403
    assert log.audit.client.delete("/audit/subjects/alice").status_code == 401
    assert titles(log) == [SECRET]


def test_a_reader_can_check_the_content_with_its_own_key_alone(log: Checked) -> None:
    """The key shown beside an entry opens this entry, as any JWE library would, and no other of the same user."""
    write(log, title="One")
    write(log, title="Two")
    one, two = entries(log)
    sealed = json.loads(b64decode(two["leaf"]))["event"]
    assert decrypt_event(sealed, two["contentKey"]) == two["event"]
    with pytest.raises(InvalidTag):
        decrypt_event(sealed, one["contentKey"])


def test_appending_and_forgetting_at_once_leaves_nothing_readable_from_before(log: Checked) -> None:
    """Whoever comes first, what was said before the forgetting is unreadable, and the log is whole."""
    write(log)
    log.audit.clock.forward(minutes=1)
    start = threading.Barrier(9)

    def append(number: int) -> None:
        start.wait()
        log.append.deliver(an_event(TaskUpdated(task=a_task(title=SECRET, version=number + 2)), time=NOON))

    with ThreadPoolExecutor(8) as pool:
        appended = [pool.submit(append, number) for number in range(8)]
        start.wait()
        assert forget(log).status_code == 200
        for future in appended:
            future.result()
    assert titles(log) == [None] * 9
    assert log.verify()
