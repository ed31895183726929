"""Tests of committing simultaneous items in one batch."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from functions.audit.batch_committer import BatchCommitter


class ControlledCommit:
    """A commit function that waits for ``go`` before it takes the items, and fails for some batches."""

    def __init__(self, *, fails: Callable[[Sequence[int]], Exception | None] = lambda _: None) -> None:
        self.batches: list[list[int]] = []
        self.begun = threading.Event()
        self.go = threading.Event()
        self._fails = fails

    def __call__(self, take: Callable[[], Sequence[int]]) -> list[int]:
        """Return ten times each item."""
        self.begun.set()
        assert self.go.wait(10)
        batch = list(take())
        self.batches.append(batch)
        error = self._fails(batch)
        if error:
            raise error
        return [item * 10 for item in batch]


def submit_together(
    commit: ControlledCommit, items: Sequence[int], **options: tuple[type[Exception], ...]
) -> list[int | Exception]:
    """Submit all items before the first commit takes any, and return the outcome or the error of each."""
    committer = BatchCommitter(commit, **options)

    def submit(item: int) -> int | Exception:
        arrived.release()
        try:
            return committer.submit(item)
        except ValueError as error:
            return error

    arrived = threading.Semaphore(0)
    with ThreadPoolExecutor(len(items)) as pool:
        waiting = [pool.submit(submit, items[0])]
        assert commit.begun.wait(10)
        waiting += [pool.submit(submit, item) for item in items[1:]]
        for _ in items:
            assert arrived.acquire(timeout=10)
        while len(committer.waiting) < len(items):
            assert not commit.go.wait(0.001)
        commit.go.set()
        return [future.result(10) for future in waiting]


def test_a_single_item_is_committed_at_once() -> None:
    """Two items that are submitted one after another are committed separately."""
    commit = ControlledCommit()
    commit.go.set()
    committer = BatchCommitter(commit)
    assert [committer.submit(1), committer.submit(2)] == [10, 20]
    assert commit.batches == [[1], [2]]


def test_items_that_wait_at_the_same_time_are_committed_together() -> None:
    """Each item gets its own outcome."""
    commit = ControlledCommit()
    assert submit_together(commit, range(8)) == [0, 10, 20, 30, 40, 50, 60, 70]
    assert [sorted(batch) for batch in commit.batches] == [list(range(8))]


def test_one_invalid_item_does_not_fail_the_others() -> None:
    """If a batch fails, each item is committed alone, so that only the invalid item raises the error."""
    commit = ControlledCommit(fails=lambda batch: ValueError("3") if 3 in batch else None)
    outcomes = submit_together(commit, range(5))
    assert [outcome for outcome in outcomes if not isinstance(outcome, ValueError)] == [0, 10, 20, 40]
    assert sorted(map(len, commit.batches)) == [1, 1, 1, 1, 1, 5]


def test_a_shared_error_is_raised_for_every_item() -> None:
    """After a shared error, no item is committed alone."""
    commit = ControlledCommit(fails=lambda _: ValueError("down"))
    assert all(
        isinstance(outcome, ValueError) for outcome in submit_together(commit, range(5), shared_errors=(ValueError,))
    )
    assert [len(batch) for batch in commit.batches] == [5]


def test_a_commit_that_fails_before_taking_items_raises_for_each_item() -> None:
    """A later item starts a new batch."""

    def fail(_: Callable[[], Sequence[int]]) -> list[int]:
        raise ValueError("no connection")

    committer = BatchCommitter(fail)
    for item in (1, 2):
        with pytest.raises(ValueError, match="no connection"):
            committer.submit(item)
