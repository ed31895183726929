"""The migration Job: migrates the database, and sets the password of each domain's login role.

``DATABASE_ADMIN_URL`` is a SQLAlchemy URL of a role that may create roles and schemas. ``DATABASE_PASSWORD_DOMAIN``,
such as ``DATABASE_PASSWORD_TASKS``, is the password of a domain's role.
"""

import os
import sys
from typing import Final

import stamina
from sqlalchemy.exc import DBAPIError

from functions.migrations import DATABASE_DOMAINS, newest_revision, upgrade_database
from functions.migrations.roles import set_passwords
from functions.postgresql import check_sslmode

STARTUP_SECONDS: Final = 120.0
"""Seconds to wait for the database, which may be installed at the same time as the Job."""


def run_migration_job() -> None:
    """Migrate the database and set the passwords, or exit with one line that names the error."""
    try:
        url = os.environ["DATABASE_ADMIN_URL"]
        passwords = {f"todo_{domain}": os.environ[f"DATABASE_PASSWORD_{domain.upper()}"] for domain in DATABASE_DOMAINS}
        check_sslmode(url)
    except KeyError as error:
        sys.exit(f"migrate: {error.args[0]} is not set")
    except ValueError as error:
        sys.exit(f"migrate: DATABASE_ADMIN_URL: {error}")
    try:
        for attempt in stamina.retry_context(
            on=_is_temporary, attempts=None, timeout=STARTUP_SECONDS, wait_initial=0.5
        ):
            with attempt:
                upgrade_database(url)
        set_passwords(url, passwords)
    except DBAPIError as error:
        sys.exit(f"migrate: {_describe(error)}")
    print(f"the database is at revision {newest_revision()}")  # noqa: T201 - a job's output is its log


def _is_temporary(error: Exception) -> bool:
    """Return whether the database is not available yet. PostgreSQL's own errors are final, except class 57."""
    if not isinstance(error, DBAPIError):
        return False
    code = _error_fields(error).get("C", "")
    return not code or code.startswith("57")  # 57P03: the database system is starting up


def _describe(error: DBAPIError) -> str:
    """Return PostgreSQL's message or the connection error, without the statement, because that contains a password."""
    return _error_fields(error).get("M") or f"the database cannot be reached: {error.orig}"


def _error_fields(error: DBAPIError) -> dict[str, str]:
    """Return the fields of PostgreSQL's error message, by their letters; empty if PostgreSQL did not answer."""
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], dict) else {}


if __name__ == "__main__":
    stamina.instrumentation.set_on_retry_hooks([])  # a log line for each retry would repeat the final error
    run_migration_job()
