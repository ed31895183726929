"""The connections of an instance: opened at first use, at most one for each thread, checked without a query."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition
from typing import Final

from functions.chassis.runtime.pipelined_connection import PipelinedConnection
from functions.postgresql import CONNECT_SECONDS

MAX_IDLE_SECONDS: Final = 300.0
"""A connection that was idle for longer is replaced: a firewall or a proxy may have forgotten it."""


class PoolTimeoutError(Exception):
    """All connections stayed in use for too long."""


class ConnectionPool:
    """Up to ``size`` connections, opened by ``connect``. The connection that was used last is used first."""

    def __init__(self, connect: Callable[[], PipelinedConnection], size: int) -> None:
        self._connect = connect
        self._size = size
        self._idle: list[PipelinedConnection] = []
        self._in_use = 0
        self._changed = Condition()

    @property
    def in_use(self) -> int:
        """The number of connections that are in use."""
        return self._in_use

    @contextmanager
    def connection(self) -> Iterator[PipelinedConnection]:
        """Lend a connection to the block. A connection that is not usable after the block is closed.

        Raises :class:`PoolTimeoutError` if none becomes free within ``CONNECT_SECONDS``, and OSError or pg8000's error
        if a new connection cannot be opened.
        """
        self._acquire()
        connection = None
        try:
            connection = self._take_idle() or self._connect()
            yield connection
        finally:
            self._release(connection)

    def close_idle(self) -> None:
        """Close every connection that is not in use."""
        with self._changed:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _acquire(self) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._in_use < self._size, CONNECT_SECONDS):
                raise PoolTimeoutError(f"all {self._size} connections are in use")
            self._in_use += 1

    def _take_idle(self) -> PipelinedConnection | None:
        """Return a connection that can be used, or None. Looking for unread input needs no exchange."""
        while True:
            with self._changed:
                if not self._idle:
                    return None
                connection = self._idle.pop()
            if time.monotonic() - connection.used_at < MAX_IDLE_SECONDS and not connection.has_unread_input:
                return connection
            connection.close()

    def _release(self, connection: PipelinedConnection | None) -> None:
        is_usable = connection is not None and connection.is_usable
        with self._changed:
            self._in_use -= 1
            if connection is not None and is_usable:
                self._idle.append(connection)
            self._changed.notify()
        if connection is not None and not is_usable:
            connection.close()
