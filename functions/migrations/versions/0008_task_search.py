"""Adds full-text search of tasks, and an index for the task list's sort order by priority."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Index each task's words together with its owner's id, so that one index serves one user's search.

    The owner's id is a lexeme that contains a space. No text produces such a lexeme, so it never matches a word. The
    configuration ``simple`` depends on no language.
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
