"""Tests of the statement of a page."""

from functions.chassis.runtime.keyset_statement import make_keyset_statement


def test_a_page_starts_after_a_key() -> None:
    """The key is compared as a whole, and one more row shows whether there is a next page."""
    statement, values = make_keyset_statement(
        "SELECT id FROM t", ["a = :a"], {"a": 1}, order=("b", "id"), after=(2, 3), limit=50
    )
    assert statement.sql == "SELECT id FROM t WHERE a = $1 AND (b, id) > ($2, $3) ORDER BY b, id LIMIT $4"
    assert statement.encode(values) == ["1", "2", "3", "51"]


def test_the_first_page_of_the_newest_has_no_condition() -> None:
    """Without filters and a key there is no WHERE; every part of the key is sorted downwards."""
    statement, values = make_keyset_statement(
        "SELECT id FROM t", [], {}, order=("b", "id"), after=None, limit=1, newest_first=True
    )
    assert statement.sql == "SELECT id FROM t ORDER BY b DESC, id DESC LIMIT $1"
    assert values == {"limit": 2}


def test_the_next_page_of_the_newest_is_older() -> None:
    """The comparison follows the order."""
    statement, _ = make_keyset_statement(
        "SELECT id FROM t", [], {}, order=("b",), after=("x",), limit=1, newest_first=True
    )
    assert statement.sql == "SELECT id FROM t WHERE (b) < ($1) ORDER BY b DESC LIMIT $2"
