"""Compares the responses of each HTTP function with its OpenAPI description."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from events.task import TaskCreated
from knative.function_list import load_function_list
from tests.functions import FunctionUnderTest, Load
from tests.samples import TASK_ID, a_task, an_event

APIS = [function.name for function in load_function_list().functions if function.paths]
TASK = {
    "title": "Water the plants",
    "dueAt": "2026-03-02T15:00:00+01:00",
    "timeZone": "Europe/Berlin",
    "recurrence": {"rule": "FREQ=DAILY"},
    "reminders": [{"before": "PT30M"}],
}
OPERATOR = ("operator",)


class DescribedFunction:
    """Calls a function, and validates every response against the function's own description."""

    def __init__(self, function: FunctionUnderTest) -> None:
        self.function = function
        self.document: dict[str, Any] = function.client.get("/openapi.json").get_json()
        self.seen: set[tuple[str, str, int]] = set()

    def call(self, method: str, template: str, body: object = None, *, query: str = "", **path: str) -> Any:
        """Call an operation, validate its response, and return the response's body."""
        response = self.function.call(method, template.format(**path) + query, body, roles=OPERATOR)
        operation = self.document["paths"][template][method.lower()]
        described = operation["responses"].get(str(response.status_code), operation["responses"]["default"])
        content = described.get("content", {}).get(response.mimetype)
        if response.data:
            assert content is not None, (method, template, response.status_code, response.mimetype)
            schema = {**content["schema"], "components": self.document["components"]}
            Draft202012Validator(schema).validate(_body(response))
        self.seen.add((method, template, response.status_code))
        return _body(response) if response.data else None


def _body(response: TestResponse) -> Any:
    return response.text if response.mimetype == "text/plain" else json.loads(response.data)


@pytest.mark.parametrize("name", APIS)
def test_a_description_is_complete(function: Load, name: str) -> None:
    """Every reference resolves, every schema is valid, and every operation has a summary, a permission and an id."""
    document = DescribedFunction(function(name)).document
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    references = {
        line.rpartition("/")[2] for line in json.dumps(document).split('"') if line.startswith("#/components/schemas/")
    }
    assert references <= set(schemas)
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert operations
    assert all(operation["summary"] and operation["x-permission"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)


@pytest.mark.parametrize("name", APIS)
def test_a_description_stays_on_its_paths(function: Load, name: str) -> None:
    """A function serves only paths that the list of functions routes to it."""
    prefixes = load_function_list().get_function(name).paths
    for path in DescribedFunction(function(name)).document["paths"]:
        assert any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)


@pytest.mark.parametrize("name", APIS)
def test_an_unknown_parameter_is_rejected_by_name(function: Load, name: str) -> None:
    """Every operation without a body rejects an unknown query parameter, so that a typo is noticed."""
    api = function(name)
    arguments = {"user_id": "alice", "index": "0"}
    for template, operations in DescribedFunction(api).document["paths"].items():
        path = re.sub(r"{(\w+)}", lambda found: arguments.get(found[1], str(TASK_ID)), template)
        for method in [method for method, operation in operations.items() if "requestBody" not in operation]:
            response = api.call(method.upper(), f"{path}?colour=red", roles=OPERATOR)
            assert response.status_code == 400, (method, template)
            assert "colour" in {error["field"] for error in response.get_json()["errors"]}, (method, template)


def test_tasks_matches_its_description(function: Load) -> None:
    """Each operation of tasks is called, some also with a wrong request."""
    tasks = DescribedFunction(function("tasks"))
    made = tasks.call("POST", "/tasks", TASK)
    tasks.call("POST", "/tasks", {"title": ""})
    tasks.call("GET", "/tasks")
    tasks.call("GET", "/tasks", query="?status=lost")
    tasks.call("GET", "/tasks/changes")
    tasks.call("POST", "/tasks/preview", TASK)
    tasks.call("GET", "/tasks/{task_id}", task_id=made["id"])
    tasks.call("PUT", "/tasks/{task_id}", {**TASK, "title": "Water them all"}, task_id=made["id"])
    tasks.call("GET", "/series/{series_id}", series_id=made["seriesId"])
    tasks.call("PATCH", "/series/{series_id}", {"status": "ended"}, series_id=made["seriesId"])
    tasks.call("POST", "/series/{series_id}/occurrences", {}, series_id=made["seriesId"])
    tasks.call("POST", "/tasks/{task_id}/complete", task_id=made["id"])
    tasks.call("POST", "/tasks/{task_id}/reopen", task_id=made["id"])
    tasks.call("DELETE", "/tasks/{task_id}", task_id=made["id"])
    tasks.call("GET", "/tasks/{task_id}", task_id=made["id"])
    described = {
        (method.upper(), path) for path, operations in tasks.document["paths"].items() for method in operations
    }
    assert {(method, path) for method, path, _ in tasks.seen} == described


@pytest.mark.parametrize("name", [name for name in APIS if name != "tasks"])
def test_lists_match_their_descriptions(function: Load, name: str) -> None:
    """Each list of the other services is called while it is empty, and with a wrong limit."""
    described = DescribedFunction(function(name))
    for path, operations in described.document["paths"].items():
        if "get" in operations and "{" not in path:
            described.call("GET", path)
            described.call("GET", path, query="?limit=0")
    assert {status for _, _, status in described.seen} <= {200, 400, 404}


def test_audit_matches_its_description(function: Load) -> None:
    """Each operation of audit is called on a log with one entry."""
    function("append-audit").deliver(an_event(TaskCreated(task=a_task())))
    audit = DescribedFunction(function("audit"))
    audit.call("GET", "/audit/entries")
    audit.call("GET", "/audit/entries/{index}", index="0")
    audit.call("GET", "/audit/checkpoint")
    audit.call("GET", "/audit/key")
    audit.call("GET", "/audit/proof/inclusion", query="?index=0&size=1")
    audit.call("GET", "/audit/proof/consistency", query="?first=1&second=1")
    audit.call("DELETE", "/audit/subjects/{user_id}", user_id="alice")
    assert {status for _, _, status in audit.seen} == {200}
    assert {path for _, path, _ in audit.seen} == set(audit.document["paths"])
