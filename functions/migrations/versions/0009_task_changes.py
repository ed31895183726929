"""The order in which a user's tasks changed, for clients that keep a copy of them."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Let PostgreSQL number each user's changes in the order of their commits, whoever makes them.

    A transaction takes its number at its commit, under a lock on its user's counter that it holds to the end: the next
    number is given out once this one can be seen, so whoever has seen a number can have missed no smaller one. Taken
    last, the lock waits for nobody who waits for it. It is a user's own, so one user's long transaction holds up no
    other's, and the numbers stay true in a copy of the database, which transaction ids would not.
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
    # Before what there is already is numbered: from here on writers wait, and are numbered after it.
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
