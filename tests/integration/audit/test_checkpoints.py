"""Tests of the checkpoints that appends sign: batches, failures, and changes of the signing key."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import text

from events.task import TaskCreated
from knative.audit_keys import make_audit_key
from tests.database import TestDatabase
from tests.event_encoding import encode_document
from tests.functions import Load
from tests.integration.audit.log_under_test import LogUnderTest, replace_signing_keys
from tests.samples import a_task, an_event

LOCK = text("SELECT pg_advisory_xact_lock(7315101)")
WAITING = "SELECT count(*) AS found FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def deliver_at_once(log: LogUnderTest, count: int, *, same: bool = False) -> list[int]:
    """Post events while another connection holds the log's lock, so that all wait; return the statuses."""
    first = an_event(TaskCreated(task=a_task()))
    events = [first if same else an_event(TaskCreated(task=a_task())) for _ in range(count)]
    begun, released = Event(), Event()

    def post(number: int) -> int:
        client = log.append.client.application.test_client()
        headers, body = {"Content-Type": "application/cloudevents+json"}, json.dumps(encode_document(events[number]))
        if number == count - 1:
            begun.set()
        return client.post("/", data=body, headers=headers).status_code

    with log.append.database.as_admin() as lock_holder, ThreadPoolExecutor(count) as pool:
        lock_holder.execute(LOCK)
        responses = [pool.submit(post, number) for number in range(count)]
        assert begun.wait(20)
        while not log.append.database.rows(WAITING)[0]["found"]:
            assert not released.wait(0.01)
        released.wait(0.5)  # by then, the other events wait for the batch that waits for the lock
        lock_holder.rollback()
        return [response.result(20) for response in responses]


def test_each_append_signs_a_checkpoint(log: LogUnderTest) -> None:
    """The API returns the newest checkpoint, and its keys verify all of them."""
    log.append_entries(3)
    response = log.get("/audit/checkpoint")
    assert response.content_type == "text/plain; charset=utf-8"
    assert list(log.notes) == [1, 2, 3]
    assert response.text == log.notes[3]
    assert response.text.startswith("localhost/todo-audit\n3\n")
    assert log.verify(*log.notes.values()).startswith("localhost/todo-audit: 3 entries match 6 checkpoints")


def test_an_empty_log_has_no_checkpoint(log: LogUnderTest) -> None:
    """The response is 404 until the first event is appended."""
    assert log.get("/audit/checkpoint").status_code == 404


def test_simultaneous_events_share_one_checkpoint(log: LogUnderTest) -> None:
    """While one event waits for the lock, seven arrive: they are entries of one transaction, with one checkpoint."""
    assert deliver_at_once(log, 8) == [202] * 8
    rows = log.append.database.rows("SELECT xmin::text, index FROM audit.entries ORDER BY index")
    assert [row["index"] for row in rows] == list(range(8))
    assert len({row["xmin"] for row in rows[1:]}) == 1
    assert list(log.notes) == [1, 8]
    assert len(log.append.database.rows("SELECT * FROM delivery.inbox")) == 8
    log.verify()


def test_a_duplicate_in_the_same_batch_is_appended_once(log: LogUnderTest) -> None:
    """Of four deliveries of one event in a batch, one is appended, and all are accepted."""
    assert deliver_at_once(log, 4, same=True) == [202] * 4
    assert list(log.notes) == [1]


def test_a_failed_append_is_rolled_back_completely(log: LogUnderTest) -> None:
    """No entry, hash, checkpoint or claim of the failed transaction exists, and the indexes have no gap."""
    log.append_entries(2)
    event = an_event(TaskCreated(task=a_task()))
    database = log.append.database
    database.run("ALTER TABLE audit.checkpoints ADD CONSTRAINT fails CHECK (size <> 3)")
    assert log.append.deliver(event).status_code == 500
    assert database.rows("SELECT count(*) AS found FROM audit.nodes") == [{"found": 3}]
    assert len(database.rows("SELECT * FROM delivery.inbox")) == 2
    database.run("ALTER TABLE audit.checkpoints DROP CONSTRAINT fails")
    assert log.append.deliver(event).status_code == 202
    assert list(log.notes) == [1, 2, 3]
    log.verify()


def test_nothing_is_appended_to_a_log_that_misses_a_hash(log: LogUnderTest) -> None:
    """The checkpoint over the rest of the tree would be signed, and wrong."""
    log.append_entries(2)
    with log.append.database.as_admin() as owner, owner.begin():
        owner.execute(text("SET LOCAL session_replication_role = replica"))  # without the trigger that refuses it
        owner.execute(text("DELETE FROM audit.nodes WHERE level = 1 AND index = 0"))
    assert log.append.deliver(an_event(TaskCreated(task=a_task()))).status_code == 500
    assert list(log.notes) == [1, 2]


@pytest.mark.parametrize("keys", [None, "no key"])
def test_no_event_is_appended_without_a_signing_key(log: LogUnderTest, tmp_path: Path, keys: str | None) -> None:
    """The response is 503, so that the broker tries again."""
    replace_signing_keys(tmp_path, keys)
    event = an_event(TaskCreated(task=a_task()))
    response = log.append.deliver(event)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert log.append.database.rows("SELECT * FROM audit.entries") == []


def test_the_signing_key_can_be_replaced(function: Load, log: LogUnderTest, tmp_path: Path) -> None:
    """The new key signs; checkpoints of the old key are still verified after the old private key is deleted."""
    log.append_entries(2)
    old = log.get("/audit/key").text
    replace_signing_keys(tmp_path, make_audit_key("localhost/todo-audit"))
    changed = LogUnderTest(function("append-audit"), function("audit"))
    changed.append_entries(2)
    both = changed.get("/audit/key").text
    assert both.startswith(old)
    assert len(both.splitlines()) == 2
    signers = {size: note.rpartition("— ")[2].split()[1][:5] for size, note in changed.notes.items()}
    assert signers[1] == signers[2] != signers[3] == signers[4]
    assert changed.verify(*changed.notes.values()).startswith("localhost/todo-audit: 4 entries")


@pytest.mark.parametrize("table", ["nodes", "checkpoints"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_hashes_and_checkpoints_cannot_be_changed_or_deleted(
    log: LogUnderTest, database: TestDatabase, table: str, change: str
) -> None:
    """The role of the audit functions may only select and insert."""
    log.append_entries()
    columns = {"nodes": "hash = sha256('')", "checkpoints": "note = ''"}
    granted = database.rows(
        "SELECT privilege_type FROM information_schema.role_table_grants"
        " WHERE grantee = 'todo_audit' AND table_schema = 'audit' AND table_name = :table",
        table=table,
    )
    assert {row["privilege_type"] for row in granted} == {"SELECT", "INSERT"}
    with (
        database.connect_as("audit") as connection,
        pytest.raises(Exception, match="permission denied"),
    ):
        connection.execute(text(change.format(f"audit.{table}", columns[table])))
