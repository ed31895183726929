"""Which function a request is for."""

import pytest

from knative.local.routes import Routes
from tests.unit.knative.samples import function, function_list

ROUTES = Routes(
    function_list(
        function("tasks", paths=["/tasks", "/series"]),
        function("previews", paths=["/tasks-preview"]),
        function("hears", triggers=[{"type": "a"}]),
    )
)


@pytest.mark.parametrize(
    ("host", "path", "name"),
    [
        ("127.0.0.1:8080", "/tasks", "tasks"),
        ("127.0.0.1:8080", "/tasks/1/complete", "tasks"),
        ("localhost", "/series/", "tasks"),
        ("localhost", "/tasks-preview", "previews"),
        ("localhost", "/tasksy", None),
        ("localhost", "/", None),
        ("localhost", "/hears", None),
        ("hears.localhost:8080", "/ready", "hears"),
        ("hears.localhost:8080", "/", None),
        ("hears.localhost:8080", "/hold", None),
        ("TASKS.localhost", "/openapi.json", "tasks"),
        ("nobody.localhost", "/tasks", None),
        ("tasks.localhost.example", "/ready", None),
        ("[::1]:8080", "/tasks", "tasks"),
        ("", "/tasks", "tasks"),
    ],
)
def test_a_request_finds_its_function(host: str, path: str, name: str | None) -> None:
    """A service's own host comes first, then the path, segment by segment."""
    assert ROUTES.function_for(host, path) == name
