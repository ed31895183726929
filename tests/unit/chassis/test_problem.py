"""Errors as RFC 9457 problem details."""

import json

from functions.chassis.http.problem import Problem, field_problem, unavailable_problem


def test_a_problem_is_answered_as_the_rfc_has_it() -> None:
    """The answer has the media type and the members of RFC 9457, and what the problem adds."""
    answer = Problem(412, "read it again", members={"version": 3}, headers={"ETag": '"3"'}).to_flask_response()
    assert (answer.status_code, answer.mimetype, answer.headers["ETag"]) == (412, "application/problem+json", '"3"')
    assert json.loads(answer.get_data()) == {
        "type": "about:blank",
        "title": "Precondition Failed",
        "status": 412,
        "detail": "read it again",
        "version": 3,
    }


def test_a_field_problem_names_its_field_twice() -> None:
    """The detail reads well by itself, and a program finds the field among the errors."""
    document = json.loads(field_problem(400, "dueAt", "must lie ahead").to_flask_response().get_data())
    assert document["detail"] == "dueAt: must lie ahead"
    assert document["errors"] == [{"field": "dueAt", "message": "must lie ahead"}]


def test_a_dependency_that_is_down_says_when_to_try_again() -> None:
    """A 503 carries Retry-After in seconds."""
    answer = unavailable_problem("the database", retry_after=5).to_flask_response()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
