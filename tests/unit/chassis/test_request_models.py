"""Tests of the validation of JSON bodies and query parameters."""

import pytest
from flask import Flask, request
from pydantic import Field

from functions.chassis.http.problem import Problem
from functions.chassis.http.request_models import (
    Body,
    PageQuery,
    Query,
    read_body,
    read_query,
)

APP = Flask(__name__)


class Parcel(Body):
    """A body to test with."""

    long_name: str
    count: int = 1


def reject_body(content: bytes, content_type: str = "application/json") -> Problem:
    """Return the problem that a wrong body raises."""
    with APP.test_request_context("/", method="POST", data=content, content_type=content_type):
        with pytest.raises(Problem) as rejected:
            read_body(request, Parcel)
        return rejected.value


def test_a_body_is_read_in_camel_case() -> None:
    """A JSON object in camelCase becomes the model."""
    with APP.test_request_context("/", method="POST", json={"longName": "x", "count": 2}):
        assert read_body(request, Parcel) == Parcel(long_name="x", count=2)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b"null", "body"),
        (b"{}", "longName"),
        (b'{"longName": 5}', "longName"),
        (b'{"longName": "x", "count": "many"}', "count"),
        (b'{"longName": "x", "colour": 1}', "colour"),
        (b'{"longName": "\xff"}', "body"),
        (b'{"longName": ' + b"[" * 10_000, "body"),
    ],
)
def test_a_wrong_body_is_rejected_by_field(content: bytes, field: str) -> None:
    """Every kind of wrong body gets a 400 with the field's name."""
    problem = reject_body(content)
    assert (problem.status, problem.errors[0]["field"]) == (400, field)


def test_other_media_types_are_rejected() -> None:
    """Only application/json is accepted."""
    assert reject_body(b"{}", "text/plain").status == 415
    assert reject_body(b"{}", "").status == 415


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("page=2", "page"),
        ("limit=1&limit=2", "limit"),
    ],
)
def test_a_wrong_query_is_rejected_by_name(query: str, field: str) -> None:
    """An unknown, repeated or wrong parameter gets a 400 with its name."""
    with APP.test_request_context(f"/?{query}"), pytest.raises(Problem) as rejected:
        read_query(request, PageQuery)
    assert (rejected.value.status, rejected.value.errors[0]["field"]) == (400, field)


def test_a_list_parameter_may_be_repeated() -> None:
    """A list may have no value, one, or several, and each value is validated."""

    class Labels(Query):
        label: list[int] = Field(default_factory=list)

    for query, labels in (("", []), ("label=1", [1]), ("label=2&label=1", [2, 1])):
        with APP.test_request_context(f"/?{query}"):
            assert read_query(request, Labels).label == labels
    with APP.test_request_context("/?label=1&label=x"), pytest.raises(Problem) as rejected:
        read_query(request, Labels)
    assert rejected.value.errors[0]["field"] == "label.1"


def test_a_nul_in_a_query_is_rejected() -> None:
    """A NUL character, which PostgreSQL cannot store, gets a 400."""
    with APP.test_request_context("/?cursor=a%00b"), pytest.raises(Problem, match="NUL"):
        read_query(request, PageQuery)


def test_a_page_query_has_defaults() -> None:
    """Without parameters, a list returns its first page of fifty items."""
    with APP.test_request_context("/"):
        assert read_query(request, PageQuery) == PageQuery(limit=50, cursor=None)
