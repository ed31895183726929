"""How late a reminder may be."""

from alembic import op

revision = "0008c"
down_revision = "0008b"


def upgrade() -> None:
    """Keep it as it was asked for; without it a reminder is never too late."""
    op.execute("ALTER TABLE reminders.reminders ADD COLUMN max_lateness text")
