"""Makes the statement of a page of a list that is sorted by a key: the page starts after the last row before it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from functions.chassis.runtime.statement import Statement, make_statement


def make_keyset_statement(
    select: str,
    conditions: Iterable[str],
    values: Mapping[str, Any],
    *,
    order: Sequence[str],
    after: Sequence[Any] | None,
    limit: int,
    newest_first: bool = False,
) -> tuple[Statement, dict[str, Any]]:
    """Return the statement for ``limit`` rows and one more, and the values of its parameters.

    ``select`` is the text up to WHERE, and ``conditions`` follow with the parameters in ``values``. ``order`` are the
    expressions of the sort key, and ``after`` is the key of the last row before the page, or None for the first page::

        make_keyset_statement("SELECT id, name FROM t", ["user_id = :user_id"], {"user_id": "alice"},
                              order=("name", "id"), after=("Tea", last_id), limit=50)
    """
    parts, given = list(conditions), dict(values)
    if after is not None:
        last = {f"last_{number}": part for number, part in enumerate(after)}
        comparison = "<" if newest_first else ">"
        parts.append(f"({', '.join(order)}) {comparison} ({', '.join(f':{name}' for name in last)})")
        given |= last
    where = f" WHERE {' AND '.join(parts)}" if parts else ""
    sorting = ", ".join(f"{part} DESC" if newest_first else part for part in order)
    return make_statement(f"{select}{where} ORDER BY {sorting} LIMIT :limit"), {**given, "limit": limit + 1}
