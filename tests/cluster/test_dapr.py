"""Tests that state and secrets come from Dapr, and of failures of Dapr and Redis."""

import shlex
import time
from uuid import uuid4

import pytest

from knative.function_list import load_function_list
from knative.user_context_keys import make_key_set, make_private_key
from tests.cluster.cluster import kubectl
from tests.cluster.installation import Installation

READ_SECRET = """
import urllib.request, urllib.error
try:
    print(urllib.request.urlopen("http://127.0.0.1:3500/v1.0/secrets/{store}/{name}", timeout=20).status)
except urllib.error.HTTPError as error:
    print(error.code)
"""


def run_redis(installed: Installation, *command: str) -> str:
    """Run a command in Redis."""
    script = f'redis-cli --no-auth-warning -a "$PASSWORD" {shlex.join(command)}'
    return kubectl(installed.namespace, "exec", "deployment/todo-redis", "--", "sh", "-c", script).strip()


def list_responses(installed: Installation) -> list[str]:
    """Return the keys of the stored responses to an Idempotency-Key."""
    return run_redis(installed, "KEYS", "*idempotency*").split()


def wait_for_state(installed: Installation) -> None:
    """Wait until tasks stores responses in Redis: its sidecar may be starting, or its breaker open."""
    before = len(list_responses(installed))

    def is_stored() -> bool:
        installed.call_until_handled("POST", "/tasks", {"title": "Kept"}, user="keeper", key=str(uuid4()))
        return len(list_responses(installed)) > before

    installed.wait_for(is_stored)


def test_a_response_is_replayed_from_redis(installed: Installation) -> None:
    """A call after its response was deleted from Redis still creates no second task."""
    user, key = f"redis-{uuid4()}", str(uuid4())
    wait_for_state(installed)
    run_redis(installed, "FLUSHDB")
    first = installed.call_until_handled("POST", "/tasks", {"title": "Once"}, user=user, key=key)
    assert first.status == 201
    [stored] = list_responses(installed)
    assert first.json["id"] in run_redis(installed, "HGETALL", stored)
    replayed = installed.call_until_handled("POST", "/tasks", {"title": "Once"}, user=user, key=key)
    assert (replayed.status, replayed.json) == (201, first.json)
    run_redis(installed, "DEL", stored)
    again = installed.call_until_handled("POST", "/tasks", {"title": "Once"}, user=user, key=key)
    assert (again.status, again.json["id"]) == (201, first.json["id"])
    assert list_responses(installed) == [stored]
    assert len(installed.list_items("/tasks", user=user)) == 1


def test_equal_requests_create_one_task_without_redis(installed: Installation) -> None:
    """Functions use the state store again once Redis is back."""
    user, key = f"no-redis-{uuid4()}", str(uuid4())
    installed.awake("tasks")
    kubectl(installed.namespace, "scale", "deployment/todo-redis", "--replicas=0")
    kubectl(installed.namespace, "wait", "pod", "--selector=todo/store=redis", "--for=delete", "--timeout=60s")
    try:
        answers = [
            installed.call_until_handled("POST", "/tasks", {"title": "Once"}, user=user, key=key) for _ in range(10)
        ]
        assert {answer.status for answer in answers} == {201}
        assert len({answer.json["id"] for answer in answers}) == 1
        assert len(installed.list_items("/tasks", user=user)) == 1
    finally:
        kubectl(installed.namespace, "scale", "deployment/todo-redis", "--replicas=1")
        kubectl(installed.namespace, "rollout", "status", "deployment/todo-redis", "--timeout=60s")
    wait_for_state(installed)


def test_a_rotated_key_works_without_a_restart(installed: Installation) -> None:
    """New keys in the Kubernetes Secrets make tokens of the new front end valid, and old tokens invalid."""
    names = ("frontend-key", "service-key", "user-context-keys")
    before = {name: installed.secret(name, name) for name in names}
    installed.awake("tasks")
    made = {"frontend-key": make_private_key(), "service-key": make_private_key()}
    made["user-context-keys"] = make_key_set(frontend=made["frontend-key"], service=made["service-key"])
    rotated = Installation(installed.namespace, installed.settings, installed.gateway)
    try:
        for name, value in made.items():
            installed.rewrite_secret(name, {name: value})
        rotated.wait_for(lambda: rotated.call("GET", "/tasks").status == 200)
        assert installed.call("GET", "/tasks").status == 401
    finally:
        for name, value in before.items():
            installed.rewrite_secret(name, {name: value})
    installed.wait_for(lambda: installed.call("GET", "/tasks").status == 200)


@pytest.mark.parametrize("name", ["audit-key", "frontend-key", "todo-database"])
def test_a_secret_outside_the_scope_is_rejected(installed: Installation, name: str) -> None:
    """A sidecar reads only the secrets in functions.yaml, with any of its stores."""
    pod = installed.awake("tasks")
    for listed in load_function_list().get_function("tasks").secrets:
        assert (
            installed.execute(pod, "user-container", READ_SECRET.format(store="secretstore", name=listed)).strip()
            == "200"
        )
    assert installed.execute(pod, "user-container", READ_SECRET.format(store="secretstore", name=name)).strip() == "403"
    assert installed.execute(pod, "user-container", READ_SECRET.format(store="kubernetes", name=name)).strip() != "200"


def test_a_function_survives_its_sidecar(installed: Installation) -> None:
    """While daprd is killed and restarted, a function answers 201 or 503, and loses no task."""
    user = f"no-daprd-{uuid4()}"
    pod = installed.awake("tasks")
    installed.call_until_handled("POST", "/tasks", {"title": "Before"}, user=user, key="before")
    installed.kill(pod, "daprd")
    deadline = time.monotonic() + 10
    number = 0
    while time.monotonic() < deadline:
        number += 1
        answer = installed.call("POST", "/tasks", {"title": f"{number}"}, user=user, Idempotency_Key=f"{number}")
        assert answer.status in {201, 503}, answer.text
    for each in range(1, number + 1):
        assert (
            installed.call_until_handled("POST", "/tasks", {"title": f"{each}"}, user=user, key=f"{each}").status == 201
        )
    assert len(installed.list_items("/tasks", user=user)) == number + 1
