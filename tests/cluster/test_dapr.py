"""State and secrets really come from Dapr, and what happens where Dapr or what is behind it goes away."""

import shlex
import time
from uuid import uuid4

import pytest

from knative.functions import load
from knative.keys import key_set, make_key
from tests.cluster.cluster import kubectl
from tests.cluster.installation import Installation

ASK = """
import urllib.request, urllib.error
try:
    print(urllib.request.urlopen("http://127.0.0.1:3500/v1.0/secrets/{store}/{name}", timeout=20).status)
except urllib.error.HTTPError as error:
    print(error.code)
"""


def redis(installed: Installation, *command: str) -> str:
    """Run a command in Redis."""
    script = f'redis-cli --no-auth-warning -a "$PASSWORD" {shlex.join(command)}'
    return kubectl(installed.namespace, "exec", "deployment/todo-redis", "--", "sh", "-c", script).strip()


def answers(installed: Installation) -> list[str]:
    """Return the keys of what Redis keeps for an Idempotency-Key."""
    return redis(installed, "KEYS", "*idempotency*").split()


def await_state(installed: Installation) -> None:
    """Return when tasks keeps its answers in Redis: its sidecar may be starting, or its breaker open."""
    before = len(answers(installed))

    def is_kept() -> bool:
        installed.call_until_handled("POST", "/tasks", {"title": "Kept"}, user="keeper", key=str(uuid4()))
        return len(answers(installed)) > before

    installed.wait_for(is_kept)


def test_an_answer_is_replayed_from_redis_and_gone_with_its_key(installed: Installation) -> None:
    """With the reply deleted from Redis the next call no longer finds it, and still makes no second task."""
    user, key = f"redis-{uuid4()}", str(uuid4())
    await_state(installed)
    redis(installed, "FLUSHDB")
    first = installed.call_until_handled("POST", "/tasks", {"title": "Once"}, user=user, key=key)
    assert first.status == 201
    [kept] = answers(installed)
    assert first.json["id"] in redis(installed, "HGETALL", kept)
    replayed = installed.call_until_handled("POST", "/tasks", {"title": "Once"}, user=user, key=key)
    assert (replayed.status, replayed.json) == (201, first.json)
    redis(installed, "DEL", kept)
    again = installed.call_until_handled("POST", "/tasks", {"title": "Once"}, user=user, key=key)
    assert (again.status, again.json["id"]) == (201, first.json["id"])
    assert answers(installed) == [kept]
    assert len(installed.list_items("/tasks", user=user)) == 1


def test_without_redis_it_is_slower_and_never_wrong(installed: Installation) -> None:
    """Ten equal requests while Redis is down make one task; Redis back, the state store is used again."""
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
    await_state(installed)


def test_a_rotated_key_is_used(installed: Installation) -> None:
    """With new keys in the Kubernetes Secrets a token of the new front end's is taken, without a restart."""
    names = ("frontend-key", "service-key", "user-context-keys")
    before = {name: installed.secret(name, name) for name in names}
    installed.awake("tasks")
    made = {"frontend-key": make_key(), "service-key": make_key()}
    made["user-context-keys"] = key_set(frontend=made["frontend-key"], service=made["service-key"])
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
def test_a_secret_outside_the_scope_is_refused(installed: Installation, name: str) -> None:
    """A sidecar reads what functions.yaml lists for its function, and nothing else, by whichever store."""
    pod = installed.awake("tasks")
    for listed in load().named("tasks").secrets:
        assert installed.execute(pod, "user-container", ASK.format(store="secretstore", name=listed)).strip() == "200"
    assert installed.execute(pod, "user-container", ASK.format(store="secretstore", name=name)).strip() == "403"
    assert installed.execute(pod, "user-container", ASK.format(store="kubernetes", name=name)).strip() != "200"


def test_a_function_outlives_its_sidecar(installed: Installation) -> None:
    """With daprd killed a function answers, or says 503; nothing is lost, and daprd is back."""
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
