"""The verifier on the database and over HTTP, and the export."""

import json
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.audit.conftest import Checked
from tests.verify_audit import in_chunks_of, load

FORGED = """{"appendedAt": "2026-03-02T12:00:00Z", "event": {"type": "todo.TaskCreated", "forged": true}}"""


@pytest.fixture
def url(log: Checked) -> Iterator[str]:
    """Where the audit service is served over HTTP."""
    with log.audit.served() as url:
        yield url


def run(*arguments: object) -> int:
    """Run the command, and return the status it ends with."""
    status: int = load().main([str(one) for one in arguments])
    return status


# Of ten entries: the first that is bad, and what somebody does who owns the tables.
TAMPERINGS = {
    "flipped": (4, "UPDATE {entries} SET leaf = set_byte(leaf, 9, get_byte(leaf, 9) # 1) WHERE index = 4"),
    "shows another event": (4, 'UPDATE {entries} SET event = event || \'{{"id": "1"}}\' WHERE index = 4'),
    "found by another user": (4, "UPDATE {entries} SET userid = 'bob' WHERE index = 4"),
    "found at another time": (4, "UPDATE {entries} SET time = time + interval '1 second' WHERE index = 4"),
    "appended earlier": (4, "UPDATE {entries} SET appended_at = appended_at - interval '1 ms' WHERE index = 4"),
    "no JSON": (4, "UPDATE {entries} SET leaf = 'no JSON' WHERE index = 4"),
    "no text": (4, r"UPDATE {entries} SET leaf = '\xff' WHERE index = 4"),
    "JSON that PostgreSQL cannot hold": (
        4,
        """UPDATE {entries} SET leaf = convert_to('{{"event": "\\u0000"}}', 'UTF8') WHERE index = 4""",
    ),
    "appended at no time": (
        4,
        (
            """UPDATE {entries} SET leaf = convert_to('{{"appendedAt": "never", "event": ' || event::text || '}}',"""
            " 'UTF8') WHERE index = 4"
        ),
    ),
    "no JSON, and shows another event before": (
        2,
        "UPDATE {entries} SET leaf = 'no JSON' WHERE index = 3",
        "UPDATE {entries} SET subject = 'another' WHERE index = 2",
    ),
    "deleted": (4, "DELETE FROM {entries} WHERE index = 4"),
    "the last of a chunk deleted": (3, "DELETE FROM {entries} WHERE index = 3"),
    "a chunk deleted": (4, "DELETE FROM {entries} WHERE index BETWEEN 4 AND 7"),
    "deleted, and closed up": (
        4,
        "DELETE FROM {entries} WHERE index = 4",
        "UPDATE {entries} SET index = index - 1 WHERE index = 5",
        "UPDATE {entries} SET index = index - 1 WHERE index = 6",
    ),
    "truncated": (7, "DELETE FROM {entries} WHERE index >= 7"),
    "inserted": (
        10,
        (
            "INSERT INTO {entries} SELECT 10, event, type, subject, userid, correlationid, time, appended_at, leaf"
            " FROM {entries} WHERE index = 4"
        ),
    ),
    "reordered": (
        4,
        "UPDATE {entries} SET index = 99 WHERE index = 4",
        "UPDATE {entries} SET index = 4 WHERE index = 6",
        "UPDATE {entries} SET index = 6 WHERE index = 99",
    ),
    "another hash": (4, "UPDATE {nodes} SET hash = sha256('') WHERE level = 0 AND index = 4"),
    "another hash above": (4, "UPDATE {nodes} SET hash = sha256('') WHERE level = 2 AND index = 1"),
    "a hash is missing": (4, "DELETE FROM {nodes} WHERE level = 1 AND index = 2"),
    "another root": (
        4,
        (
            "UPDATE {checkpoints} SET note = replace(note, split_part(note, E'\\n', 3), repeat('A', 43) || '=')"
            " WHERE size = 5"
        ),
    ),
    "no checkpoint": (0, "DELETE FROM {checkpoints}"),
}


@pytest.mark.parametrize("how", TAMPERINGS)
def test_tampering_with_the_tables_is_found(log: Checked, how: str) -> None:
    """Whatever an owner of the database does to an entry, what it is found by, its hash or its checkpoint shows.

    However much of the log is read in one go.
    """
    log.deliver(10)
    log.verify()
    bad, *statements = TAMPERINGS[how]
    tables = {name: f"audit.{name}" for name in ("entries", "nodes", "checkpoints")}
    for statement in statements:
        log.append.database.run(str(statement).format(**tables))
    for levels in (12, 2, 1):
        verifier = in_chunks_of(load(), levels)
        with pytest.raises(verifier.TamperedError) as found:
            log.verify(verifier=verifier)
        assert found.value.first == bad, (levels, str(found.value))


def test_a_log_is_read_as_of_one_moment(log: Checked) -> None:
    """What is appended while it is read is left for another time, whichever connection reads."""
    log.deliver(5)
    verifier = in_chunks_of(load(), 1)
    keys = verifier.Keys(log.get("/audit/key").text.split())
    with closing(verifier.database_at(log.append.database.url_of("audit"))) as source:
        log.deliver(4)
        assert "5 entries are those of 5 checkpoints" in verifier.verify(source, keys, (), lambda *_: None)
    assert "9 entries are those of 9 checkpoints" in log.verify(verifier=verifier)


def test_a_database_is_verified_by_its_url(log: Checked, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With keys that are named, as the tables have none."""
    log.deliver(2)
    url, key = log.append.database.url_of("audit"), tmp_path / "key"
    assert run(url) == 2
    key.write_text(log.get("/audit/key").text)
    assert run(url, "--key", key) == 0
    assert "2 entries are those of 2 checkpoints" in capsys.readouterr().out


def test_a_database_that_is_none_is_no_verdict(
    log: Checked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that cannot be reached, or that has no such tables, says nothing about the log."""
    key = tmp_path / "key"
    key.write_text(log.get("/audit/key").text)
    url = log.append.database.url_of("audit")
    for wrong in (url.replace(log.append.database.name, "postgres"), "postgresql://u:p@127.0.0.1:9/todo"):
        assert run(wrong, "--key", key) == 2
        assert capsys.readouterr().err.startswith("cannot verify: ")
    log.deliver()
    log.append.database.run("ALTER TABLE audit.entries RENAME COLUMN subject TO another")
    try:
        assert run(url, "--key", key) == 2
        assert capsys.readouterr().err.startswith("cannot verify: ")
    finally:
        log.append.database.run("ALTER TABLE audit.entries RENAME COLUMN another TO subject")


def test_the_api_is_verified(log: Checked, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Page by page, up to the newest checkpoint."""
    token = log.audit.token("olga", "operator")
    assert run(url, "--token", token) == 0
    assert "the log is empty" in capsys.readouterr().out
    log.deliver(5)
    pinned = tmp_path / "checkpoint"
    pinned.write_text(log.notes[3])
    assert run(url, "--token", token, "--checkpoint", pinned) == 0
    assert "5 entries" in capsys.readouterr().out
    log.append.database.run("UPDATE audit.entries SET leaf = :forged WHERE index = 1", forged=FORGED.encode())
    assert run(url, "--token", token) == 1
    assert "the first bad entry is one of 0 to 4: " in capsys.readouterr().out
    assert run(url, "--token", token, "--checkpoint", pinned) == 1
    assert "the first bad entry is one of 0 to 2: " in capsys.readouterr().out
    assert run(url) == 2
    assert "answered 401" in capsys.readouterr().err


def test_the_api_is_verified_page_by_page(log: Checked, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that are asked for at the same time come in their order; an entry that is missing is told."""
    log.deliver(5)
    verifier, token = load(), log.audit.token("olga", "operator")
    verifier.PAGE = 2
    assert verifier.main([url, "--token", token]) == 0
    assert "5 entries" in capsys.readouterr().out
    log.append.database.run("DELETE FROM audit.entries WHERE index = 3")
    assert verifier.main([url, "--token", token]) == 1
    assert capsys.readouterr().out.startswith("tampered with: entry 3: in its place is 4")
    log.append.database.run("DELETE FROM audit.entries WHERE index > 1")
    assert verifier.main([url, "--token", token]) == 1
    assert "it is missing" in capsys.readouterr().out


def test_an_export_is_verified_as_it_is_written(log: Checked, url: str, tmp_path: Path) -> None:
    """A line of JSON for each entry, its event as its leaf says; from the database and over HTTP alike."""
    log.deliver(4)
    key = tmp_path / "key"
    key.write_text(log.get("/audit/key").text)
    one, other = tmp_path / "one", tmp_path / "other"
    assert run("--export", one, log.append.database.url_of("audit"), "--key", key) == 0
    assert run("--export", other, url, "--token", log.audit.token("olga", "operator")) == 0
    lines, others = ([json.loads(line) for line in path.read_text().splitlines()] for path in (one, other))
    assert [line for line in lines if "index" in line] == [line for line in others if "index" in line]
    for line, item in zip(
        [line for line in lines if "index" in line], log.get("/audit/entries").get_json()["items"], strict=True
    ):
        said = json.loads(b64decode(item["leaf"]))
        assert line == {"index": item["index"], "leaf": item["leaf"], **said}
    assert len([line for line in lines if "checkpoint" in line]) == 4
    assert run(one, "--key", key) == 0
    assert run(other) == 0
