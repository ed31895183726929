"""How late a reminder may be."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Keep it as it was asked for; without it a reminder is never too late."""
    op.execute("ALTER TABLE reminders.reminders ADD COLUMN max_lateness text")
