"""Alembic's entry: runs the revisions in the transaction of :func:`functions.migrations.upgrade`."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
