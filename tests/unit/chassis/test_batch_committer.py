"""Tests of committing simultaneous items in one batch."""

import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from functions.chassis.messaging.batch_committer import MAX_BATCH, BatchCommitter


class ControlledCommit:
    """A commit function whose first call waits for ``go``, and that fails for some batches."""

    def __init__(self, *, fails: Callable[[Sequence[int]], Exception | None] = lambda _: None) -> None:
        self.batches: list[list[int]] = []
        self.begun = threading.Event()
        self.go = threading.Event()
        self._fails = fails

    def __call__(self, items: Sequence[int]) -> list[int]:
        """Return ten times each item."""
        self.begun.set()
        assert self.go.wait(10)
        self.batches.append(list(items))
        error = self._fails(items)
        if error:
            raise error
        return [item * 10 for item in items]


def submit_together(
    commit: ControlledCommit,
    items: Sequence[int],
    *,
    key: Callable[[int], Hashable | None] = lambda _: None,
    shared_errors: tuple[type[Exception], ...] = (),
) -> list[int | Exception]:
    """Submit items while the commit of another item, -1, is running; return the outcome or the error of each."""
    committer = BatchCommitter(commit, key=key, shared_errors=shared_errors)

    def submit(item: int) -> int | Exception:
        try:
            return committer.submit(item)
        except ValueError as error:
            return error

    with ThreadPoolExecutor(len(items) + 1) as pool:
        first = pool.submit(submit, -1)
        assert commit.begun.wait(10)
        waiting = []
        for count, item in enumerate(items, start=1):
            waiting.append(pool.submit(submit, item))
            while len(committer.waiting) < count:
                assert not commit.go.wait(0.001)
        commit.go.set()
        first.result(10)
        return [future.result(10) for future in waiting]


def test_a_single_item_is_committed_at_once() -> None:
    """Two items that are submitted one after another are committed separately."""
    commit = ControlledCommit()
    commit.go.set()
    committer = BatchCommitter(commit)
    assert [committer.submit(1), committer.submit(2)] == [10, 20]
    assert commit.batches == [[1], [2]]


def test_items_that_wait_at_the_same_time_are_committed_together() -> None:
    """Each item gets its own outcome, and the items of a batch are in the order of their arrival."""
    commit = ControlledCommit()
    assert submit_together(commit, range(8)) == [0, 10, 20, 30, 40, 50, 60, 70]
    assert commit.batches == [[-1], list(range(8))]


def test_a_batch_has_a_largest_size() -> None:
    """The items beyond it form the next batch."""
    commit = ControlledCommit()
    submit_together(commit, range(MAX_BATCH + 2))
    assert [len(batch) for batch in commit.batches] == [1, MAX_BATCH, 2]


def test_items_with_an_equal_key_are_committed_one_after_another() -> None:
    """The others share batches. None equals no other key."""
    commit = ControlledCommit()
    keys = {-1: "first", 0: "a", 1: "b", 2: "a", 3: None, 4: "a", 5: "b", 6: None}
    assert submit_together(commit, range(7), key=keys.get) == [0, 10, 20, 30, 40, 50, 60]
    assert commit.batches == [[-1], [0, 1, 3, 6], [2, 5], [4]]


def test_one_invalid_item_does_not_fail_the_others() -> None:
    """If a batch fails, each item is committed alone, so that only the invalid item raises the error."""
    commit = ControlledCommit(fails=lambda batch: ValueError("3") if 3 in batch else None)
    outcomes = submit_together(commit, range(5))
    assert [outcome for outcome in outcomes if not isinstance(outcome, ValueError)] == [0, 10, 20, 40]
    assert sorted(map(len, commit.batches)) == [1, 1, 1, 1, 1, 1, 5]


def test_a_shared_error_is_raised_for_every_item() -> None:
    """After a shared error, no item is committed alone."""
    commit = ControlledCommit(fails=lambda _: ValueError("down"))
    assert all(
        isinstance(outcome, ValueError) for outcome in submit_together(commit, range(5), shared_errors=(ValueError,))
    )
    assert [len(batch) for batch in commit.batches] == [1, 5]


def test_an_item_after_a_failed_commit_is_committed() -> None:
    """A later item starts a new batch."""

    def fail(_: Sequence[int]) -> list[int]:
        raise ValueError("no connection")

    committer = BatchCommitter(fail)
    for item in (1, 2):
        with pytest.raises(ValueError, match="no connection"):
            committer.submit(item)
