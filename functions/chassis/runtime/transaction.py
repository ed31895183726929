"""A transaction that sends its statements in as few exchanges with PostgreSQL as possible."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from pg8000.exceptions import InterfaceError

from functions.chassis.runtime.pipelined_connection import Call, CallResult, PipelinedConnection
from functions.chassis.runtime.statement import Row, Statement

Check = Callable[[int], None]
"""Gets the number of rows that a statement changed, and raises an error if the transaction must not go on."""

_BEGIN = Call(Statement("BEGIN"), [])
_COMMIT = Call(Statement("COMMIT"), [])
_ROLLBACK = Call(Statement("ROLLBACK"), [])


class PendingResult:
    """The result of a statement that is sent with the transaction's next exchange.

    Reading it sends the statement, if that has not happened yet.
    """

    def __init__(self, transaction: "Transaction", call: Call, check: Check | None) -> None:
        self.call = call
        self.check = check
        self.result: CallResult | None = None
        self._transaction = transaction

    @property
    def rows(self) -> list[Row]:
        """The rows that the statement returned."""
        return self._read().rows

    @property
    def count(self) -> int:
        """The number of rows that the statement changed or returned."""
        return self._read().row_count

    def _read(self) -> CallResult:
        if self.result is None:
            self._transaction.flush()
        if self.result is None:
            raise RuntimeError("the statement was not run: its transaction has ended")
        return self.result


class Transaction:
    """One transaction of :meth:`functions.chassis.runtime.database.Database.transaction`.

    :meth:`enqueue` collects a statement without sending it. Every other method sends what was collected together with
    its own statement, in one exchange. The BEGIN is sent with the first of them, and the COMMIT with the last
    statements. So a block that reads once and then only writes needs two exchanges::

        with database.transaction() as transaction:
            row = transaction.fetch_first(FIND_REMINDER, id=reminder_id)  # BEGIN and this statement
            transaction.enqueue(STORE_REMINDER, rows=[settle(row)])  # sent with the COMMIT
    """

    def __init__(self, connection: PipelinedConnection) -> None:
        self._connection = connection
        self._queue: list[PendingResult] = []
        self._has_begun = False
        self._has_failed = False

    def enqueue(self, statement: Statement, **values: object) -> PendingResult:
        """Send a statement with the next exchange, at the latest with the commit. Its error is raised there.

        Two reads of one exchange::

            version = transaction.enqueue(FIND_VERSION, id=task_id)
            reminders = transaction.fetch_all(FIND_REMINDERS, task_id=task_id)
            if version.rows: ...
        """
        return self._enqueue(statement, values, None)

    def enqueue_checked(self, statement: Statement, check: Check, **values: object) -> None:
        """Send a statement with the next exchange, which raises the error of ``check``.

        ``check`` gets the number of rows that the statement changed. The COMMIT waits for the check, so that nothing
        is committed that it does not allow.
        """
        self._enqueue(statement, values, check)

    def fetch_all(self, statement: Statement, **values: object) -> list[Row]:
        """Run a statement now, and return its rows."""
        return self.enqueue(statement, **values).rows

    def fetch_first(self, statement: Statement, **values: object) -> Row | None:
        """Run a statement now, and return its first row, or None if it returned no rows."""
        rows = self.fetch_all(statement, **values)
        return rows[0] if rows else None

    def fetch_value(self, statement: Statement, **values: object) -> Any:  # noqa: ANN401 - the statement decides
        """Run a statement now, and return the only column of its first row, or None if it returned no rows."""
        row = self.fetch_first(statement, **values)
        if row is None:
            return None
        [value] = row.values()
        return value

    def run(self, statement: Statement, **values: object) -> int:
        """Run a statement now, and return the number of rows that it changed."""
        return self.enqueue(statement, **values).count

    def flush(self) -> None:
        """Send the statements that were collected. Raises the error of the first that failed, or of a check."""
        self._exchange()

    def commit(self) -> None:
        """Send the rest of the statements and the COMMIT. A transaction without statements sends nothing.

        Raises pg8000's InterfaceError after the error of a statement or a check, also if the block has caught it.
        """
        if self._has_failed:
            raise InterfaceError("a statement or a check of the transaction has failed")
        if any(pending.check for pending in self._queue):
            self._exchange()
        if self._has_begun or self._queue:
            self._exchange(_COMMIT)

    def roll_back(self) -> None:
        """Undo everything. Does not raise: a connection that fails now is closed, which rolls back too."""
        self._queue.clear()
        if self._has_begun:
            with suppress(Exception):
                self._connection.exchange([_ROLLBACK])

    def _enqueue(self, statement: Statement, values: dict[str, object], check: Check | None) -> PendingResult:
        pending = PendingResult(self, Call(statement, statement.encode(values)), check)
        self._queue.append(pending)
        return pending

    def _exchange(self, *commands: Call) -> None:
        queue, self._queue = self._queue, []
        if not queue and not commands:
            return
        begin = [] if self._has_begun else [_BEGIN]
        self._has_begun = self._has_failed = True
        results = self._connection.exchange([*begin, *(pending.call for pending in queue), *commands])
        for number, pending in enumerate(queue, len(begin)):
            pending.result = results[number]
        for pending in queue:
            if pending.check is not None:
                pending.check(pending.count)
        self._has_failed = False
