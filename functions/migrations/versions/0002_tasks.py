"""Creates the tables of tasks, and of the series that recurring tasks belong to."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create both tables, and an index for each sort order of the task list."""
    op.execute("CREATE SCHEMA tasks")
    op.execute("""
        CREATE TABLE tasks.series (
            id uuid PRIMARY KEY,
            user_id text NOT NULL,
            start timestamp NOT NULL,
            time_zone text NOT NULL,
            recurrence jsonb NOT NULL,
            status text NOT NULL CHECK (status IN ('active', 'paused', 'ended')),
            version integer NOT NULL
        )
    """)
    op.execute("""
        CREATE TABLE tasks.tasks (
            id uuid PRIMARY KEY,
            user_id text NOT NULL,
            title text NOT NULL,
            notes text NOT NULL,
            status text NOT NULL CHECK (status IN ('open', 'completed')),
            priority text NOT NULL,
            tags jsonb NOT NULL,
            due_at timestamptz,
            time_zone text,
            recurrence jsonb,
            reminders jsonb NOT NULL,
            series_id uuid REFERENCES tasks.series,
            occurrence integer,
            recurrence_id timestamptz,
            follows uuid UNIQUE REFERENCES tasks.tasks,
            version integer NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            completed_at timestamptz,
            deleted_at timestamptz,
            request_digest text
        )
    """)
    op.execute("CREATE INDEX tasks_created ON tasks.tasks (user_id, created_at DESC, id DESC) WHERE deleted_at IS NULL")
    op.execute("CREATE INDEX tasks_updated ON tasks.tasks (user_id, updated_at DESC, id DESC) WHERE deleted_at IS NULL")
    op.execute("""
        CREATE INDEX tasks_due ON tasks.tasks (user_id, coalesce(due_at, 'infinity'), id) WHERE deleted_at IS NULL
    """)
    op.execute("CREATE INDEX tasks_series ON tasks.tasks (series_id, occurrence)")
    op.execute("GRANT USAGE ON SCHEMA tasks TO todo_tasks")
    op.execute("GRANT SELECT, INSERT, UPDATE ON tasks.tasks, tasks.series TO todo_tasks")
