"""The keys with which the audit log encrypts what users wrote: one a user, deleted where an entry cannot be."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add them. What older code appends, and all there is already, stays as it is: the log's hashes are over it."""
    op.execute("""
        CREATE TABLE audit.subjects (
            userid text PRIMARY KEY,
            key bytea CHECK (length(key) = 32),
            forgotten_at timestamptz,
            CHECK (key IS NOT NULL OR forgotten_at IS NOT NULL)
        )
    """)
    op.execute("GRANT SELECT, INSERT, UPDATE ON audit.subjects TO todo_audit")
