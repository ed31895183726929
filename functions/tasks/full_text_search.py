"""Searches the titles and notes of one user's tasks with PostgreSQL's full-text search."""

from typing import Final

from functions.chassis.http.problem import field_problem
from functions.chassis.runtime.database import Database
from functions.chassis.runtime.statement import Statement

_QUERY: Final = "websearch_to_tsquery('simple'::regconfig, :q)"
_COUNT_NODES = Statement(f"SELECT numnode({_QUERY}) AS nodes")

SEARCH_CONDITION: Final = f"search @@ ({_QUERY} && :owner::tsquery)"
"""The SQL condition for the tasks that match the search text ``q``; :func:`encode_owner` gives the value of ``owner``.

The owner's id is indexed as a word, so that one index serves one user's search. This also holds for a search that
only excludes words.
"""


def check_search_text(database: Database, text: str) -> None:
    """Raise a 400 problem if PostgreSQL finds no word in a search text, as such a search matches no task."""
    [row] = database.fetch_all(_COUNT_NODES, q=text)
    if not row["nodes"]:
        raise field_problem(400, "q", "must have a word to search for")


def encode_owner(user: str) -> str:
    """Return the query for the word that stands for a user in the index."""
    return "'of {}'".format(user.replace("\\", "\\\\").replace("'", "''"))
