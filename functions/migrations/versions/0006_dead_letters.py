"""Creates the table of dead letters: events that the Broker could not deliver."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table and an index for the relay, and allow the delivery role to delete expired state."""
    op.execute("""
        CREATE TABLE delivery.dead_letters (
            id uuid PRIMARY KEY,
            event jsonb NOT NULL,
            type text,
            source text,
            event_id text,
            destination text NOT NULL,
            code integer,
            reason text NOT NULL,
            status text NOT NULL CHECK (status IN ('open', 'redriven')),
            count integer NOT NULL DEFAULT 1,
            first_seen timestamptz NOT NULL,
            last_seen timestamptz NOT NULL,
            redriven_at timestamptz
        )
    """)
    op.execute("CREATE INDEX dead_letters_first_seen ON delivery.dead_letters (first_seen, id)")
    op.execute("CREATE INDEX dead_letters_event ON delivery.dead_letters (event_id, source)")
    op.execute("GRANT SELECT, INSERT, UPDATE ON delivery.dead_letters TO todo_delivery")
    # The relay looks for the first row without a lease. The index makes this one lookup, also among a million rows.
    op.execute("CREATE INDEX outbox_waiting ON delivery.outbox (due_at) WHERE lease_until IS NULL")
    op.execute("CREATE POLICY sweep ON state.entries TO todo_delivery USING (expires_at < now())")
