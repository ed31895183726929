"""Creates the tables of reminders."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table of reminders, and the table of the newest task version that reminders have seen."""
    op.execute("CREATE SCHEMA reminders")
    op.execute("""
        CREATE TABLE reminders.reminders (
            id uuid PRIMARY KEY,
            user_id text NOT NULL,
            task_id uuid,
            title text NOT NULL,
            before text,
            at timestamptz,
            remind_at timestamptz NOT NULL,
            planned_at timestamptz,
            due_at timestamptz,
            time_zone text,
            status text NOT NULL CHECK (status IN ('scheduled', 'delivered', 'failed', 'cancelled')),
            snoozed boolean NOT NULL,
            delivered_at timestamptz,
            reason text,
            failed jsonb NOT NULL,
            version integer NOT NULL,
            request_digest text,
            changed_by uuid
        )
    """)
    op.execute("CREATE INDEX reminders_of_user ON reminders.reminders (user_id, remind_at, id)")
    op.execute("CREATE INDEX reminders_of_task ON reminders.reminders (task_id) WHERE task_id IS NOT NULL")
    # The newest version seen of each task, so that an older event that arrives late is ignored.
    op.execute("""
        CREATE TABLE reminders.seen (
            task_id uuid PRIMARY KEY,
            version integer NOT NULL,
            deleted boolean NOT NULL
        )
    """)
    op.execute("GRANT USAGE ON SCHEMA reminders TO todo_reminders")
    op.execute("GRANT SELECT, INSERT, UPDATE ON reminders.reminders, reminders.seen TO todo_reminders")
