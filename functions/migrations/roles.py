"""Sets the passwords of the domains' login roles. The operator chooses them, so that no revision contains one."""

from collections.abc import Mapping

from sqlalchemy import Connection, text
from sqlalchemy.pool import NullPool

from functions.migrations.engine import create_postgresql_engine


def set_passwords(url: str, passwords: Mapping[str, str]) -> None:
    """Set the password of each role; ``url`` belongs to a role that may do this.

    An unchanged password is set again, because PostgreSQL shows no password to compare with. Open connections stay
    open.
    """
    engine = create_postgresql_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for role, password in passwords.items():
            set_password(connection, role, password)


def set_password(connection: Connection, role: str, password: str) -> None:
    """Set a role's password. ALTER ROLE accepts no parameters, so PostgreSQL's ``format`` quotes the values."""
    statement = connection.scalar(
        text("SELECT format('ALTER ROLE %I PASSWORD %L', cast(:role AS text), cast(:password AS text))"),
        {"role": role, "password": password},
    )
    connection.exec_driver_sql(str(statement))
