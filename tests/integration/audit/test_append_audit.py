"""Everything that is said is appended to the audit log."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from events.task import TaskCreated
from tests.database import TestDatabase
from tests.event_encoding import encode_document
from tests.functions import Load
from tests.integration.audit.conftest import Checked
from tests.samples import EVERY_KIND, a_task, an_event, some_data
from verifier.shown_entry import read_leaf

DEEP = json.loads("[" * 500 + "]" * 500)
"""Nested more deeply than an answer can show."""


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_kind_of_event_is_kept_as_it_came(log: Checked, kind: type) -> None:
    """An entry holds the event's document and what it is found by."""
    append = log.append
    event = an_event(some_data(kind))
    answer = append.deliver(event)
    assert (answer.status_code, answer.data) == (202, b"")
    assert log.get("/audit/entries/0").get_json()["event"] == encode_document(event)
    (entry,) = append.database.rows("SELECT * FROM audit.entries")
    assert (entry["index"], entry["event"]) == (0, json.loads(entry["leaf"])["event"])
    assert (entry["type"], entry["subject"]) == (event.attributes.type, event.attributes.subject)
    assert (entry["correlationid"], entry["time"]) == ("a-correlation-id", event.attributes.time)
    assert entry["appended_at"] == append.clock.now


def test_what_a_newer_function_says_is_kept_too(log: Checked) -> None:
    """A member that this version does not know stays in the entry."""
    document = encode_document(an_event(TaskCreated(task=a_task())))
    document["data"]["mood"] = "good"  # type: ignore[index] # an object
    answer = log.append.client.post("/", json=document, content_type="application/cloudevents+json")
    assert answer.status_code == 202
    assert log.get("/audit/entries/0").get_json()["event"]["data"]["mood"] == "good"


@pytest.mark.parametrize(
    "change",
    [
        {"time": None},
        {"userid": None},
        {"userid": None, "datacontenttype": "application/jose"},
        {"datacontenttype": "application/jose"},
        {"mood": "a\0b"},
        {"mood": "\ud800"},
        {"data": {"task": a_task().model_dump(mode="json", by_alias=True), "mood": float("nan")}},
        {"data": {"task": a_task().model_dump(mode="json", by_alias=True), "mood": "\0"}, "userid": None},
        {"data": {"task": a_task().model_dump(mode="json", by_alias=True), "mood": DEEP}},
        {"data": {"task": a_task().model_dump(mode="json", by_alias=True), "mood": DEEP}, "userid": None},
    ],
)
def test_a_strange_event_is_an_entry_like_any_other(log: Checked, change: dict[str, Any]) -> None:
    """What is optional may be missing, and what no table holds may be there: it is shown, found and verified."""
    changed = {**encode_document(an_event(TaskCreated(task=a_task()))), **change}
    document = {name: value for name, value in changed.items() if value is not None}
    answer = log.append.client.post("/", data=json.dumps(document), content_type="application/cloudevents+json")
    assert answer.status_code == 202
    (item,) = log.get(f"/audit/entries?subject={document['subject']}").get_json()["items"]
    assert item["event"]["id"] == document["id"]
    assert item["event"].get("time") == document.get("time")
    read_leaf(item, 0)
    log.verify()


def test_a_repeat_is_appended_once(function: Load) -> None:
    """The same event twice is one entry."""
    append = function("append-audit")
    event = an_event(TaskCreated(task=a_task()))
    assert [append.deliver(event).status_code for _ in range(2)] == [202, 202]
    assert len(append.database.rows("SELECT * FROM audit.entries")) == 1


def test_the_log_has_no_gap_whoever_appends(function: Load) -> None:
    """Many at once, some of which fail, leave indexes from 0 on, each once."""
    append = function("append-audit")

    def hear(number: int) -> int:
        event = an_event(TaskCreated(task=a_task()))
        if number % 4 == 0:
            client = append.client.application.test_client()
            return client.post("/", data=b"{", content_type="application/json").status_code
        return append.deliver(event).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(hear, range(40)))
    rows = append.database.rows("SELECT index FROM audit.entries ORDER BY index")
    assert [row["index"] for row in rows] == list(range(statuses.count(202)))
    assert statuses.count(202) == 30


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit.entries SET type = 'x'", "DELETE FROM audit.entries", "TRUNCATE audit.entries"],
)
@pytest.mark.parametrize("granted", [False, True])
def test_an_entry_is_never_changed(function: Load, database: TestDatabase, statement: str, *, granted: bool) -> None:
    """Not even audit's own role may change or take away an entry, and a careless grant does not help it."""
    function("append-audit").deliver(an_event(TaskCreated(task=a_task())))
    if granted:
        database.run("GRANT ALL ON audit.entries TO todo_audit")
    engine = create_engine(database.url_of("audit"))
    try:
        refused = "never changed" if granted else "permission denied"
        with engine.connect() as connection, pytest.raises(DBAPIError, match=refused):
            connection.execute(text(statement))
    finally:
        engine.dispose()
        database.run("REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON audit.entries FROM todo_audit")
    assert len(database.rows("SELECT * FROM audit.entries")) == 1
