"""Creates the table of the audit log. Entries are only inserted, never updated or deleted."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table, and a trigger that rejects updates and deletes by every role except the table's owner."""
    op.execute("CREATE SCHEMA audit")
    op.execute("""
        CREATE TABLE audit.entries (
            index bigint PRIMARY KEY CHECK (index >= 0),
            event jsonb NOT NULL,
            type text NOT NULL,
            subject text,
            userid text,
            correlationid text,
            time timestamptz,
            appended_at timestamptz NOT NULL
        )
    """)
    for column in ("type", "subject", "userid", "correlationid", "time"):
        op.execute(f"CREATE INDEX entries_{column} ON audit.entries ({column}, index)")
    # The trigger also rejects a change after someone has granted UPDATE or DELETE by mistake.
    op.execute("""
        CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE owner name := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID);
        BEGIN
            IF current_user <> owner THEN
                RAISE insufficient_privilege USING MESSAGE = 'an audit entry is never changed or taken away';
            END IF;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER only_added AFTER UPDATE OR DELETE OR TRUNCATE ON audit.entries
        FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()
    """)
    op.execute("GRANT USAGE ON SCHEMA audit TO todo_audit")
    op.execute("GRANT SELECT, INSERT ON audit.entries TO todo_audit")
