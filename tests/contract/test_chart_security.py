"""What the chart's pods may do: no more than the restricted Pod Security Standard, and read no secret but their own."""

from typing import Any

import pytest

from knative.function_list import Function, load_function_list
from tests.chart import BY_KAFKA, VALUES, Object, render

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
def test_no_container_may_more_than_it_must(values: str) -> None:
    """Every container of every pod, the jobs' and the stores' as well, is contained."""
    pods = list(render(values).pods())
    assert len(pods) >= len(LISTED.functions) + 3
    for name, pod in pods:
        for container in [*pod["containers"], *pod.get("initContainers", [])]:
            assert container["securityContext"] == CONTAINED, name
        assert pod["enableServiceLinks"] is False, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys(), name
        kinds = {kind for volume in pod.get("volumes", []) for kind in volume if kind != "name"}
        assert kinds <= {"emptyDir", "secret"}, name


@pytest.mark.parametrize("values", VALUES)
def test_no_container_is_without_bounds(values: str) -> None:
    """Each asks for what it needs, so that a scheduler knows."""
    for name, pod in render(values).pods():
        for container in pod["containers"]:
            assert container["resources"]["requests"].keys() >= {"cpu", "memory"}, name


def test_a_sidecar_is_contained_as_well() -> None:
    """What the injector adds has a seccomp profile; it is without privilege by itself."""
    for service in render(*EVERYTHING).services().values():
        annotations = service["spec"]["template"]["metadata"]["annotations"]
        assert annotations["dapr.io/sidecar-seccomp-profile-type"] == "RuntimeDefault"


@each_function
def test_a_function_reads_the_secrets_that_are_listed(function: Function) -> None:
    """Its account, its role and its sidecar agree on which; without any there is no token."""
    rendering = render(*EVERYTHING)
    pod = rendering.services()[function.name]["spec"]["template"]["spec"]
    account = rendering.of("ServiceAccount")[function.name]
    assert pod["serviceAccountName"] == function.name
    assert account["automountServiceAccountToken"] is bool(function.secrets)
    assert pod.get("automountServiceAccountToken", True) is bool(function.secrets)
    role = rendering.of("Role").get(function.name)
    assert rules(role) == ([("secrets", ["get"], function.secrets)] if function.secrets else [])
    (scope,) = rendering.of("Configuration")[function.name]["spec"]["secrets"]["scopes"]
    assert (scope["defaultAccess"], scope["allowedSecrets"]) == ("deny", function.secrets)


def rules(role: Object | None) -> list[tuple[str, list[str], Any]]:
    """Return what a role allows: of which resource, to do what, with which."""
    return [
        (resource, rule["verbs"], rule.get("resourceNames"))
        for rule in (role["rules"] if role else [])
        for resource in rule["resources"]
    ]


def test_a_component_is_for_those_who_are_listed() -> None:
    """Who reads secrets or keeps state has the store, and nobody else."""
    components = render(*EVERYTHING).of("Component")
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


def test_an_endpoint_is_for_those_who_call_it() -> None:
    """A function's address is known to the sidecars of those that reach it."""
    found = {name: set(one["scopes"]) for name, one in render().of("HTTPEndpoint").items()}
    listed: dict[str, set[str]] = {}
    for function in LISTED.functions:
        for reached in function.reaches:
            listed.setdefault(reached, set()).add(function.name)
    assert found == listed


def test_who_makes_secrets_may_do_no_more() -> None:
    """The one account with a wider role may make Secrets, and touch those of the chart."""
    rendering = render(*EVERYTHING)
    made = ["user-context-keys", "frontend-key", "service-key", "audit-key", "audit-verifier-keys"]
    made += ["todo-database", "todo-redis"]
    assert rules(rendering.of("Role")["make-secrets"]) == [
        ("secrets", ["create"], None),
        ("secrets", ["get", "patch"], made),
    ]
    assert not rendering.of("ClusterRole")
    with_token = {name for name, pod in rendering.pods() if pod.get("automountServiceAccountToken") is True}
    assert with_token == {"Job make-secrets"}
