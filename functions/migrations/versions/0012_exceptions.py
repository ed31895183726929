"""Adds exceptions to a series: excluded dates, skipped occurrences, and occurrences that were changed alone."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add columns that older code neither reads nor writes."""
    op.execute("ALTER TABLE tasks.series ADD COLUMN exdates jsonb NOT NULL DEFAULT '[]'")
    # Not the same as deleted_at: the series continues after a skipped occurrence, and its history shows it.
    op.execute("ALTER TABLE tasks.tasks ADD COLUMN skipped_at timestamptz")
    # The values for the next occurrence, if only this occurrence was changed.
    op.execute("ALTER TABLE tasks.tasks ADD COLUMN pattern jsonb")
