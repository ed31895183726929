"""Adds the time of the task change that a notification was planned from."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the column, because a notification that waits for a digest has no event that contains the time."""
    op.execute("ALTER TABLE notifications.notifications ADD COLUMN as_of timestamptz")
