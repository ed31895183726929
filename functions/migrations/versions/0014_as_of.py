"""By which change of its task a notification was planned."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Keep it with the notification: what waits for a digest has no event of its own that would say so."""
    op.execute("ALTER TABLE notifications.notifications ADD COLUMN as_of timestamptz")
