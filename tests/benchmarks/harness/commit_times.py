"""Observes when rows become visible to others: triggers notify this process, so that it does not need to poll."""

import select
import time
from typing import Any

from pg8000 import native
from sqlalchemy.engine import URL

CHANNEL = "bench"


class CommitTimes:
    """The moment at which each watched row was committed and known here, in seconds since 1970, by a key."""

    def __init__(self, url: URL) -> None:
        arguments: dict[str, Any] = {"password": url.password, "database": url.database, "ssl_context": False}
        self._connection = native.Connection(str(url.username), unix_sock=str(url.query["unix_sock"]), **arguments)
        self._connection.run(f"LISTEN {CHANNEL}")
        self.seen: dict[str, float] = {}

    def watch(self, table: str, when: str, key: str) -> None:
        """Notify of each row that is inserted or updated and matches ``when``, by the expression ``key`` of NEW."""
        name = f"bench_{table.replace('.', '_')}"
        self._connection.run(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
            f" $$ BEGIN PERFORM pg_notify('{CHANNEL}', {key}); RETURN NULL; END $$"
        )
        self._connection.run(
            f"CREATE TRIGGER {name} AFTER INSERT OR UPDATE ON {table} FOR EACH ROW WHEN ({when})"
            f" EXECUTE FUNCTION {name}()"
        )

    def wait_for(self, key: str, *, within: float) -> float | None:
        """Return the moment of a key, or None after ``within`` seconds."""
        deadline = time.time() + within
        while key not in self.seen:
            left = deadline - time.time()
            if left <= 0:
                return None
            self._receive(left)
        return self.seen[key]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _receive(self, seconds: float) -> None:
        readable, _, _ = select.select([self._connection._usock], [], [], seconds)
        now = time.time()
        if readable:
            self._connection.run("SELECT 1")  # pg8000 reads notifications with the next response
        while self._connection.notifications:
            _, _, payload = self._connection.notifications.popleft()
            self.seen.setdefault(payload, now)
