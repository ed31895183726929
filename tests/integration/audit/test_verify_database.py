"""The verifier on the tables of the audit log, after changes that the tables' owner can make."""

from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.audit.conftest import Checked
from verifier.command_line import main
from verifier.verification import verify_log
from verifier.verification_errors import TamperedError

# For a log of ten entries: the index of the first bad entry, and the statements that change the tables.
TAMPERINGS = {
    "a bit of a leaf flipped": (
        4,
        "UPDATE {entries} SET leaf = set_byte(leaf, 9, get_byte(leaf, 9) # 1) WHERE index = 4",
    ),
    "another event shown": (4, 'UPDATE {entries} SET event = event || \'{{"id": "1"}}\' WHERE index = 4'),
    "another user in the index": (4, "UPDATE {entries} SET userid = 'bob' WHERE index = 4"),
    "another time in the index": (4, "UPDATE {entries} SET time = time + interval '1 second' WHERE index = 4"),
    "another time of the append": (
        4,
        "UPDATE {entries} SET appended_at = appended_at - interval '1 ms' WHERE index = 4",
    ),
    "a leaf that is not JSON": (4, "UPDATE {entries} SET leaf = 'no JSON' WHERE index = 4"),
    "a leaf that is not text": (4, r"UPDATE {entries} SET leaf = '\xff' WHERE index = 4"),
    "a leaf with JSON that PostgreSQL cannot store": (
        4,
        """UPDATE {entries} SET leaf = convert_to('{{"event": "\\u0000"}}', 'UTF8') WHERE index = 4""",
    ),
    "a leaf with a broken time": (
        4,
        (
            """UPDATE {entries} SET leaf = convert_to('{{"appendedAt": "never", "event": ' || event::text || '}}',"""
            " 'UTF8') WHERE index = 4"
        ),
    ),
    "a leaf that is not JSON after another bad entry": (
        2,
        "UPDATE {entries} SET leaf = 'no JSON' WHERE index = 3",
        "UPDATE {entries} SET subject = 'another' WHERE index = 2",
    ),
    "an entry deleted": (4, "DELETE FROM {entries} WHERE index = 4"),
    "the last entry of a chunk deleted": (3, "DELETE FROM {entries} WHERE index = 3"),
    "a chunk deleted": (4, "DELETE FROM {entries} WHERE index BETWEEN 4 AND 7"),
    "an entry deleted and the gap closed": (
        4,
        "DELETE FROM {entries} WHERE index = 4",
        "UPDATE {entries} SET index = index - 1 WHERE index = 5",
        "UPDATE {entries} SET index = index - 1 WHERE index = 6",
    ),
    "the last entries deleted": (7, "DELETE FROM {entries} WHERE index >= 7"),
    "an entry inserted": (
        10,
        (
            "INSERT INTO {entries} SELECT 10, event, type, subject, userid, correlationid, time, appended_at, leaf"
            " FROM {entries} WHERE index = 4"
        ),
    ),
    "two entries swapped": (
        4,
        "UPDATE {entries} SET index = 99 WHERE index = 4",
        "UPDATE {entries} SET index = 4 WHERE index = 6",
        "UPDATE {entries} SET index = 6 WHERE index = 99",
    ),
    "another hash of a leaf": (4, "UPDATE {nodes} SET hash = sha256('') WHERE level = 0 AND index = 4"),
    "another hash of a subtree": (4, "UPDATE {nodes} SET hash = sha256('') WHERE level = 2 AND index = 1"),
    "a hash deleted": (4, "DELETE FROM {nodes} WHERE level = 1 AND index = 2"),
    "another root in a checkpoint": (
        4,
        (
            "UPDATE {checkpoints} SET note = replace(note, split_part(note, E'\\n', 3), repeat('A', 43) || '=')"
            " WHERE size = 5"
        ),
    ),
    "the checkpoints deleted": (0, "DELETE FROM {checkpoints}"),
}


@pytest.mark.parametrize("how", TAMPERINGS)
def test_tampering_with_the_tables_is_found(log: Checked, how: str) -> None:
    """The verifier finds every change of an entry, its columns, its hashes or its checkpoints, for any chunk size."""
    log.deliver(10)
    log.verify()
    bad, *statements = TAMPERINGS[how]
    tables = {name: f"audit.{name}" for name in ("entries", "nodes", "checkpoints")}
    for statement in statements:
        log.append.database.run(str(statement).format(**tables))
    for levels in (12, 2, 1):
        with pytest.raises(TamperedError) as found:
            log.verify(chunk_levels=levels)
        assert found.value.first == bad, (levels, str(found.value))


def test_a_log_is_read_as_of_one_moment(log: Checked) -> None:
    """Entries appended during a verification have no effect on it, on any of its connections."""
    log.deliver(5)
    with closing(log.open_source()) as source:
        log.deliver(4)
        assert "5 entries match 5 checkpoints" in verify_log(source, log.keys, (), lambda *_: None, chunk_levels=1)
    assert "9 entries match 9 checkpoints" in log.verify(chunk_levels=1)


def test_a_database_is_verified_by_its_url(log: Checked, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command needs --key for a URL, as the tables hold no keys."""
    log.deliver(2)
    url, key = log.append.database.url_of("audit"), tmp_path / "key"
    assert main([url]) == 2
    key.write_text(log.get("/audit/key").text)
    assert main([url, "--key", str(key)]) == 0
    assert "2 entries match 2 checkpoints" in capsys.readouterr().out


def test_a_database_without_a_log_is_no_verdict(
    log: Checked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command returns 2 for a database that it cannot reach, or that has other tables."""
    key = tmp_path / "key"
    key.write_text(log.get("/audit/key").text)
    url = log.append.database.url_of("audit")
    for wrong in (url.replace(log.append.database.name, "postgres"), "postgresql://u:p@127.0.0.1:9/todo"):
        assert main([wrong, "--key", str(key)]) == 2
        assert capsys.readouterr().err.startswith("cannot verify: ")
    log.deliver()
    log.append.database.run("ALTER TABLE audit.entries RENAME COLUMN subject TO another")
    try:
        assert main([url, "--key", str(key)]) == 2
        assert capsys.readouterr().err.startswith("cannot verify: ")
    finally:
        log.append.database.run("ALTER TABLE audit.entries RENAME COLUMN another TO subject")
