"""Create tasks at a steady rate while a test changes the system."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.cluster.installation import Installation

PER_SECOND = float(os.environ.get("CLUSTER_LOAD", "20"))
"""Tasks per second. A small cluster may need fewer."""

_THREADS = 48


@dataclass
class Load:
    """The tasks of one user. Each has a reminder in one day."""

    system: Installation
    user: str
    asked: int = 0
    made: list[str] = field(default_factory=list)

    def create(self, number: int) -> None:
        """Create a task, with as many attempts as it takes."""
        at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        draft = {"title": f"Task {number}", "reminders": [{"at": at}]}
        answer = self.system.call_until_handled("POST", "/tasks", draft, user=self.user, key=f"{self.user}-{number}")
        assert answer.status == 201, answer.text
        self.made.append(answer.json["id"])

    def is_done_once(self) -> None:
        """Check in the database that every task, its events and its reminder exist exactly once."""
        count = self.asked
        assert len(set(self.made)) == len(self.made) == count
        events = f"SELECT count(*) FROM audit.entries WHERE userid = '{self.user}'"
        self.system.wait_for(lambda: int(self.system.sql(events)) >= 2 * count, within=600)
        for query in (
            f"{events} AND type = 'todo.TaskCreated'",
            f"{events} AND type = 'todo.ReminderScheduled'",
            f"{events.replace('(*)', '(DISTINCT subject)')} AND type = 'todo.TaskCreated'",
            f"SELECT count(*) FROM reminders.reminders WHERE user_id = '{self.user}' AND status = 'scheduled'",
            f"SELECT count(*) FROM delivery.outbox WHERE event->>'userid' = '{self.user}'",
        ):
            assert int(self.system.sql(query)) == count, query


@contextmanager
def create_load(system: Installation, user: str) -> Iterator[Load]:
    """Create tasks during the block at a steady rate, without waiting for responses."""
    running = Load(system, user)
    done = threading.Event()
    with ThreadPoolExecutor(_THREADS) as threads:

        def begin() -> list[Future[None]]:
            begun = []
            while not done.wait(1 / PER_SECOND):
                begun.append(threads.submit(running.create, running.asked))
                running.asked += 1
            return begun

        beginning = threads.submit(begin)
        try:
            yield running
        finally:
            done.set()
        for each in beginning.result():
            each.result()
