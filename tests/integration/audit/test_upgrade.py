"""Tests of the upgrade from a log that was not a tree, while instances of the old release still append."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from functions.migrations import MIGRATIONS_FOLDER
from knative.local.postgres import Postgres
from tests.integration.audit.log_under_test import LogUnderTest
from tests.unit.audit.test_merkle import rfc_root
from verifier.shown_entry import is_shown_correctly

INSERT_OLD_ENTRIES = """
    INSERT INTO audit.entries (index, event, type, subject, userid, correlationid, time, appended_at)
    SELECT
        index, jsonb_build_object('type', 't', 'id', 'old-' || index, 'data', '{"ü": [1, null, 1.50]}'::jsonb), 't',
        NULL, NULL, NULL, NULL, timestamptz '2026-03-02 12:00:00.25+01' + index * interval '1 second'
    FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS index
"""


@contextmanager
def older_database(server: Postgres) -> Iterator[Connection]:
    """Create a database at the revision before the tree; the context's value is a connection to it."""
    name = f"older_{uuid4().hex}"
    admin = create_engine(server.admin_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = create_engine(server.admin_url.replace("/todo?", f"/{name}?"), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            upgrade(connection, "0006")
            yield connection
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def upgrade(connection: Connection, revision: str) -> None:
    """Upgrade a database to a revision."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@pytest.mark.parametrize("length", [0, 1, 7, 8, 21])
def test_an_existing_log_becomes_a_tree(postgres: Postgres, length: int) -> None:
    """Each old entry gets its leaf, and the stored hashes equal the definitions of the RFC."""
    with older_database(postgres) as connection:
        connection.execute(text(INSERT_OLD_ENTRIES), {"first": 0, "last": length - 1})
        upgrade(connection, "0007")
        found = connection.execute(text("SELECT leaf, event, appended_at FROM audit.entries ORDER BY index")).mappings()
        rows = [dict(row) for row in found]
        stored = connection.execute(text("SELECT level, index, hash FROM audit.nodes"))
        nodes = {(level, index): bytes(digest) for level, index, digest in stored}
    leaves = [bytes(row["leaf"]) for row in rows]
    shown = [
        {"event": row["event"], "appendedAt": row["appended_at"].isoformat().replace("+00:00", "Z")} for row in rows
    ]
    assert all(is_shown_correctly(item, leaf) for item, leaf in zip(shown, leaves, strict=True))
    expected = {
        (level, index): rfc_root(leaves[index << level : (index + 1) << level])
        for level in range(6)
        for index in range(length >> level)
    }
    assert nodes == expected


def test_an_instance_of_the_old_release_can_still_append(log: LogUnderTest) -> None:
    """Its entries have no hashes. The next append of the new release adds them."""
    database = log.append.database
    database.run(INSERT_OLD_ENTRIES, first=0, last=4)
    log.append_entries()
    database.run(INSERT_OLD_ENTRIES, first=6, last=8)
    log.append_entries(2)
    assert list(log.notes) == [6, 10, 11]
    assert log.verify(*log.notes.values()).startswith("localhost/todo-audit: 11 entries")
    assert log.get("/audit/entries/7").get_json()["event"]["id"] == "old-7"
