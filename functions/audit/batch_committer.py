"""Commits items that arrive at the same time in one transaction, because ten items cost as much as one."""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class _Batch(Generic[Item, Outcome]):
    """Items that are committed together, and their outcomes or the error."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.outcomes: Sequence[Outcome] = ()
        self.error: BaseException | None = None
        self.done = threading.Event()


class BatchCommitter(Generic[Item, Outcome]):
    """Accepts items from many threads, and commits the items that wait at the same time together.

    ``commit(take)`` begins a transaction, waits for its turn to write, calls ``take()`` for all items that have arrived
    by then, and returns an outcome for each. The thread of the first item commits for all that arrive before ``take()``
    is called. So an item only ever waits for the transaction before its own.

    ``shared_errors`` do not depend on the items, such as an unavailable database: all threads of the batch raise them.
    Any other error may come from a single item, so each item of the batch is then committed alone.
    """

    def __init__(
        self,
        commit: Callable[[Callable[[], Sequence[Item]]], Sequence[Outcome]],
        *,
        shared_errors: tuple[type[Exception], ...] = (),
    ) -> None:
        self._commit = commit
        self._shared_errors = shared_errors
        self._lock = threading.Lock()
        self._open_batch: _Batch[Item, Outcome] | None = None

    @property
    def waiting(self) -> Sequence[Item]:
        """The items that have arrived for the next commit."""
        with self._lock:
            return tuple(self._open_batch.items) if self._open_batch else ()

    def submit(self, item: Item) -> Outcome:
        """Return the outcome of an item after its commit; raises the error that prevented the commit."""
        with self._lock:
            is_first = self._open_batch is None
            batch = self._open_batch = self._open_batch or _Batch()
            position = len(batch.items)
            batch.items.append(item)
        if is_first:
            self._commit_batch(batch)
        batch.done.wait()
        if batch.error is None:
            return batch.outcomes[position]
        if len(batch.items) == 1 or isinstance(batch.error, self._shared_errors):
            raise batch.error
        return self._commit(lambda: [item])[0]

    def _commit_batch(self, batch: _Batch[Item, Outcome]) -> None:
        try:
            batch.outcomes = self._commit(lambda: self._close_batch(batch))
        except BaseException as error:  # noqa: BLE001 - every waiting thread raises it again
            batch.error = error
        finally:
            self._close_batch(batch)
            batch.done.set()

    def _close_batch(self, batch: _Batch[Item, Outcome]) -> Sequence[Item]:
        with self._lock:
            if self._open_batch is batch:
                self._open_batch = None
            return batch.items
