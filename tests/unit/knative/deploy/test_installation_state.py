"""Tests of the comparison of two installations, which tests/cluster uses."""

from typing import Any

from tests.cluster.installation_state import list_differences, remove_noise, select_ours


def _service(namespace: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": "tasks", "namespace": namespace, "uid": namespace, "labels": {"todo/function": "tasks"}},
        "spec": {"url": f"http://broker/{namespace}/default", **spec},
        "status": {"url": namespace},
    }


def test_the_namespace_is_no_difference() -> None:
    """A longer word that contains the namespace stays unchanged."""
    assert remove_noise(_service("todo-a"), "todo-a") == remove_noise(_service("todo-b"), "todo-b")
    assert remove_noise(_service("todo-a2"), "todo-a")["spec"]["url"] == "http://broker/todo-a2/default"


def test_marks_of_the_deployer_are_no_difference() -> None:
    """Marks are the creator, the time, and the namespace of a reference."""
    marked = _service("todo", ref={"kind": "Service", "name": "tasks", "namespace": "todo"})
    marked["metadata"]["labels"] |= {"app.kubernetes.io/managed-by": "Helm"}
    marked["metadata"]["annotations"] = {"serving.knative.dev/creator": "admin", "meta.helm.sh/release-name": "todo"}
    marked["spec"]["template"] = {"metadata": {"annotations": {"client.knative.dev/updateTimestamp": "now"}}}
    plain = _service("todo", ref={"kind": "Service", "name": "tasks"}, template={"metadata": {"annotations": {}}})
    assert remove_noise(marked, "todo") == remove_noise(plain, "todo")


def test_a_difference_is_a_line_with_its_path() -> None:
    """The line has both values, or the state that has the object."""
    first = {"a": {"spec": {"traffic": [{"percent": 90}]}}, "b": {}}
    second = {"a": {"spec": {"traffic": [{"percent": 100}]}}, "c": {}}
    assert list_differences(first, second) == [
        "a.spec.traffic[0].percent: 90 and 100",
        "b: only in the first",
        "c: only in the second",
    ]
    assert list_differences(first, first) == []


def test_objects_of_controllers_are_ignored() -> None:
    """Helm's Secrets and the account of every namespace are ignored too, and a Broker is not."""
    made = {"kind": "Deployment", "metadata": {"name": "tasks-00001", "ownerReferences": [{}]}}
    notes = {"kind": "Secret", "metadata": {"name": "sh.helm"}, "type": "helm.sh/release.v1"}
    account = {"kind": "ServiceAccount", "metadata": {"name": "default"}}
    broker = {"kind": "Broker", "metadata": {"name": "default"}}
    assert select_ours([made, notes, account, broker]) == [broker]
