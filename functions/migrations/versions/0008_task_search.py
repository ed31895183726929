"""Words to search tasks by, and their order by priority."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Let PostgreSQL keep the words of each task, and whose it is among them, in one index.

    A user's id is a lexeme with a space in it, which no text yields: so one index answers for one user's words, and
    needs no extension for it. ``simple`` knows no language, and so fits every one.
    """
    op.execute("""
        ALTER TABLE tasks.tasks ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
            to_tsvector('simple', title || ' ' || notes) || array_to_tsvector(ARRAY['of ' || user_id])
        ) STORED
    """)
    op.execute("CREATE INDEX tasks_search ON tasks.tasks USING gin (search) WHERE deleted_at IS NULL")
    op.execute("""
        CREATE INDEX tasks_priority ON tasks.tasks (
            user_id,
            (CASE priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 WHEN 'low' THEN 2 ELSE 3 END),
            coalesce(due_at, 'infinity'),
            id
        ) WHERE deleted_at IS NULL
    """)
