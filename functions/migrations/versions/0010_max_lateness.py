"""Adds the limit of a reminder's lateness."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the limit as an ISO 8601 duration, as the user wrote it. NULL means no limit."""
    op.execute("ALTER TABLE reminders.reminders ADD COLUMN max_lateness text")
