"""Prepare the database before any function runs: migrate it, set passwords, and clear old leases in the outbox."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from functions.migrations import DATABASE_DOMAINS, upgrade_database
from functions.migrations.roles import set_password
from knative.local.postgres import Postgres

DAPR_ROLE: Final = "todo_dapr"
DAPR_SCHEMA: Final = "dapr"


def prepare_database(postgres: Postgres, secrets: Mapping[str, str]) -> None:
    """Migrate the database and set the password of each domain's role.

    No function runs yet, so leases in the outbox belong to dead instances. They are cleared, so that the relay can
    publish these events at once.
    """
    upgrade_database(postgres.admin_url)
    engine = create_engine(postgres.admin_url, poolclass=NullPool)
    with engine.begin() as connection:
        for domain in DATABASE_DOMAINS:
            set_password(connection, f"todo_{domain}", secrets[f"database-password-{domain}"])
        connection.execute(text("UPDATE delivery.outbox SET lease_until = NULL WHERE lease_until IS NOT NULL"))


def prepare_dapr_schema(postgres: Postgres, password: str) -> None:
    """Create the schema of Dapr's state store, and a role that has access to this schema only."""
    engine = create_engine(postgres.admin_url, poolclass=NullPool)
    with engine.begin() as connection:
        if not connection.scalar(text("SELECT count(*) FROM pg_roles WHERE rolname = :role"), {"role": DAPR_ROLE}):
            connection.exec_driver_sql(f"CREATE ROLE {DAPR_ROLE} LOGIN")
        set_password(connection, DAPR_ROLE, password)
        connection.exec_driver_sql(f"ALTER ROLE {DAPR_ROLE} SET search_path = {DAPR_SCHEMA}")
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {DAPR_SCHEMA} AUTHORIZATION {DAPR_ROLE}")
