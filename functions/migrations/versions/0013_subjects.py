"""Adds a key for each user to the audit log. Deleting the key makes the user's encrypted content unreadable."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the table. Existing entries and those of older code stay unencrypted: the log's hashes cover them."""
    op.execute("""
        CREATE TABLE audit.subjects (
            userid text PRIMARY KEY,
            key bytea CHECK (length(key) = 32),
            forgotten_at timestamptz,
            CHECK (key IS NOT NULL OR forgotten_at IS NOT NULL)
        )
    """)
    op.execute("GRANT SELECT, INSERT, UPDATE ON audit.subjects TO todo_audit")
