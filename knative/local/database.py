"""Makes the database fit for the functions before any of them runs."""

from collections.abc import Mapping

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from functions.migrations import DOMAINS, upgrade
from knative.local.postgres import Postgres


def prepare(postgres: Postgres, secrets: Mapping[str, str]) -> None:
    """Migrate, give the roles their passwords, and free for the relay what dead instances were about to send."""
    upgrade(postgres.admin_url)
    engine = create_engine(postgres.admin_url, poolclass=NullPool)
    with engine.begin() as connection:
        for domain in DOMAINS:
            given = {"role": f"todo_{domain}", "password": secrets[f"database-password-{domain}"]}
            # ALTER ROLE takes no parameters; PostgreSQL's own quoting makes the statement.
            statement = connection.scalar(
                text("SELECT format('ALTER ROLE %I PASSWORD %L', cast(:role AS text), cast(:password AS text))"), given
            )
            connection.exec_driver_sql(str(statement))
        connection.execute(text("UPDATE delivery.outbox SET lease_until = NULL WHERE lease_until IS NOT NULL"))
