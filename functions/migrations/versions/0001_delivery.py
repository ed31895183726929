"""Creates the login roles, and the tables that every domain uses: the outbox, the inbox and the state table."""

from alembic import op

revision = "0001"
down_revision = None

_DOMAINS = ("tasks", "recurrence", "reminders", "notifications", "audit", "delivery")


def upgrade() -> None:
    """Create the roles and the tables. Row-level security shows each role only its own rows."""
    for domain in _DOMAINS:
        # Roles belong to the whole server, and another database of this system may have created them.
        op.execute(f"""
            DO $$ BEGIN CREATE ROLE todo_{domain} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$
        """)
    everybody = ", ".join(f"todo_{domain}" for domain in _DOMAINS)
    op.execute("CREATE SCHEMA delivery")
    op.execute("""
        CREATE TABLE delivery.outbox (
            id uuid PRIMARY KEY,
            event jsonb NOT NULL,
            due_at timestamptz NOT NULL,
            lease_until timestamptz,
            attempts integer NOT NULL DEFAULT 0,
            owner text NOT NULL DEFAULT current_user
        )
    """)
    op.execute("CREATE INDEX outbox_due ON delivery.outbox (due_at)")
    op.execute("CREATE INDEX outbox_leased ON delivery.outbox (lease_until) WHERE lease_until IS NOT NULL")
    op.execute("""
        CREATE TABLE delivery.inbox (
            function text NOT NULL,
            source text NOT NULL,
            id text NOT NULL,
            claimed_at timestamptz NOT NULL,
            owner text NOT NULL DEFAULT current_user,
            PRIMARY KEY (function, source, id)
        )
    """)
    op.execute("CREATE INDEX inbox_claimed ON delivery.inbox (claimed_at)")
    op.execute("CREATE SCHEMA state")
    op.execute("""
        CREATE TABLE state.entries (
            owner text NOT NULL DEFAULT current_user,
            key text NOT NULL,
            value jsonb NOT NULL,
            etag uuid NOT NULL,
            expires_at timestamptz NOT NULL,
            PRIMARY KEY (owner, key)
        )
    """)
    op.execute("CREATE INDEX entries_expired ON state.entries (expires_at)")
    op.execute(f"GRANT USAGE ON SCHEMA delivery, state TO {everybody}")
    for table in ("delivery.outbox", "delivery.inbox", "state.entries"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {everybody}")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"""
            CREATE POLICY own_rows ON {table} USING (owner = current_user) WITH CHECK (owner = current_user)
        """)
    # The relay publishes the rows of every domain, and deletes the old inbox entries of every domain.
    op.execute("CREATE POLICY relay ON delivery.outbox TO todo_delivery USING (true) WITH CHECK (true)")
    op.execute("CREATE POLICY sweep ON delivery.inbox TO todo_delivery USING (true) WITH CHECK (true)")
