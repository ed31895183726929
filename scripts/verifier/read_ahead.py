"""Reads the next parts of a log in threads while the caller hashes the current part."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Content = TypeVar("Content")


def map_ahead(read: Callable[[Part], Content], parts: Iterable[Part], workers: int) -> Iterator[Content]:
    """Yield ``read(part)`` for each part, in the order of the parts.

    ``workers`` threads read the parts that follow. At most ``workers`` results wait for the caller.
    """
    with ThreadPoolExecutor(workers) as pool:
        pending: deque[Future[Content]] = deque()
        for part in parts:
            pending.append(pool.submit(read, part))
            if len(pending) > workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
