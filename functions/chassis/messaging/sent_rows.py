"""Deletes the outbox rows of events that the bus has accepted, many in one statement."""

import threading
from contextlib import suppress
from typing import Final

from functions.chassis.messaging import outbox
from functions.chassis.runtime.database import Database, DatabaseUnavailableError
from functions.chassis.telemetry.logs import get_logger

LINGER_SECONDS: Final = 0.1
"""Seconds from the first event that was sent to the DELETE. A process that dies meanwhile leaves the rows leased: the
events are sent again, and each function that handled them ignores them."""

MAX_ROWS: Final = 200
"""The DELETE does not wait longer than until so many events were sent."""

DELETE_RETRY_SECONDS: Final = 1.0
"""Seconds to the next DELETE after the database was not available."""

log = get_logger(__name__)


class SentRows:
    """Collects ids of events that were sent. A thread, started with the first id, deletes their rows."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ids: list[str] = []
        self._changed = threading.Condition()
        self._deleting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def add(self, event_id: str) -> None:
        """Delete the row of an event soon, or now after :meth:`close`."""
        with self._changed:
            self._ids.append(event_id)
            if self._thread is None and not self._is_closed:
                thread = threading.Thread(target=self._work, name="sent-rows", daemon=True)
                with suppress(RuntimeError):  # Python 3.12 starts no thread at exit; close() deletes the rows
                    thread.start()
                    self._thread = thread
            if len(self._ids) == 1 or len(self._ids) >= MAX_ROWS:  # any other id would wake the thread for nothing
                self._changed.notify_all()
            is_closed = self._is_closed
        if is_closed:
            self.flush()

    def flush(self) -> bool:
        """Delete the rows of all events so far. Return False if the database is unavailable; the ids stay."""
        with self._deleting:
            with self._changed:
                ids, self._ids = self._ids, []
            try:
                if ids:
                    outbox.delete_events(self._database, ids)
            except DatabaseUnavailableError:
                with self._changed:
                    self._ids = ids + self._ids
                    self._changed.notify_all()
                log.warning("rows of %d sent events could not be deleted from the outbox yet", len(ids))
                return False
            return True

    def close(self) -> None:
        """Stop the thread, and delete the rest now, if the database is available."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self.flush()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ids or self._is_closed)
                self._changed.wait_for(lambda: len(self._ids) >= MAX_ROWS or self._is_closed, LINGER_SECONDS)
                if self._is_closed:
                    return
            try:
                is_deleted = self.flush()
            except Exception:
                log.exception("rows of sent events could not be deleted; they are sent again after their lease")
                is_deleted = True
            if not is_deleted:
                with self._changed:
                    self._changed.wait_for(lambda: self._is_closed, DELETE_RETRY_SECONDS)
