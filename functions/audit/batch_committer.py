"""Commits items that arrive at the same time in one transaction, as a transaction costs the same for one or ten."""

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
    """Accepts items from many threads, and commits those that wait at the same time together.

    ``commit(take)`` begins a transaction, waits for its turn to write, calls ``take()`` for all items that have arrived
    by then, and returns an outcome for each. The thread of the first item commits for all that arrive before ``take()``
    is called. So no item waits longer than for the transaction before it.

    ``shared`` are the errors that every item would meet alone as well. Any other error may come from one item, so each
    item of the batch is then committed alone.
    """

    def __init__(
        self,
        commit: Callable[[Callable[[], Sequence[Item]]], Sequence[Outcome]],
        *,
        shared: tuple[type[Exception], ...] = (),
    ) -> None:
        self._commit = commit
        self._shared = shared
        self._lock = threading.Lock()
        self._open: _Batch[Item, Outcome] | None = None

    @property
    def waiting(self) -> Sequence[Item]:
        """The items that have arrived for the next commit."""
        with self._lock:
            return tuple(self._open.items) if self._open else ()

    def submit(self, item: Item) -> Outcome:
        """Return the outcome of an item after its commit; raises the error that prevented the commit."""
        with self._lock:
            is_first = self._open is None
            batch = self._open = self._open or _Batch()
            position = len(batch.items)
            batch.items.append(item)
        if is_first:
            self._commit_batch(batch)
        batch.done.wait()
        if batch.error is None:
            return batch.outcomes[position]
        if len(batch.items) == 1 or isinstance(batch.error, self._shared):
            raise batch.error
        return self._commit(lambda: [item])[0]

    def _commit_batch(self, batch: _Batch[Item, Outcome]) -> None:
        try:
            batch.outcomes = self._commit(lambda: self._close(batch))
        except BaseException as error:  # noqa: BLE001 - every waiting thread raises it again
            batch.error = error
        finally:
            self._close(batch)
            batch.done.set()

    def _close(self, batch: _Batch[Item, Outcome]) -> Sequence[Item]:
        with self._lock:
            if self._open is batch:
                self._open = None
            return batch.items
