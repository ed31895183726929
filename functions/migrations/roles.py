"""The passwords of the domains' login roles: an operator's to choose, so no revision sets them."""

from collections.abc import Mapping

from sqlalchemy import Connection, text
from sqlalchemy.pool import NullPool

from functions.postgresql import create_postgresql_engine


def set_passwords(url: str, passwords: Mapping[str, str]) -> None:
    """Give each role the password it logs in with from now on; ``url`` is one of a role that may.

    A role that has it already is given it again: PostgreSQL shows no password to compare with, and connections that are
    open stay so.
    """
    engine = create_postgresql_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for role, password in passwords.items():
            set_password(connection, role, password)


def set_password(connection: Connection, role: str, password: str) -> None:
    """Set a role's password; ALTER ROLE takes no parameters, so PostgreSQL's own quoting makes the statement."""
    statement = connection.scalar(
        text("SELECT format('ALTER ROLE %I PASSWORD %L', cast(:role AS text), cast(:password AS text))"),
        {"role": role, "password": password},
    )
    connection.exec_driver_sql(str(statement))
