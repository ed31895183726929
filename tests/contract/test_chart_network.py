"""Who may reach whom: the chart's network policies say what the list of functions says, both ways."""

from typing import Any

import pytest

from knative.function_list import Function, load_function_list
from tests.chart import BY_KAFKA, RELEASE, VALUES, Object, Rendering, render

LISTED = load_function_list()
SINKS = {LISTED.broker.delivery.dead_letter_sink} | {clock.sink for clock in LISTED.clocks}
TELEMETRY = "global.telemetry.otlpEndpoint=http://collector.telemetry:4318"
REQUESTS = (8012, 8013, 8112)

each_function = pytest.mark.parametrize("function", LISTED.functions, ids=lambda function: function.name)

End = tuple[str, int]
"""Somebody, and a port: of theirs on the way out, of ours on the way in."""


def way_in(rendering: Rendering, name: str) -> set[End]:
    """Return who may reach the pods of a policy, and where."""
    return _ends(rendering.of("NetworkPolicy")[name]["spec"].get("ingress", []), "from")


def way_out(rendering: Rendering, name: str) -> set[End]:
    """Return whom the pods of a policy may reach."""
    return _ends(rendering.of("NetworkPolicy")[name]["spec"].get("egress", []), "to")


def _ends(rules: list[Object], direction: str) -> set[End]:
    return {
        (_named(peer), port.get("port", 0))
        for rule in rules
        for peer in rule.get(direction, [{}])
        for port in rule.get("ports", [{}])
    }


def _named(peer: Object) -> str:
    """Return a peer in a word; one without a selector is anybody."""
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
    """Return each of these with each of the ports."""
    return {(name, port) for name in names for port in ports}


def callers_of(function: Function) -> list[str]:
    """Return the functions that reach this one, as policies name them."""
    return [f"our {other.name}" for other in LISTED.functions if function.name in other.reaches]


@each_function
def test_who_may_reach_a_function(function: Function) -> None:
    """The platform, and through it only where something leads to the function; nobody gets past queue-proxy."""
    hears = bool(function.triggers) or function.name in SINKS
    expected = ends("knative-serving", ports=(*REQUESTS, 9090))
    if function.paths or hears or callers_of(function):
        expected |= ends("kourier-system", *callers_of(function), ports=REQUESTS)
    if hears:
        expected |= ends("knative-eventing", ports=REQUESTS)
    assert way_in(render("values-minikube.yaml"), function.name) == expected


@each_function
def test_whom_a_function_may_reach(function: Function) -> None:
    """The database and the Broker, and what the list grants."""
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
        expected |= ends("knative-serving", *(f"our {name}" for name in function.reaches), ports=REQUESTS)
    if function.internet:
        expected |= ends("0.0.0.0/0", "::/0", ports=(0,))
    assert way_out(render("values-minikube.yaml"), function.name) == expected


@each_function
def test_by_kafka_the_broker_is_for_one_alone(function: Function) -> None:
    """Everybody publishes to Kafka then, and one function puts what is there on the Broker."""
    reached = way_out(render("values.yaml", BY_KAFKA), function.name)
    assert ("anybody", 9092) in reached
    assert ("dapr-system", 6500) in reached
    assert (("knative-eventing", 8080) in reached) == (function.name == "forward-pubsub")


@each_function
def test_a_policy_is_for_its_function(function: Function) -> None:
    """It selects the pods that carry the function's name, which they do."""
    rendering = render()
    spec = rendering.of("NetworkPolicy")[function.name]["spec"]
    selected = spec["podSelector"]["matchLabels"]
    labels = rendering.services()[function.name]["spec"]["template"]["metadata"]["labels"]
    assert selected == {"app.kubernetes.io/instance": RELEASE, "todo/function": function.name}
    assert selected.items() <= labels.items()
    assert spec["policyTypes"] == ["Ingress", "Egress"]


def test_the_inside_is_no_part_of_the_internet() -> None:
    """A webhook's way out ends before any private network, but for those that an operator lists."""
    settings = ("values.yaml", "webhooksMayReach={hooks.example.org,10.96.0.0/12}")
    policy = render(*settings).of("NetworkPolicy")["send-notification"]
    blocks = [peer["ipBlock"] for rule in policy["spec"]["egress"] for peer in rule.get("to", []) if "ipBlock" in peer]
    kept = {block["cidr"]: set(block.get("except", [])) for block in blocks}
    assert kept["0.0.0.0/0"] >= {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"}
    assert kept["::/0"] >= {"fc00::/7", "fe80::/10"}
    assert kept["10.96.0.0/12"] == set()
    assert "hooks.example.org" not in str(policy)


@pytest.mark.parametrize("values", VALUES)
def test_every_pod_is_refused_what_is_not_let_through(values: str) -> None:
    """One policy takes all pods of the release, and lets nothing through; no pod is without its labels."""
    rendering = render(values)
    spec = rendering.of("NetworkPolicy")["todo-default-deny"]["spec"]
    assert spec.keys() == {"podSelector", "policyTypes"}
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    for one in rendering.objects:
        labels = one["metadata"]["labels"] if one["kind"] == "Pod" else _pod_labels(one)
        assert labels is None or spec["podSelector"]["matchLabels"].items() <= labels.items()


def _pod_labels(one: Object) -> Object | None:
    template = one.get("spec", {}).get("template")
    return template["metadata"]["labels"] if template else None


def test_jobs_reach_what_they_work_on() -> None:
    """The migrations the database, the maker of Secrets the API server, the try-out the gateway."""
    rendering = render("values-minikube.yaml")
    names = ends("kube-system", "169.254.20.10/32", ports=(53,))
    assert way_out(rendering, "migrate") == names | ends("our postgresql", ports=(5432,))
    assert way_out(rendering, "make-secrets") == ends("anybody", ports=(443, 6443, 8443))
    assert way_out(rendering, "try-out") == names | ends("kourier-system", ports=(8081,))
    jobs = {labels["todo/job"] for one in rendering.of("Job").values() if (labels := _pod_labels(one))}
    assert jobs | {rendering.of("Pod")["try-out"]["metadata"]["labels"]["todo/job"]} == {
        "migrate",
        "make-secrets",
        "try-out",
    }
    assert "make-secrets" not in render("values.yaml", "secrets.create=false").of("NetworkPolicy")


def test_the_stores_are_for_our_own_pods() -> None:
    """PostgreSQL for functions and migrations, Redis for functions that keep state; they reach nobody."""
    policies = render("values-minikube.yaml").of("NetworkPolicy")
    ours, migrations = policies["todo-postgresql"]["spec"]["ingress"][0]["from"]
    assert ours["podSelector"]["matchExpressions"] == [{"key": "todo/function", "operator": "Exists"}]
    assert _named(migrations) == "our migrate"
    (keeping,) = policies["todo-redis"]["spec"]["ingress"][0]["from"]
    names = [function.name for function in LISTED.functions if function.state]
    assert keeping["podSelector"]["matchExpressions"] == [{"key": "todo/function", "operator": "In", "values": names}]
    assert all("egress" not in policies[name]["spec"] for name in ("todo-postgresql", "todo-redis"))


def test_whoever_scrapes_is_named() -> None:
    """Metrics are nobody's but an operator's, and what is pushed has a way out."""
    watched = render("values.yaml", "networkPolicies.monitoringNamespace=monitoring", TELEMETRY)
    for function in LISTED.functions:
        assert ends("monitoring", ports=(8080, 9091, 9092)) <= way_in(watched, function.name)
        assert ("anybody", 4318) in way_out(watched, function.name)
        assert all(port != 8080 for _, port in way_in(render(), function.name))


def test_policies_can_be_left_out() -> None:
    """A cluster may have its own."""
    assert not render("values.yaml", "networkPolicies.enabled=false").of("NetworkPolicy")
