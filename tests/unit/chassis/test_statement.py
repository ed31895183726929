"""Tests of statements: their parameters, and how values become text for PostgreSQL."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from functions.chassis.runtime.statement import (
    Statement,
    encode_array,
    encode_json,
    encode_value,
    insert_rows,
    make_statement,
    update_on_conflict,
)

AN_ID = UUID("0195a000-0000-7000-8000-000000000001")


def test_named_parameters_become_numbers() -> None:
    """A parameter that occurs twice has one number; a cast is no parameter."""
    statement = Statement("SELECT :id::uuid WHERE :id = :other::text AND now()::text <> 'a'")
    assert statement.sql == "SELECT $1::uuid WHERE $1 = $2::text AND now()::text <> 'a'"
    assert statement.encode({"other": "b", "id": AN_ID}) == [str(AN_ID), "b"]


@pytest.mark.parametrize("values", [{}, {"id": 1, "more": 2}, {"other": 1}])
def test_wrong_parameters_are_rejected(values: dict[str, object]) -> None:
    """The error names the parameters of the statement, before anything is sent."""
    with pytest.raises(TypeError, match=r"takes \('id',\)"):
        Statement("SELECT :id").encode(values)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("it's", "it's"),
        (True, "true"),
        (7, "7"),
        (2.5, "2.5"),
        (AN_ID, str(AN_ID)),
        (datetime(2026, 3, 2, 12, tzinfo=UTC), "2026-03-02T12:00:00+00:00"),
        (date(2026, 3, 2), "2026-03-02"),
        (b"\x00\xff", "\\x00ff"),
        ({"a": [1, None]}, '{"a":[1,null]}'),
        ([{"id": AN_ID}], f'[{{"id":"{AN_ID}"}}]'),
    ],
)
def test_a_value_is_encoded(value: object, text: str | None) -> None:
    """Each type has one form, and None is NULL."""
    assert encode_value(value) == text


@pytest.mark.parametrize("value", [object(), {1, 2}, 1j])
def test_a_value_of_another_type_is_rejected(value: object) -> None:
    """Nothing is sent by its repr."""
    with pytest.raises(TypeError, match="is no value of a statement"):
        encode_value(value)


def test_json_has_no_nan() -> None:
    """PostgreSQL does not accept NaN in JSON."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode_json({"a": float("nan")})


def test_an_array_is_quoted() -> None:
    """Quotes, backslashes, commas and braces stay part of an element."""
    assert encode_array(['a"b', "c\\d", "e,{f}"]) == '{"a\\"b","c\\\\d","e,{f}"}'


def test_rows_are_inserted_by_their_names() -> None:
    """The columns are quoted, because some are words of SQL."""
    text = insert_rows("reminders.reminders", ("id", "at")) + update_on_conflict(("id",), ("at",))
    assert text == (
        'INSERT INTO reminders.reminders ("id", "at") SELECT "id", "at"'
        " FROM json_populate_recordset(NULL::reminders.reminders, :rows)"
        ' ON CONFLICT (id) DO UPDATE SET "at" = excluded."at"'
    )


def test_equal_texts_are_one_statement() -> None:
    """So that a connection prepares the statement of a query once."""
    assert make_statement("SELECT 1 WHERE :a") is make_statement("SELECT 1 WHERE :a")
