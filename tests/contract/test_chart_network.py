"""Tests that the chart's network policies allow what ``functions.yaml`` lists, in both directions."""

from typing import Any

import pytest

from knative.function_list import Function, load_function_list
from tests.chart import BY_KAFKA, RELEASE, VALUES, Object, Rendering, render_chart

LISTED = load_function_list()
SINKS = {LISTED.broker.delivery.dead_letter_sink} | {clock.sink for clock in LISTED.clocks}
TELEMETRY = "global.telemetry.otlpEndpoint=http://collector.telemetry:4318"
REQUESTS = (8012, 8013, 8112)

each_function = pytest.mark.parametrize("function", LISTED.functions, ids=lambda function: function.name)

End = tuple[str, int]
"""A peer, and a port: the peer's port for egress, the pod's port for ingress."""


def read_ingress(rendering: Rendering, name: str) -> set[End]:
    """Return the peers that may connect to the pods of a policy, with the ports."""
    return _ends(rendering.of_kind("NetworkPolicy")[name]["spec"].get("ingress", []), "from")


def read_egress(rendering: Rendering, name: str) -> set[End]:
    """Return the peers that the pods of a policy may connect to, with the ports."""
    return _ends(rendering.of_kind("NetworkPolicy")[name]["spec"].get("egress", []), "to")


def _ends(rules: list[Object], direction: str) -> set[End]:
    return {
        (_named(peer), port.get("port", 0))
        for rule in rules
        for peer in rule.get(direction, [{}])
        for port in rule.get("ports", [{}])
    }


def _named(peer: Object) -> str:
    """Return a short name of a peer; a peer without a selector is ``anybody``."""
    if "ipBlock" in peer:
        return str(peer["ipBlock"]["cidr"])
    if "namespaceSelector" in peer:
        assert peer.keys() == {"namespaceSelector"}
        return str(peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"])
    if "podSelector" in peer:
        labels: dict[str, Any] = dict(peer["podSelector"]["matchLabels"])
        assert labels.pop("app.kubernetes.io/instance") == RELEASE
        ((_, name),) = labels.items()
        return f"our {name}"
    return "anybody"


def ends(*names: str, ports: tuple[int, ...]) -> set[End]:
    """Return each name with each port."""
    return {(name, port) for name in names for port in ports}


def reached_by(function: Function) -> list[str]:
    """Return the functions that this one reaches. A function that wakes others reaches every one with triggers."""
    woken = [other.name for other in LISTED.functions if other.triggers] if function.wakes else []
    return [*function.reaches, *woken]


def callers_of(function: Function) -> list[str]:
    """Return the functions that reach this one, by their short names."""
    return [f"our {other.name}" for other in LISTED.functions if function.name in reached_by(other)]


@each_function
def test_ingress_of_a_function(function: Function) -> None:
    """Knative may connect, and gateway, Eventing and callers as the list needs them; all at queue-proxy's ports."""
    subscribes = bool(function.triggers) or function.name in SINKS
    expected = ends("knative-serving", ports=(*REQUESTS, 9090))
    if function.paths or subscribes or callers_of(function):
        expected |= ends("kourier-system", *callers_of(function), ports=REQUESTS)
    if subscribes:
        expected |= ends("knative-eventing", ports=REQUESTS)
    assert read_ingress(render_chart("values-minikube.yaml"), function.name) == expected


@each_function
def test_egress_of_a_function(function: Function) -> None:
    """A function may connect to DNS, the database and the Broker, and to what the list permits."""
    expected = ends("kube-system", "169.254.20.10/32", ports=(53,))
    expected |= ends("our postgresql", ports=(5432,)) | ends("knative-eventing", ports=(8080, 8443))
    if function.secrets or function.state:
        expected |= ends("dapr-system", ports=(6500, 50001, 50005, 50006))
    if function.secrets:
        expected |= ends("anybody", ports=(443, 6443, 8443))
    if function.state:
        expected |= ends("our redis", ports=(6379,))
    if function.reaches:
        expected |= ends("kourier-system", ports=(8081,))
        expected |= ends("knative-serving", *(f"our {name}" for name in reached_by(function)), ports=REQUESTS)
    if function.internet:
        expected |= ends("0.0.0.0/0", "::/0", ports=(0,))
    assert read_egress(render_chart("values-minikube.yaml"), function.name) == expected


@each_function
def test_with_kafka_only_one_function_reaches_the_broker(function: Function) -> None:
    """All functions publish to Kafka, and ``forward-pubsub`` sends the events to the Broker."""
    reached = read_egress(render_chart("values.yaml", BY_KAFKA), function.name)
    assert ("anybody", 9092) in reached
    assert ("dapr-system", 6500) in reached
    assert (("knative-eventing", 8080) in reached) == (function.name == "forward-pubsub")


@each_function
def test_a_policy_selects_the_pods_of_its_function(function: Function) -> None:
    """The selector matches the label with the function's name."""
    rendering = render_chart()
    spec = rendering.of_kind("NetworkPolicy")[function.name]["spec"]
    selected = spec["podSelector"]["matchLabels"]
    labels = rendering.services()[function.name]["spec"]["template"]["metadata"]["labels"]
    assert selected == {"app.kubernetes.io/instance": RELEASE, "todo/function": function.name}
    assert selected.items() <= labels.items()
    assert spec["policyTypes"] == ["Ingress", "Egress"]


def test_webhooks_reach_no_private_network() -> None:
    """The operator may list exceptions."""
    settings = ("values.yaml", "webhooksMayReach={hooks.example.org,10.96.0.0/12}")
    policy = render_chart(*settings).of_kind("NetworkPolicy")["send-notification"]
    blocks = [peer["ipBlock"] for rule in policy["spec"]["egress"] for peer in rule.get("to", []) if "ipBlock" in peer]
    kept = {block["cidr"]: set(block.get("except", [])) for block in blocks}
    assert kept["0.0.0.0/0"] >= {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"}
    assert kept["::/0"] >= {"fc00::/7", "fe80::/10"}
    assert kept["10.96.0.0/12"] == set()
    assert "hooks.example.org" not in str(policy)


@pytest.mark.parametrize("values", VALUES)
def test_all_other_traffic_is_denied(values: str) -> None:
    """One policy selects all pods of the release, and every pod has the labels that it selects."""
    rendering = render_chart(values)
    spec = rendering.of_kind("NetworkPolicy")["todo-default-deny"]["spec"]
    assert spec.keys() == {"podSelector", "policyTypes"}
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    for one in rendering.objects:
        labels = one["metadata"]["labels"] if one["kind"] == "Pod" else _pod_labels(one)
        assert labels is None or spec["podSelector"]["matchLabels"].items() <= labels.items()


def _pod_labels(one: Object) -> Object | None:
    template = one.get("spec", {}).get("template")
    return template["metadata"]["labels"] if template else None


def test_jobs_reach_their_targets_only() -> None:
    """``migrate`` reaches the database, ``make-secrets`` the API server, ``try-out`` the gateway."""
    rendering = render_chart("values-minikube.yaml")
    names = ends("kube-system", "169.254.20.10/32", ports=(53,))
    assert read_egress(rendering, "migrate") == names | ends("our postgresql", ports=(5432,))
    assert read_egress(rendering, "make-secrets") == ends("anybody", ports=(443, 6443, 8443))
    assert read_egress(rendering, "try-out") == names | ends("kourier-system", ports=(8081,))
    jobs = {labels["todo/job"] for one in rendering.of_kind("Job").values() if (labels := _pod_labels(one))}
    assert jobs | {rendering.of_kind("Pod")["try-out"]["metadata"]["labels"]["todo/job"]} == {
        "migrate",
        "make-secrets",
        "try-out",
    }
    assert "make-secrets" not in render_chart("values.yaml", "secrets.create=false").of_kind("NetworkPolicy")


def test_only_our_pods_reach_the_stores() -> None:
    """PostgreSQL accepts functions and migrations, and Redis functions with state. The stores have no egress rules."""
    policies = render_chart("values-minikube.yaml").of_kind("NetworkPolicy")
    ours, migrations = policies["todo-postgresql"]["spec"]["ingress"][0]["from"]
    assert ours["podSelector"]["matchExpressions"] == [{"key": "todo/function", "operator": "Exists"}]
    assert _named(migrations) == "our migrate"
    (stateful,) = policies["todo-redis"]["spec"]["ingress"][0]["from"]
    names = [function.name for function in LISTED.functions if function.state]
    assert stateful["podSelector"]["matchExpressions"] == [{"key": "todo/function", "operator": "In", "values": names}]
    assert all("egress" not in policies[name]["spec"] for name in ("todo-postgresql", "todo-redis"))


def test_metrics_are_for_the_monitoring_namespace() -> None:
    """Only the operator's namespace may scrape, and functions may push to the collector."""
    watched = render_chart("values.yaml", "networkPolicies.monitoringNamespace=monitoring", TELEMETRY)
    for function in LISTED.functions:
        assert ends("monitoring", ports=(8080, 9091, 9092)) <= read_ingress(watched, function.name)
        assert ("anybody", 4318) in read_egress(watched, function.name)
        assert all(port != 8080 for _, port in read_ingress(render_chart(), function.name))


def test_policies_can_be_disabled() -> None:
    """A cluster may have policies of another kind."""
    assert not render_chart("values.yaml", "networkPolicies.enabled=false").of_kind("NetworkPolicy")
