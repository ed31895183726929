"""Every append signs what the log then is."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import text

from events.task import TaskCreated
from knative.audit_keys import AuditKeyError, extend_verifier_keys, make_audit_key
from tests.database import TestDatabase
from tests.event_encoding import encode_document
from tests.functions import Load
from tests.integration.audit.conftest import Checked
from tests.samples import a_task, an_event

LOCK = text("SELECT pg_advisory_xact_lock(7315101)")
WAITING = "SELECT count(*) AS found FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def hear_at_once(log: Checked, count: int, *, same: bool = False) -> list[int]:
    """Post events while somebody else appends, so that all of them wait; return the statuses."""
    first = an_event(TaskCreated(task=a_task()))
    events = [first if same else an_event(TaskCreated(task=a_task())) for _ in range(count)]
    begun, released = Event(), Event()

    def hear(number: int) -> int:
        client = log.append.client.application.test_client()
        headers, body = {"Content-Type": "application/cloudevents+json"}, json.dumps(encode_document(events[number]))
        if number == count - 1:
            begun.set()
        return client.post("/", data=body, headers=headers).status_code

    with log.append.database.as_admin() as other, ThreadPoolExecutor(count) as pool:
        other.execute(LOCK)
        answers = [pool.submit(hear, number) for number in range(count)]
        assert begun.wait(20)
        while not log.append.database.rows(WAITING)[0]["found"]:
            assert not released.wait(0.01)
        released.wait(0.5)  # whoever has come has joined the one that waits by then
        other.rollback()
        return [answer.result(20) for answer in answers]


def test_each_append_signs_a_checkpoint(log: Checked) -> None:
    """A signed note of the size, under the log's name, verified by the key that the API shows; and it is the newest."""
    log.deliver(3)
    answer = log.get("/audit/checkpoint")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert list(log.notes) == [1, 2, 3]
    assert answer.text == log.notes[3]
    assert answer.text.startswith("localhost/todo-audit\n3\n")
    assert log.verify(*log.notes.values()).startswith("localhost/todo-audit: 3 entries match 6 checkpoints")


def test_an_empty_log_has_no_checkpoint(log: Checked) -> None:
    """The answer says what makes the first one."""
    assert log.get("/audit/checkpoint").status_code == 404


def test_what_arrives_together_is_committed_under_one_head(log: Checked) -> None:
    """Eight that wait at once are eight entries in one transaction, with one checkpoint."""
    assert hear_at_once(log, 8) == [202] * 8
    rows = log.append.database.rows("SELECT xmin::text, index FROM audit.entries ORDER BY index")
    assert [row["index"] for row in rows] == list(range(8))
    assert len({row["xmin"] for row in rows}) == 1
    assert list(log.notes) == [8]
    assert len(log.append.database.rows("SELECT * FROM delivery.inbox")) == 8
    log.verify()


def test_a_repeat_that_arrives_together_is_one_entry(log: Checked) -> None:
    """Of the same event four times at once one is appended, and all four are answered."""
    assert hear_at_once(log, 4, same=True) == [202] * 4
    assert list(log.notes) == [1]


def test_an_append_that_fails_leaves_nothing(log: Checked) -> None:
    """Where a transaction does not come to its end there is no entry, hash, checkpoint or claim of it, and no hole."""
    log.deliver(2)
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


@pytest.mark.parametrize("keys", [None, "no key"])
def test_nothing_is_appended_unsigned(log: Checked, tmp_path: Path, keys: str | None) -> None:
    """Without a key that can sign, an event is answered with 503, so that the broker tries again."""
    set_keys(tmp_path, keys)
    event = an_event(TaskCreated(task=a_task()))
    answer = log.append.deliver(event)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert log.append.database.rows("SELECT * FROM audit.entries") == []


def test_keys_are_changed(function: Load, log: Checked, tmp_path: Path) -> None:
    """The newest key signs, and what the one before it signed is verified on, also when its private half is gone."""
    log.deliver(2)
    old = log.get("/audit/key").text
    set_keys(tmp_path, make_audit_key("localhost/todo-audit"))
    changed = Checked(function("append-audit"), function("audit"))
    changed.deliver(2)
    both = changed.get("/audit/key").text
    assert both.startswith(old)
    assert len(both.splitlines()) == 2
    signers = {size: note.rpartition("— ")[2].split()[1][:5] for size, note in changed.notes.items()}
    assert signers[1] == signers[2] != signers[3] == signers[4]
    assert changed.verify(*changed.notes.values()).startswith("localhost/todo-audit: 4 entries")


def set_keys(folder: Path, keys: str | None) -> None:
    """Let the secret store have other keys, as after a restart of the platform."""
    file = folder / "secrets.json"
    secrets = json.loads(file.read_text())
    secrets.pop("audit-key")
    if keys is not None:
        secrets["audit-key"] = keys
        with suppress(AuditKeyError):
            secrets["audit-verifier-keys"] = extend_verifier_keys(secrets["audit-verifier-keys"], keys)
    file.write_text(json.dumps(secrets))


@pytest.mark.parametrize("table", ["nodes", "checkpoints"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_what_proves_is_never_changed(log: Checked, database: TestDatabase, table: str, change: str) -> None:
    """Audit's own role may add hashes and checkpoints, and never change or take away one."""
    log.deliver()
    columns = {"nodes": "hash = sha256('')", "checkpoints": "note = ''"}
    granted = database.rows(
        "SELECT privilege_type FROM information_schema.role_table_grants"
        " WHERE grantee = 'todo_audit' AND table_schema = 'audit' AND table_name = :table",
        table=table,
    )
    assert {row["privilege_type"] for row in granted} == {"SELECT", "INSERT"}
    with (
        log.append.instance.database.engine.connect() as connection,
        pytest.raises(Exception, match="permission denied"),
    ):
        connection.execute(text(change.format(f"audit.{table}", columns[table])))
