"""Tests that every event is appended to the audit log once, as received, and never changed."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from events.task import TaskCreated
from tests.database import TestDatabase
from tests.event_encoding import encode_binary, encode_document
from tests.exchanges import count_exchanges
from tests.functions import Load
from tests.integration.audit.log_under_test import LogUnderTest
from tests.samples import EVERY_KIND, a_task, an_event, some_data
from verifier.shown_entry import read_leaf

DEEPLY_NESTED = json.loads("[" * 500 + "]" * 500)
"""JSON that is nested more deeply than a response can show."""


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_event_type_is_stored_as_received(log: LogUnderTest, kind: type) -> None:
    """An entry has the event's document, and columns for the filters."""
    append = log.append
    event = an_event(some_data(kind))
    response = append.deliver(event)
    assert (response.status_code, response.data) == (202, b"")
    assert log.get("/audit/entries/0").get_json()["event"] == encode_document(event)
    (entry,) = append.database.rows("SELECT * FROM audit.entries")
    assert (entry["index"], entry["event"]) == (0, json.loads(entry["leaf"])["event"])
    assert (entry["type"], entry["subject"]) == (event.attributes.type, event.attributes.subject)
    assert (entry["correlationid"], entry["time"]) == ("a-correlation-id", event.attributes.time)
    assert entry["appended_at"] == append.clock.now


def test_an_unknown_member_of_an_event_is_stored(log: LogUnderTest) -> None:
    """A newer version of a function may emit members that this version does not know."""
    document = encode_document(an_event(TaskCreated(task=a_task())))
    document["data"]["mood"] = "good"  # type: ignore[index] # an object
    response = log.append.client.post("/", json=document, content_type="application/cloudevents+json")
    assert response.status_code == 202
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
        {"data": {"task": a_task().model_dump(mode="json", by_alias=True), "mood": DEEPLY_NESTED}},
        {"data": {"task": a_task().model_dump(mode="json", by_alias=True), "mood": DEEPLY_NESTED}, "userid": None},
    ],
)
def test_an_unusual_event_is_stored_and_verified(log: LogUnderTest, change: dict[str, Any]) -> None:
    """Optional members are missing, or PostgreSQL's JSON rejects a value; the entry can be found and verified."""
    changed = {**encode_document(an_event(TaskCreated(task=a_task()))), **change}
    document = {name: value for name, value in changed.items() if value is not None}
    response = log.append.client.post("/", data=json.dumps(document), content_type="application/cloudevents+json")
    assert response.status_code == 202
    (item,) = log.get(f"/audit/entries?subject={document['subject']}").get_json()["items"]
    assert item["event"]["id"] == document["id"]
    assert item["event"].get("time") == document.get("time")
    read_leaf(item, 0)
    log.verify()


def test_a_duplicate_event_is_appended_once(function: Load) -> None:
    """Both deliveries are accepted."""
    append = function("append-audit")
    event = an_event(TaskCreated(task=a_task()))
    assert [append.deliver(event).status_code for _ in range(2)] == [202, 202]
    assert len(append.database.rows("SELECT * FROM audit.entries")) == 1


def test_an_event_costs_two_exchanges(function: Load) -> None:
    """The first has the claim, the lock and the reads, the second has the writes and the commit."""
    append = function("append-audit")
    with count_exchanges() as exchanges:
        append.deliver(an_event(TaskCreated(task=a_task())))
    begin, commit = exchanges
    assert [begin[0], commit[-1]] == ["BEGIN", "COMMIT"]


def test_a_duplicate_at_the_same_time_is_appended_once(function: Load) -> None:
    """Eight threads deliver two events. All deliveries are accepted."""
    append = function("append-audit")
    events = [an_event(TaskCreated(task=a_task())) for _ in range(2)]

    def post(number: int) -> int:
        headers, body = encode_binary(events[number % 2])
        return append.client.application.test_client().post("/", data=body, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(post, range(16))) == [202] * 16
    assert len(append.database.rows("SELECT * FROM audit.entries")) == 2


def test_concurrent_appends_leave_no_gap(function: Load) -> None:
    """Of 40 requests from 8 threads, 10 are invalid; the entries have the indexes 0 to 29."""
    append = function("append-audit")

    def post(number: int) -> int:
        event = an_event(TaskCreated(task=a_task()))
        if number % 4 == 0:
            client = append.client.application.test_client()
            return client.post("/", data=b"{", content_type="application/json").status_code
        return append.deliver(event).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(post, range(40)))
    rows = append.database.rows("SELECT index FROM audit.entries ORDER BY index")
    assert [row["index"] for row in rows] == list(range(statuses.count(202)))
    assert statuses.count(202) == 30


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit.entries SET type = 'x'", "DELETE FROM audit.entries", "TRUNCATE audit.entries"],
)
@pytest.mark.parametrize("granted", [False, True])
def test_an_entry_cannot_be_changed_or_deleted(
    function: Load, database: TestDatabase, statement: str, *, granted: bool
) -> None:
    """The role of the audit functions lacks the permission, and a trigger rejects it if the permission is granted."""
    function("append-audit").deliver(an_event(TaskCreated(task=a_task())))
    if granted:
        database.run("GRANT ALL ON audit.entries TO todo_audit")
    engine = create_engine(database.url_of("audit"))
    try:
        message = "never changed" if granted else "permission denied"
        with engine.connect() as connection, pytest.raises(DBAPIError, match=message):
            connection.execute(text(statement))
    finally:
        engine.dispose()
        database.run("REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON audit.entries FROM todo_audit")
    assert len(database.rows("SELECT * FROM audit.entries")) == 1
