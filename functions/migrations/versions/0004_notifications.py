"""Creates the tables of notifications and preferences. A notification has a row for each channel."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create both tables, and the index for the list of a user's notifications."""
    op.execute("CREATE SCHEMA notifications")
    op.execute("""
        CREATE TABLE notifications.notifications (
            id uuid PRIMARY KEY,
            user_id text NOT NULL,
            kind text NOT NULL,
            channel text NOT NULL,
            title text NOT NULL,
            body text NOT NULL,
            status text NOT NULL CHECK (status IN ('requested', 'sent', 'delivered', 'failed')),
            task_id uuid,
            reminder_id uuid,
            remind_at timestamptz,
            siblings integer NOT NULL,
            attempts integer NOT NULL,
            created_at timestamptz NOT NULL,
            sent_at timestamptz,
            delivered_at timestamptz,
            read_at timestamptz,
            late_by interval,
            reason text,
            address jsonb NOT NULL,
            request_digest text
        )
    """)
    op.execute("""
        CREATE INDEX notifications_created ON notifications.notifications (user_id, created_at DESC, id DESC)
    """)
    op.execute("""
        CREATE TABLE notifications.preferences (
            user_id text PRIMARY KEY,
            channels jsonb NOT NULL,
            version integer NOT NULL
        )
    """)
    op.execute("GRANT USAGE ON SCHEMA notifications TO todo_notifications")
    op.execute("""
        GRANT SELECT, INSERT, UPDATE ON notifications.notifications, notifications.preferences TO todo_notifications
    """)
