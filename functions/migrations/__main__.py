"""Migrates the database that the environment names, and gives each login role its password; run as a Job.

DATABASE_ADMIN_URL is a SQLAlchemy URL of a role that may create roles and schemas; DATABASE_PASSWORD_<DOMAIN>, one for
each domain, the passwords.
"""

import os
import sys
from typing import Final

import stamina
from sqlalchemy.exc import DBAPIError

from functions.migrations import DOMAINS, head, upgrade
from functions.migrations.roles import set_passwords
from functions.postgresql import check_sslmode

PATIENCE: Final = 120.0
"""How long a database may take to come up, in seconds: it may have been installed together with this."""


def main() -> None:
    """Do it, or say in one line why not."""
    try:
        url = os.environ["DATABASE_ADMIN_URL"]
        passwords = {f"todo_{domain}": os.environ[f"DATABASE_PASSWORD_{domain.upper()}"] for domain in DOMAINS}
        check_sslmode(url)
    except KeyError as error:
        sys.exit(f"migrate: {error.args[0]} is not set")
    except ValueError as error:
        sys.exit(f"migrate: DATABASE_ADMIN_URL: {error}")
    try:
        for attempt in stamina.retry_context(on=_may_pass, attempts=None, timeout=PATIENCE, wait_initial=0.5):
            with attempt:
                upgrade(url)
        set_passwords(url, passwords)
    except DBAPIError as error:
        sys.exit(f"migrate: {_reason(error)}")
    print(f"the database is at revision {head()}")  # noqa: T201 - a job's output is its log


def _may_pass(error: Exception) -> bool:
    """Tell whether the database is only not there yet; PostgreSQL's own answers are final (class 57 aside)."""
    if not isinstance(error, DBAPIError):
        return False
    code = _answer(error).get("C", "")
    return not code or code.startswith("57")  # 57P03: the database system is starting up


def _reason(error: DBAPIError) -> str:
    """Return PostgreSQL's message, or the trouble with reaching it; never the statement, which has a password."""
    return _answer(error).get("M") or f"the database cannot be reached: {error.orig}"


def _answer(error: DBAPIError) -> dict[str, str]:
    """Return the fields of PostgreSQL's error message, by their letters; none where it did not answer."""
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], dict) else {}


if __name__ == "__main__":
    stamina.instrumentation.set_on_retry_hooks([])  # a line for each try tells no more than the last one
    main()
