"""What a comparison of two installations leaves out, and what it finds."""

from typing import Any

from tests.cluster.installation_state import differences, ours, without_noise


def _service(namespace: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": "tasks", "namespace": namespace, "uid": namespace, "labels": {"todo/function": "tasks"}},
        "spec": {"url": f"http://broker/{namespace}/default", **spec},
        "status": {"url": namespace},
    }


def test_two_namespaces() -> None:
    """The namespace is no difference wherever it is named; a word that only contains it is another."""
    assert without_noise(_service("todo-a"), "todo-a") == without_noise(_service("todo-b"), "todo-b")
    assert without_noise(_service("todo-a2"), "todo-a")["spec"]["url"] == "http://broker/todo-a2/default"


def test_what_a_deployer_leaves_behind() -> None:
    """Who made it and when, and a reference's own namespace, are no difference."""
    marked = _service("todo", ref={"kind": "Service", "name": "tasks", "namespace": "todo"})
    marked["metadata"]["labels"] |= {"app.kubernetes.io/managed-by": "Helm"}
    marked["metadata"]["annotations"] = {"serving.knative.dev/creator": "admin", "meta.helm.sh/release-name": "todo"}
    marked["spec"]["template"] = {"metadata": {"annotations": {"client.knative.dev/updateTimestamp": "now"}}}
    plain = _service("todo", ref={"kind": "Service", "name": "tasks"}, template={"metadata": {"annotations": {}}})
    assert without_noise(marked, "todo") == without_noise(plain, "todo")


def test_differences() -> None:
    """Each is a line that says where it is."""
    first = {"a": {"spec": {"traffic": [{"percent": 90}]}}, "b": {}}
    second = {"a": {"spec": {"traffic": [{"percent": 100}]}}, "c": {}}
    assert differences(first, second) == [
        "a.spec.traffic[0].percent: 90 and 100",
        "b: only in the first",
        "c: only in the second",
    ]
    assert differences(first, first) == []


def test_what_is_not_ours() -> None:
    """What a controller makes, Helm's notes and a namespace's own account are left out, and a Broker is not."""
    made = {"kind": "Deployment", "metadata": {"name": "tasks-00001", "ownerReferences": [{}]}}
    notes = {"kind": "Secret", "metadata": {"name": "sh.helm"}, "type": "helm.sh/release.v1"}
    account = {"kind": "ServiceAccount", "metadata": {"name": "default"}}
    broker = {"kind": "Broker", "metadata": {"name": "default"}}
    assert ours([made, notes, account, broker]) == [broker]
