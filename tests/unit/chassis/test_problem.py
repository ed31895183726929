"""Tests of RFC 9457 problem details."""

import json

from functions.chassis.http.problem import Problem, field_problem, unavailable_problem


def test_a_problem_has_the_form_of_rfc_9457() -> None:
    """The response has the media type and the members of RFC 9457, and the problem's own members."""
    response = Problem(412, "read it again", members={"version": 3}, headers={"ETag": '"3"'}).to_flask_response()
    assert (response.status_code, response.mimetype, response.headers["ETag"]) == (
        412,
        "application/problem+json",
        '"3"',
    )
    assert json.loads(response.get_data()) == {
        "type": "about:blank",
        "title": "Precondition Failed",
        "status": 412,
        "detail": "read it again",
        "version": 3,
    }


def test_a_field_problem_names_its_field_twice() -> None:
    """The detail is readable without the errors, and a program finds the field among the errors."""
    document = json.loads(field_problem(400, "dueAt", "must be in the future").to_flask_response().get_data())
    assert document["detail"] == "dueAt: must be in the future"
    assert document["errors"] == [{"field": "dueAt", "message": "must be in the future"}]


def test_an_unavailable_dependency_has_a_retry_after() -> None:
    """A 503 has a Retry-After in seconds."""
    response = unavailable_problem("the database", retry_after=5).to_flask_response()
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
