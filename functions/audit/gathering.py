"""Committing together what arrives together: a transaction costs its round trips, whether it holds one thing or ten."""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class _Batch(Generic[Item, Outcome]):
    """What is committed together, and what became of it."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.outcomes: Sequence[Outcome] = ()
        self.error: BaseException | None = None
        self.done = threading.Event()


class Gathering(Generic[Item, Outcome]):
    """Takes items from many threads, and commits those that wait at the same time in one go.

    ``commit(take)`` begins a transaction, waits for its turn to write, calls ``take()`` for all that has arrived until
    then, and returns an outcome for each. Whoever comes first commits for all who come before that moment, so the only
    wait is the one that there would be anyway: the first of all, and whoever is alone, waits for nobody.

    ``shared`` are errors that would meet every item by itself as well. Any other may be one item's doing, so each of
    the batch is then committed alone.
    """

    def __init__(
        self,
        commit: Callable[[Callable[[], Sequence[Item]]], Sequence[Outcome]],
        *,
        shared: tuple[type[Exception], ...] = (),
    ) -> None:
        self._commit = commit
        self._shared = shared
        self._turn = threading.Lock()
        self._open: _Batch[Item, Outcome] | None = None

    @property
    def waiting(self) -> Sequence[Item]:
        """What has arrived for the next commit."""
        with self._turn:
            return tuple(self._open.items) if self._open else ()

    def submit(self, item: Item) -> Outcome:
        """Return what became of an item, once that is committed; raise what prevented it."""
        with self._turn:
            leads = self._open is None
            batch = self._open = self._open or _Batch()
            place = len(batch.items)
            batch.items.append(item)
        if leads:
            self._lead(batch)
        batch.done.wait()
        if batch.error is None:
            return batch.outcomes[place]
        if len(batch.items) == 1 or isinstance(batch.error, self._shared):
            raise batch.error
        return self._commit(lambda: [item])[0]

    def _lead(self, batch: _Batch[Item, Outcome]) -> None:
        try:
            batch.outcomes = self._commit(lambda: self._close(batch))
        except BaseException as error:  # noqa: BLE001 - it is raised again by everybody who waits
            batch.error = error
        finally:
            self._close(batch)
            batch.done.set()

    def _close(self, batch: _Batch[Item, Outcome]) -> Sequence[Item]:
        with self._turn:
            if self._open is batch:
                self._open = None
            return batch.items
