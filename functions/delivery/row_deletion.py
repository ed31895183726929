"""Deletes the rows of published events, many in one transaction."""

import threading

from functions.chassis.messaging import outbox
from functions.chassis.runtime.database import Database


class RowDeletion:
    """Collects rows while a transaction deletes the rows before them. The next transaction deletes them together.

    No row waits for a timer: without load, each row is deleted at once. If the process dies, the rows of the last
    milliseconds are left. Their events are published again, and the subscribers' inboxes recognize them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._collected: list[str] = []
        self._is_deleting = False

    def delete(self, event_id: str) -> None:
        """Delete a row, or leave it to the thread that is deleting rows now.

        Raises :class:`functions.chassis.runtime.database.DatabaseUnavailableError` in the thread that deletes. The
        leases of all rows that it took expire.
        """
        with self._lock:
            self._collected.append(event_id)
            if self._is_deleting:
                return
            self._is_deleting = True
        try:
            while event_ids := self._take():
                with self._database.transaction() as connection:
                    outbox.delete_events(connection, event_ids)
        except BaseException:
            with self._lock:
                self._is_deleting = False
            raise

    def _take(self) -> list[str]:
        """Return the collected rows; without any, the next call of :meth:`delete` deletes again."""
        with self._lock:
            event_ids, self._collected = self._collected, []
            self._is_deleting = bool(event_ids)
            return event_ids
