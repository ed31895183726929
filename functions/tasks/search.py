"""Searching the titles and notes of one user's tasks, with PostgreSQL's own full-text search."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Text, cast, func, literal, literal_column, select
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from functions.chassis.http.problem import field_problem

_WORDS: Final[ColumnElement[Any]] = literal_column("search", TSVECTOR)
_SIMPLE: Final[ColumnElement[Any]] = literal_column("'simple'::regconfig")


def expect_words(connection: Connection, asked: str) -> None:
    """Raise the 400 of a search in which PostgreSQL finds no word: it would match nothing, whatever was meant."""
    if not connection.scalar(select(func.numnode(_query(asked)))):
        raise field_problem(400, "q", "must have a word to search for")


def matches(user: str, asked: str) -> ColumnElement[bool]:
    """Return the condition of a user's task that has the words asked for.

    Whose it is stands among the words, so that one index finds a user's matches alone, also of a search that only
    says which words not to find.
    """
    whose = "'of {}'".format(user.replace("\\", "\\\\").replace("'", "''"))
    return _WORDS.bool_op("@@")(_query(asked).op("&&", return_type=TSQUERY())(cast(literal(whose, Text), TSQUERY)))


def _query(asked: str) -> ColumnElement[Any]:
    return func.websearch_to_tsquery(_SIMPLE, asked, type_=TSQUERY)
