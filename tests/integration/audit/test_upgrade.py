"""A log from before it was a tree, and code from then that still appends."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from functions.migrations import HERE
from knative.local.postgres import Postgres
from tests.integration.audit.conftest import Checked
from tests.unit.audit.test_merkle import literal_root
from verifier.shown_entry import is_shown_correctly

OLD = """
    INSERT INTO audit.entries (index, event, type, subject, userid, correlationid, time, appended_at)
    SELECT
        index, jsonb_build_object('type', 't', 'id', 'old-' || index, 'data', '{"ü": [1, null, 1.50]}'::jsonb), 't',
        NULL, NULL, NULL, NULL, timestamptz '2026-03-02 12:00:00.25+01' + index * interval '1 second'
    FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS index
"""


@contextmanager
def older_database(server: Postgres) -> Iterator[Connection]:
    """A database as the revision before made it."""
    name = f"older_{uuid4().hex}"
    admin = create_engine(server.admin_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = create_engine(server.admin_url.replace("/todo?", f"/{name}?"), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            move(connection, "0006")
            yield connection
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def move(connection: Connection, revision: str) -> None:
    """Bring a database to a revision."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@pytest.mark.parametrize("length", [0, 1, 7, 8, 21])
def test_a_log_that_has_entries_becomes_a_tree(postgres: Postgres, length: int) -> None:
    """Each entry has the bytes that are hashed, and the hashes that are kept are those of the RFC."""
    with older_database(postgres) as connection:
        connection.execute(text(OLD), {"first": 0, "last": length - 1})
        move(connection, "0007")
        found = connection.execute(text("SELECT leaf, event, appended_at FROM audit.entries ORDER BY index")).mappings()
        rows = [dict(row) for row in found]
        kept = connection.execute(text("SELECT level, index, hash FROM audit.nodes"))
        nodes = {(level, index): bytes(digest) for level, index, digest in kept}
    leaves = [bytes(row["leaf"]) for row in rows]
    shown = [
        {"event": row["event"], "appendedAt": row["appended_at"].isoformat().replace("+00:00", "Z")} for row in rows
    ]
    assert all(is_shown_correctly(item, leaf) for item, leaf in zip(shown, leaves, strict=True))
    wanted = {
        (level, index): literal_root(leaves[index << level : (index + 1) << level])
        for level in range(6)
        for index in range(length >> level)
    }
    assert nodes == wanted


def test_older_code_may_still_append(log: Checked) -> None:
    """What it adds before its last instance is gone has no hashes yet; the next append of this code sees to that."""
    database = log.append.database
    database.run(OLD, first=0, last=4)
    log.deliver()
    database.run(OLD, first=6, last=8)
    log.deliver(2)
    assert list(log.notes) == [6, 10, 11]
    assert log.verify(*log.notes.values()).startswith("localhost/todo-audit: 11 entries")
    assert log.get("/audit/entries/7").get_json()["event"]["id"] == "old-7"
