"""Tests that pods fit the restricted Pod Security Standard, and read only the secrets that are listed for them."""

from typing import Any

import pytest

from knative.function_list import Function, load_function_list
from tests.chart import BY_KAFKA, VALUES, Object, render_chart

LISTED = load_function_list()
EVERYTHING = ("values-minikube.yaml", BY_KAFKA)

each_function = pytest.mark.parametrize("function", LISTED.functions, ids=lambda function: function.name)

CONTAINED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


@pytest.mark.parametrize("values", VALUES)
def test_every_container_is_restricted(values: str) -> None:
    """This includes the containers of jobs and stores."""
    pods = list(render_chart(values).pods())
    assert len(pods) >= len(LISTED.functions) + 3
    for name, pod in pods:
        for container in [*pod["containers"], *pod.get("initContainers", [])]:
            assert container["securityContext"] == CONTAINED, name
        assert pod["enableServiceLinks"] is False, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys(), name
        kinds = {kind for volume in pod.get("volumes", []) for kind in volume if kind != "name"}
        assert kinds <= {"emptyDir", "secret"}, name


@pytest.mark.parametrize("values", VALUES)
def test_every_container_requests_cpu_and_memory(values: str) -> None:
    """The scheduler needs both to choose a node."""
    for name, pod in render_chart(values).pods():
        for container in pod["containers"]:
            assert container["resources"]["requests"].keys() >= {"cpu", "memory"}, name


def test_every_sidecar_has_a_seccomp_profile() -> None:
    """The injector sets no profile by default; all other restrictions are its default."""
    for service in render_chart(*EVERYTHING).services().values():
        annotations = service["spec"]["template"]["metadata"]["annotations"]
        assert annotations["dapr.io/sidecar-seccomp-profile-type"] == "RuntimeDefault"


@each_function
def test_a_function_reads_only_its_listed_secrets(function: Function) -> None:
    """Its account, its role and its sidecar agree. A function without secrets has no token."""
    rendering = render_chart(*EVERYTHING)
    pod = rendering.services()[function.name]["spec"]["template"]["spec"]
    account = rendering.of_kind("ServiceAccount")[function.name]
    assert pod["serviceAccountName"] == function.name
    assert account["automountServiceAccountToken"] is bool(function.secrets)
    assert pod.get("automountServiceAccountToken", True) is bool(function.secrets)
    role = rendering.of_kind("Role").get(function.name)
    assert rules(role) == ([("secrets", ["get"], function.secrets)] if function.secrets else [])
    (scope,) = rendering.of_kind("Configuration")[function.name]["spec"]["secrets"]["scopes"]
    assert (scope["defaultAccess"], scope["allowedSecrets"]) == ("deny", function.secrets)


def rules(role: Object | None) -> list[tuple[str, list[str], Any]]:
    """Return the rules of a role: the resource, the verbs and the names."""
    return [
        (resource, rule["verbs"], rule.get("resourceNames"))
        for rule in (role["rules"] if role else [])
        for resource in rule["resources"]
    ]


def test_components_are_scoped_to_the_listed_functions() -> None:
    """Only functions with secrets or state may use the stores."""
    components = render_chart(*EVERYTHING).of_kind("Component")
    assert set(components["secretstore"]["scopes"]) == {one.name for one in LISTED.functions if one.secrets}
    assert set(components["statestore"]["scopes"]) == {one.name for one in LISTED.functions if one.state}
    topic = {entry["name"]: entry.get("value") for entry in components["pubsub"]["spec"]["metadata"]}
    names = [one.name for one in LISTED.functions]
    assert dict(pair.split("=") for pair in topic["publishingScopes"].split(";")) == {
        name: "" if name == "forward-pubsub" else "todo-events" for name in names
    }
    assert dict(pair.split("=") for pair in topic["subscriptionScopes"].split(";")) == {
        name: "todo-events" if name == "forward-pubsub" else "" for name in names
    }


def test_an_endpoint_is_scoped_to_its_callers() -> None:
    """Only the sidecars of functions that reach a function have its address; the relay wakes those with triggers."""
    found = {name: set(one["scopes"]) for name, one in render_chart().of_kind("HTTPEndpoint").items()}
    listed: dict[str, set[str]] = {}
    triggered = [function.name for function in LISTED.functions if function.triggers]
    for function in LISTED.functions:
        for reached in {*function.reaches, *(triggered if function.wakes else ())}:
            listed.setdefault(reached, set()).add(function.name)
    assert found == listed


def test_the_job_make_secrets_changes_only_the_charts_secrets() -> None:
    """No other account has a role for more than its own secrets."""
    rendering = render_chart(*EVERYTHING)
    made = ["user-context-keys", "frontend-key", "service-key", "audit-key", "audit-verifier-keys"]
    made += ["todo-database", "todo-redis"]
    assert rules(rendering.of_kind("Role")["make-secrets"]) == [
        ("secrets", ["create"], None),
        ("secrets", ["get", "patch"], made),
    ]
    assert not rendering.of_kind("ClusterRole")
    with_token = {name for name, pod in rendering.pods() if pod.get("automountServiceAccountToken") is True}
    assert with_token == {"Job make-secrets"}
