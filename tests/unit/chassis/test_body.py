"""What a client sends."""

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


class Wish(Body):
    """A body to test with."""

    long_name: str
    count: int = 1


def refusal_of_body(content: bytes, content_type: str = "application/json") -> Problem:
    """Return the problem that a body is answered with."""
    with APP.test_request_context("/", method="POST", data=content, content_type=content_type):
        with pytest.raises(Problem) as refused:
            read_body(request, Wish)
        return refused.value


def test_a_body_is_read_in_camel_case() -> None:
    """A JSON object becomes the model."""
    with APP.test_request_context("/", method="POST", json={"longName": "x", "count": 2}):
        assert read_body(request, Wish) == Wish(long_name="x", count=2)


@pytest.mark.parametrize(
    ("content", "named"),
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
def test_a_wrong_body_is_refused_by_field(content: bytes, named: str) -> None:
    """Whatever is wrong is answered with 400 and the field's name."""
    problem = refusal_of_body(content)
    assert (problem.status, problem.errors[0]["field"]) == (400, named)


def test_other_media_types_are_refused() -> None:
    """Only JSON is taken."""
    assert refusal_of_body(b"{}", "text/plain").status == 415
    assert refusal_of_body(b"{}", "").status == 415


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("page=2", "page"),
        ("limit=1&limit=2", "limit"),
    ],
)
def test_a_wrong_query_is_refused_by_name(query: str, named: str) -> None:
    """An unknown, repeated or wrong parameter is answered with 400 and its name."""
    with APP.test_request_context(f"/?{query}"), pytest.raises(Problem) as refused:
        read_query(request, PageQuery)
    assert (refused.value.status, refused.value.errors[0]["field"]) == (400, named)


def test_a_list_may_be_given_more_than_once() -> None:
    """Once, often, or not at all; each one is checked."""

    class Labels(Query):
        label: list[int] = Field(default_factory=list)

    for query, labels in (("", []), ("label=1", [1]), ("label=2&label=1", [2, 1])):
        with APP.test_request_context(f"/?{query}"):
            assert read_query(request, Labels).label == labels
    with APP.test_request_context("/?label=1&label=x"), pytest.raises(Problem) as refused:
        read_query(request, Labels)
    assert refused.value.errors[0]["field"] == "label.1"


def test_a_nul_in_a_query_is_refused() -> None:
    """What PostgreSQL cannot hold does not reach it."""
    with APP.test_request_context("/?cursor=a%00b"), pytest.raises(Problem, match="NUL"):
        read_query(request, PageQuery)


def test_a_query_has_defaults() -> None:
    """A list without parameters is its first fifty."""
    with APP.test_request_context("/"):
        assert read_query(request, PageQuery) == PageQuery(limit=50, cursor=None)
