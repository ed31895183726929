"""Makes the audit log a Merkle log: adds the hashed bytes of each entry, the tree's nodes, and signed checkpoints."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column and the tables, for existing entries and for those that older code appends during the upgrade."""
    op.execute("ALTER TABLE audit.entries ADD COLUMN leaf bytea")
    op.execute("""
        CREATE TABLE audit.nodes (
            level smallint CHECK (level >= 0),
            index bigint CHECK (index >= 0),
            hash bytea NOT NULL CHECK (length(hash) = 32),
            PRIMARY KEY (level, index)
        )
    """)
    op.execute("""
        CREATE TABLE audit.checkpoints (
            size bigint PRIMARY KEY CHECK (size > 0),
            note text NOT NULL
        )
    """)
    _make_leaves()
    _make_nodes()
    for table in ("nodes", "checkpoints"):
        op.execute(f"""
            CREATE TRIGGER only_added AFTER UPDATE OR DELETE OR TRUNCATE ON audit.{table}
            FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()
        """)
    op.execute("GRANT SELECT, INSERT ON audit.nodes, audit.checkpoints TO todo_audit")


def _make_leaves() -> None:
    """Compute the leaf of entries that have none, in the same form as ``functions.audit.audit_log`` writes it."""
    op.execute("""
        CREATE FUNCTION audit.leaf_of(event jsonb, appended_at timestamptz) RETURNS bytea LANGUAGE sql STABLE AS $$
            SELECT convert_to(
                format(
                    '{"appendedAt":"%s","event":%s}',
                    to_char(appended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                    event
                ),
                'UTF8'
            )
        $$
    """)
    op.execute("UPDATE audit.entries SET leaf = audit.leaf_of(event, appended_at)")
    op.execute("ALTER TABLE audit.entries ALTER COLUMN leaf SET NOT NULL")
    op.execute("""
        CREATE FUNCTION audit.add_leaf() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.leaf := audit.leaf_of(NEW.event, NEW.appended_at);
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER add_leaf BEFORE INSERT ON audit.entries
        FOR EACH ROW WHEN (NEW.leaf IS NULL) EXECUTE FUNCTION audit.add_leaf()
    """)


def _make_nodes() -> None:
    """Compute the missing nodes (RFC 6962, section 2.1): now for all entries, later for those of older code."""
    op.execute(r"""
        CREATE FUNCTION audit.hash_entries() RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            hashed bigint := coalesce((SELECT max(index) + 1 FROM audit.nodes WHERE level = 0), 0);
            size bigint := coalesce((SELECT max(index) + 1 FROM audit.entries), 0);
            below integer := 0;
        BEGIN
            INSERT INTO audit.nodes
            SELECT 0, entry.index, sha256('\x00' || entry.leaf) FROM audit.entries AS entry WHERE entry.index >= hashed;
            WHILE size >> (below + 1) > 0 LOOP
                INSERT INTO audit.nodes
                SELECT below + 1, one.index / 2, sha256('\x01' || one.hash || other.hash)
                FROM audit.nodes AS one JOIN audit.nodes AS other ON other.level = below AND other.index = one.index + 1
                WHERE one.level = below AND one.index % 2 = 0 AND one.index >= 2 * (hashed >> (below + 1));
                below := below + 1;
            END LOOP;
        END $$
    """)
    op.execute("SELECT audit.hash_entries()")
