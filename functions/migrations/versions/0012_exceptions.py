"""Exceptions to a series: dates that are left out, and occurrences that differ from the others."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add what an older function neither reads nor writes."""
    op.execute("ALTER TABLE tasks.series ADD COLUMN exdates jsonb NOT NULL DEFAULT '[]'")
    # Beside deleted_at: the series goes on without this occurrence, and its history shows it.
    op.execute("ALTER TABLE tasks.tasks ADD COLUMN skipped_at timestamptz")
    # What the next occurrence is made from, where this one was changed for itself only.
    op.execute("ALTER TABLE tasks.tasks ADD COLUMN pattern jsonb")
