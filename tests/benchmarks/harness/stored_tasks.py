"""Stores many tasks of many users by SQL, as if they had been created over years."""

from collections.abc import Callable
from typing import Any

BIG_USER, USER = "user-0", "user-7"
"""The user with many tasks, and one of the others, who share the rest evenly."""

RARE_WORD, COMMON_WORD = "word7", "plants"
"""A word in every hundredth task of a user, and one in each task."""


def store_tasks(run_sql: Callable[..., Any], *, count: int, users: int, of_big_user: int) -> None:
    """Store ``count`` tasks: ``of_big_user`` of one user, the rest of ``users`` others; with their change numbers."""
    run_sql("ALTER TABLE tasks.tasks DISABLE TRIGGER ALL")
    run_sql(
        """INSERT INTO tasks.tasks (id, user_id, title, notes, status, priority, tags, due_at, time_zone, reminders,
               version, created_at, updated_at, completed_at)
           SELECT gen_random_uuid(), 'user-' || owner, 'Water the plants, word' || mod(position, 100),
               'Some notes about the ' || n || 'th task, as a user may write them',
               CASE WHEN mod(n, 3) = 0 THEN 'completed' ELSE 'open' END,
               (ARRAY['none', 'low', 'medium', 'high'])[1 + mod(n, 4)], jsonb_build_array('home', 'tag' || mod(n, 20)),
               now() + n * interval '1 minute', 'Europe/Berlin', '[{"before": "PT30M"}]', 1,
               now() - n * interval '1 second', now() - n * interval '1 second',
               CASE WHEN mod(n, 3) = 0 THEN now() END
           FROM (SELECT n,
                     CASE WHEN n <= :of_big_user THEN 0 ELSE 1 + mod(n, :users) END AS owner,
                     CASE WHEN n <= :of_big_user THEN n ELSE n / :users END AS position
                 FROM generate_series(1, :count) AS n) AS made""",
        count=count,
        users=users,
        of_big_user=of_big_user,
    )
    run_sql(
        """INSERT INTO tasks.changes
           SELECT id, user_id, row_number() OVER (PARTITION BY user_id ORDER BY updated_at, id) FROM tasks.tasks"""
    )
    run_sql("INSERT INTO tasks.counters SELECT user_id, max(number) FROM tasks.changes GROUP BY user_id")
    run_sql("ALTER TABLE tasks.tasks ENABLE TRIGGER ALL")
    run_sql("ANALYZE tasks.tasks, tasks.changes")
