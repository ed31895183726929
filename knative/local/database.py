"""Makes the database fit for the functions before any of them runs."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from functions.migrations import DATABASE_DOMAINS, upgrade_database
from functions.migrations.roles import set_password
from knative.local.postgres import Postgres

DAPR_ROLE: Final = "todo_dapr"
DAPR_SCHEMA: Final = "dapr"


def prepare(postgres: Postgres, secrets: Mapping[str, str]) -> None:
    """Migrate, give the roles their passwords, and free for the relay what dead instances were about to send."""
    upgrade_database(postgres.admin_url)
    engine = create_engine(postgres.admin_url, poolclass=NullPool)
    with engine.begin() as connection:
        for domain in DATABASE_DOMAINS:
            set_password(connection, f"todo_{domain}", secrets[f"database-password-{domain}"])
        connection.execute(text("UPDATE delivery.outbox SET lease_until = NULL WHERE lease_until IS NOT NULL"))


def prepare_for_dapr(postgres: Postgres, password: str) -> None:
    """Make the schema that Dapr's state store makes its tables in, and the role that may do that and nothing else."""
    engine = create_engine(postgres.admin_url, poolclass=NullPool)
    with engine.begin() as connection:
        if not connection.scalar(text("SELECT count(*) FROM pg_roles WHERE rolname = :role"), {"role": DAPR_ROLE}):
            connection.exec_driver_sql(f"CREATE ROLE {DAPR_ROLE} LOGIN")
        set_password(connection, DAPR_ROLE, password)
        connection.exec_driver_sql(f"ALTER ROLE {DAPR_ROLE} SET search_path = {DAPR_SCHEMA}")
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {DAPR_SCHEMA} AUTHORIZATION {DAPR_ROLE}")
