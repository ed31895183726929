"""Migrates the database: schemas, tables, and a login role with grants for each domain."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from functions.migrations.engine import create_postgresql_engine

MIGRATIONS_FOLDER: Final = Path(__file__).parent
"""Alembic's script location."""

DATABASE_DOMAINS: Final = ("tasks", "recurrence", "reminders", "notifications", "audit", "delivery")
"""The domains that have a login role, named ``todo_DOMAIN``. Migrations create these roles without a password."""

# The key of the advisory lock that migrations hold. Any number that no other program uses in this database.
_LOCK_KEY = 7_315_006


def newest_revision() -> str:
    """Return the newest revision, such as ``0014``: the number at the start of its file's name."""
    return max(path.name.split("_")[0] for path in (MIGRATIONS_FOLDER / "versions").glob("[0-9]*_*.py"))


def upgrade_database(url: str) -> None:
    """Migrate a database to the newest revision, in one transaction. Concurrent calls wait for each other.

    ``url`` is a SQLAlchemy URL of a role that may create roles and schemas. Raises
    :class:`sqlalchemy.exc.DBAPIError` if the database is not available or rejects a statement.
    """
    engine = create_postgresql_engine(url, statement_seconds=None)  # building an index may take long
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK_KEY})
            if _read_revision(connection) != newest_revision():
                _run_revisions(connection)
    finally:
        engine.dispose()


def _read_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _run_revisions(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - imported only if needed: most starts find a migrated database
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
