"""Groups the leaves of a log into chunks of one size."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from .verification_errors import TamperedError

CHUNK_LEVELS = 11
"""A chunk is a complete subtree of this many levels. PostgreSQL sorts its 2048 entries in memory."""

Item = TypeVar("Item")


def group_leaves(items: Iterable[Item], read_leaf: Callable[[Item, int], bytes], chunk: int) -> Iterator[list[bytes]]:
    """Yield the leaves of items in lists of ``chunk``; the last list is shorter and may be empty.

    ``read_leaf`` takes an item and its index. If it raises TamperedError, the leaves before that item are yielded
    before the error is raised.
    """
    leaves: list[bytes] = []
    try:
        for index, item in enumerate(items):
            leaves.append(read_leaf(item, index))
            if len(leaves) == chunk:
                yield leaves
                leaves = []
    except TamperedError:
        yield leaves
        raise
    yield leaves
