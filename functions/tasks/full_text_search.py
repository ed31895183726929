"""Searches the titles and notes of one user's tasks with PostgreSQL's full-text search."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Text, cast, func, literal, literal_column, select
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from functions.chassis.http.problem import field_problem

_SEARCH_VECTOR: Final[ColumnElement[Any]] = literal_column("search", TSVECTOR)
_SIMPLE: Final[ColumnElement[Any]] = literal_column("'simple'::regconfig")


def check_search_text(connection: Connection, text: str) -> None:
    """Raise a 400 problem if PostgreSQL finds no word in a search text, as such a search matches no task."""
    if not connection.scalar(select(func.numnode(_to_query(text)))):
        raise field_problem(400, "q", "must have a word to search for")


def search_condition(user: str, text: str) -> ColumnElement[bool]:
    """Return the SQL condition for the tasks of ``user`` that match a search text.

    The owner's id is indexed as a word, so that one index serves one user's search. This also holds for a search that
    only excludes words.
    """
    owner_word = "'of {}'".format(user.replace("\\", "\\\\").replace("'", "''"))
    owner_query = cast(literal(owner_word, Text), TSQUERY)
    return _SEARCH_VECTOR.bool_op("@@")(_to_query(text).op("&&", return_type=TSQUERY())(owner_query))


def _to_query(text: str) -> ColumnElement[Any]:
    return func.websearch_to_tsquery(_SIMPLE, text, type_=TSQUERY)
