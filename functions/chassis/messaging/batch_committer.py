"""Commits items that arrive at the same time in one transaction, because ten items cost little more than one."""

import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Final, Generic, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

MAX_BATCH: Final = 64
"""The largest number of items in a batch, so that a transaction stays short."""


class _Entry(Generic[Item, Outcome]):
    """An item with its outcome or error. A plain lock is the signal: it costs a third of an Event."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.outcomes: list[Outcome] = []
        self.error: BaseException | None = None
        self.is_retried = False
        self.signal = threading.Lock()
        self.signal.acquire()

    @property
    def is_finished(self) -> bool:
        """Whether a leader has committed the item, or has failed to."""
        return bool(self.outcomes) or self.error is not None


class BatchCommitter(Generic[Item, Outcome]):
    """Accepts items from many threads, and commits the items that wait at the same time together.

    ``commit(items)`` runs a transaction and returns an outcome for each item. The thread of one item leads: it commits
    for all that wait, one batch at a time. Items that arrive meanwhile form the next batch, so an item only ever waits
    for the transactions before its own. Without a running transaction, an item is committed at once.

    Items with an equal ``key`` never share a batch; the later item is in a later batch. None equals no other key.

    ``shared_errors`` do not depend on the items, such as an unavailable database: all threads of the batch raise them.
    Any other error may come from a single item, so each item of the batch is then committed alone.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[Item]], Sequence[Outcome]],
        *,
        key: Callable[[Item], Hashable | None] = lambda _: None,
        shared_errors: tuple[type[Exception], ...] = (),
    ) -> None:
        self._commit = commit
        self._key = key
        self._shared_errors = shared_errors
        self._lock = threading.Lock()
        self._waiting: deque[_Entry[Item, Outcome]] = deque()
        self._is_committing = False

    @property
    def waiting(self) -> Sequence[Item]:
        """The items that wait for a later batch."""
        with self._lock:
            return tuple(entry.item for entry in self._waiting)

    def submit(self, item: Item) -> Outcome:
        """Return the outcome of an item after its commit; raises the error that prevented the commit."""
        entry = _Entry[Item, Outcome](item)
        with self._lock:
            self._waiting.append(entry)
            is_leader = not self._is_committing
            self._is_committing = True
        if not is_leader:
            entry.signal.acquire()  # until another leader has finished the item, or hands the lead to this thread
        if not entry.is_finished:
            self._commit_batch()
        if entry.is_retried:
            return self._commit([item])[0]
        if entry.error is not None:
            raise entry.error
        return entry.outcomes[0]

    def _commit_batch(self) -> None:
        """Commit the next batch, which begins with this thread's item, then hand the lead to the next waiting item."""
        with self._lock:
            batch = self._take_batch()
        try:
            for entry, outcome in zip(batch, self._commit([entry.item for entry in batch]), strict=True):
                entry.outcomes.append(outcome)
        except BaseException as error:  # noqa: BLE001 - every waiting thread raises it again
            for entry in batch:
                entry.error = error
                entry.is_retried = len(batch) > 1 and not isinstance(error, self._shared_errors)
        with self._lock:
            next_leader = self._waiting[0] if self._waiting else None
            self._is_committing = next_leader is not None
        for entry in batch[1:]:  # first, because what arrives after their answers can still join the next batch
            entry.signal.release()
        if next_leader:
            next_leader.signal.release()

    def _take_batch(self) -> list[_Entry[Item, Outcome]]:
        batch, later, keys = list[_Entry[Item, Outcome]](), list[_Entry[Item, Outcome]](), set[Hashable]()
        while self._waiting and len(batch) < MAX_BATCH:
            entry = self._waiting.popleft()
            key = self._key(entry.item)
            if key is not None and key in keys:
                later.append(entry)
                continue
            keys.add(key)
            batch.append(entry)
        self._waiting.extendleft(reversed(later))
        return batch
