"""Committing together what arrives together."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from functions.audit.batch_committer import BatchCommitter


class Commits:
    """Commits that can be held back before they take what has arrived, and that fail for some items."""

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


def gather(commits: Commits, items: Sequence[int], **options: tuple[type[Exception], ...]) -> list[int | Exception]:
    """Submit items at once, the first of them first, and return what became of each."""
    gathering = BatchCommitter(commits, **options)

    def submit(item: int) -> int | Exception:
        arrived.release()
        try:
            return gathering.submit(item)
        except ValueError as error:
            return error

    arrived = threading.Semaphore(0)
    with ThreadPoolExecutor(len(items)) as pool:
        waiting = [pool.submit(submit, items[0])]
        assert commits.begun.wait(10)
        waiting += [pool.submit(submit, item) for item in items[1:]]
        for _ in items:
            assert arrived.acquire(timeout=10)
        while len(gathering.waiting) < len(items):
            assert not commits.go.wait(0.001)
        commits.go.set()
        return [one.result(10) for one in waiting]


def test_one_alone_waits_for_nobody() -> None:
    """An item that comes alone is committed alone, and so is the next."""
    commits = Commits()
    commits.go.set()
    gathering = BatchCommitter(commits)
    assert [gathering.submit(1), gathering.submit(2)] == [10, 20]
    assert commits.batches == [[1], [2]]


def test_what_waits_at_the_same_time_is_committed_together() -> None:
    """All that come before a commit takes what has arrived go with it, and each learns of its own outcome."""
    commits = Commits()
    assert gather(commits, range(8)) == [0, 10, 20, 30, 40, 50, 60, 70]
    assert [sorted(batch) for batch in commits.batches] == [list(range(8))]


def test_one_that_fails_fails_alone() -> None:
    """Where a batch fails, each of it is committed by itself, so that only the culprit learns of the error."""
    commits = Commits(fails=lambda batch: ValueError("3") if 3 in batch else None)
    outcomes = gather(commits, range(5))
    assert [one for one in outcomes if not isinstance(one, ValueError)] == [0, 10, 20, 40]
    assert sorted(map(len, commits.batches)) == [1, 1, 1, 1, 1, 5]


def test_an_error_that_would_meet_each_is_everybodys() -> None:
    """Where nothing can be committed, nobody tries again by themselves."""
    commits = Commits(fails=lambda _: ValueError("down"))
    assert all(isinstance(one, ValueError) for one in gather(commits, range(5), shared=(ValueError,)))
    assert [len(batch) for batch in commits.batches] == [5]


def test_a_commit_that_fails_before_it_takes_anything_leaves_nobody_waiting() -> None:
    """Everybody who came is told, and whoever comes later begins anew."""

    def refuse(_: Callable[[], Sequence[int]]) -> list[int]:
        raise ValueError("no connection")

    gathering = BatchCommitter(refuse)
    for item in (1, 2):
        with pytest.raises(ValueError, match="no connection"):
            gathering.submit(item)
