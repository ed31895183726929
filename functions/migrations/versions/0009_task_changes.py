"""Numbers the changes of each user's tasks, for clients that synchronize a copy."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create a deferred trigger that numbers each user's changes in the order of their commits.

    A transaction takes its number at its commit and locks its user's counter until the commit is visible. A client
    that has seen a number has therefore missed no smaller number. The lock is the last one that a transaction takes,
    so that it cannot cause a deadlock, and one user's transaction never waits for another user's. Unlike transaction
    ids, the numbers stay valid in a copy of the database.
    """
    op.execute("CREATE TABLE tasks.counters (user_id text PRIMARY KEY, number bigint NOT NULL)")
    op.execute("""
        CREATE TABLE tasks.changes (
            task_id uuid PRIMARY KEY,
            user_id text NOT NULL,
            number bigint NOT NULL
        )
    """)
    op.execute("""
        CREATE FUNCTION tasks.number_change() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            its bigint;
        BEGIN
            INSERT INTO tasks.counters AS counter VALUES (NEW.user_id, 1)
                ON CONFLICT (user_id) DO UPDATE SET number = counter.number + 1 RETURNING counter.number INTO its;
            INSERT INTO tasks.changes VALUES (NEW.id, NEW.user_id, its)
                ON CONFLICT (task_id) DO UPDATE SET number = excluded.number;
            RETURN NULL;
        END
        $$
    """)
    # Created before the existing tasks get numbers: from here on writers wait, and get later numbers.
    op.execute("""
        CREATE CONSTRAINT TRIGGER number_change AFTER INSERT OR UPDATE ON tasks.tasks
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tasks.number_change()
    """)
    op.execute("""
        INSERT INTO tasks.changes
            SELECT id, user_id, row_number() OVER (PARTITION BY user_id ORDER BY updated_at, id) FROM tasks.tasks
    """)
    op.execute("INSERT INTO tasks.counters SELECT user_id, max(number) FROM tasks.changes GROUP BY user_id")
    op.execute("CREATE UNIQUE INDEX changes_number ON tasks.changes (user_id, number)")
    op.execute("GRANT SELECT, INSERT, UPDATE ON tasks.counters, tasks.changes TO todo_tasks")
