"""Finding the function for a request."""

import pytest

from knative.local.request_routing import RoutingTable
from tests.unit.knative.scripted_functions import function_entry, function_list

TABLE = RoutingTable(
    function_list(
        function_entry("tasks", paths=["/tasks", "/series"]),
        function_entry("previews", paths=["/tasks-preview"]),
        function_entry("reacts", triggers=[{"type": "a"}]),
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
        ("localhost", "/reacts", None),
        ("reacts.localhost:8080", "/ready", "reacts"),
        ("reacts.localhost:8080", "/", None),
        ("reacts.localhost:8080", "/hold", None),
        ("TASKS.localhost", "/openapi.json", "tasks"),
        ("unknown.localhost", "/tasks", None),
        ("tasks.localhost.example", "/ready", None),
        ("[::1]:8080", "/tasks", "tasks"),
        ("", "/tasks", "tasks"),
    ],
)
def test_a_function_is_found_by_host_then_by_path(host: str, path: str, name: str | None) -> None:
    """Paths are compared in whole segments."""
    assert TABLE.find_function(host, path) == name
