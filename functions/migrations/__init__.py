"""The database's shape, step by step: schemas, tables, a login role per domain and its grants."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from functions.postgresql import create_postgresql_engine

HERE: Final = Path(__file__).parent

DOMAINS: Final = ("tasks", "recurrence", "reminders", "notifications", "audit", "delivery")

ROLES: Final = tuple(f"todo_{domain}" for domain in DOMAINS)
"""The login role of each domain's functions. Created without a password: the operator gives each one its own."""

# Any number will do that nobody else takes as an advisory lock in this database.
_LOCK = 7_315_006


def head() -> str:
    """Return the newest revision: the number that its file's name begins with."""
    return max(path.name.split("_")[0] for path in (HERE / "versions").glob("[0-9]*_*.py"))


def upgrade(url: str) -> None:
    """Bring the database at ``url`` to the newest revision, in one transaction; several at once wait for each other.

    ``url`` is a SQLAlchemy URL of a role that may create roles and schemas.
    """
    engine = create_postgresql_engine(url, statement_seconds=None)  # an index may take its time
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            if _current(connection) != head():
                _run(connection)
    finally:
        engine.dispose()


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _run(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - a start that has nothing to migrate does without its import
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
