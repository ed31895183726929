"""Adds fallback channels, digests, quiet hours, muting, withdrawal, and the log of delivery attempts."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add columns that older code can ignore, and the tables of ended subjects and of attempts."""
    op.execute("ALTER TABLE notifications.notifications ADD COLUMN next_try_at timestamptz")
    op.execute("ALTER TABLE notifications.notifications DROP CONSTRAINT notifications_status_check")
    # The new constraint allows all values of the old one, so that existing rows need no check.
    op.execute("""
        ALTER TABLE notifications.notifications ADD CONSTRAINT notifications_status_check
        CHECK (status IN ('requested', 'sent', 'delivered', 'failed', 'withdrawn')) NOT VALID
    """)
    op.execute("ALTER TABLE notifications.notifications ADD COLUMN falls_back_for uuid")
    op.execute("""
        CREATE INDEX notifications_falling_back ON notifications.notifications (falls_back_for)
        WHERE falls_back_for IS NOT NULL
    """)
    op.execute("ALTER TABLE notifications.notifications ADD COLUMN gathered_by uuid")
    op.execute("""
        CREATE INDEX notifications_gathered ON notifications.notifications (gathered_by)
        WHERE gathered_by IS NOT NULL
    """)
    op.execute("ALTER TABLE notifications.preferences ADD COLUMN digest boolean NOT NULL DEFAULT false")
    op.execute("ALTER TABLE notifications.preferences ADD COLUMN quiet_hours jsonb")
    op.execute("ALTER TABLE notifications.preferences ADD COLUMN muted jsonb NOT NULL DEFAULT '[]'")
    op.execute("ALTER TABLE notifications.preferences ADD COLUMN mode text NOT NULL DEFAULT 'all'")
    op.execute("""
        CREATE TABLE notifications.ended (
            subject uuid PRIMARY KEY,
            at timestamptz NOT NULL
        )
    """)
    op.execute("GRANT SELECT, INSERT, UPDATE ON notifications.ended TO todo_notifications")
    op.execute("""
        CREATE TABLE notifications.attempts (
            notification_id uuid NOT NULL,
            number integer NOT NULL,
            at timestamptz NOT NULL,
            delivered boolean NOT NULL,
            reason text,
            PRIMARY KEY (notification_id, number)
        )
    """)
    op.execute("GRANT SELECT, INSERT ON notifications.attempts TO todo_notifications")
