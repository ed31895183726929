"""Alembic's environment script: runs revisions in the transaction of :func:`functions.migrations.upgrade_database`."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
