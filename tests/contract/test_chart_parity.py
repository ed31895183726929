"""Tests that Minikube and the cloud run the same functions, and differ in the Broker and the stores only."""

from copy import deepcopy
from typing import Any

from tests.chart import Object, Rendering, render_chart

STORES = {
    ("StatefulSet", "todo-postgresql"),
    ("Service", "todo-postgresql"),
    ("NetworkPolicy", "todo-postgresql"),
    ("Deployment", "todo-redis"),
    ("Service", "todo-redis"),
    ("NetworkPolicy", "todo-redis"),
}


def by_name(rendering: Rendering) -> dict[tuple[str, str], Object]:
    """Return the objects of a rendering by kind and name."""
    return {
        (one["kind"], one["metadata"]["name"]): one
        for one in rendering.objects
        if one["apiVersion"] != "serving.knative.dev/v1"
    }


MINIKUBE, CLOUD = "values-minikube.yaml", "values-cloud.yaml"


def test_functions_differ_in_the_brokers_address_only() -> None:
    """The image, settings, resources and bounds are equal."""
    here, there = render_chart(MINIKUBE).services(), render_chart(CLOUD).services()
    assert here.keys() == there.keys()
    for name, service in here.items():
        assert _without_broker(service) == _without_broker(there[name])


def _without_broker(service: Object) -> Object:
    found = deepcopy(service)
    (container,) = found["spec"]["template"]["spec"]["containers"]
    for one in container["env"]:
        if one["name"] in {"EVENT_BUS_URL", "K_SINK"}:
            one["value"] = one["value"].replace("kafka-broker-ingress", "broker-ingress")
    return found


def test_minikube_has_its_own_stores() -> None:
    """All other objects exist in both."""
    here, there = by_name(render_chart(MINIKUBE)), by_name(render_chart(CLOUD))
    assert here.keys() - there.keys() == STORES
    assert there.keys() <= here.keys()


def test_only_the_broker_and_the_addresses_of_stores_differ() -> None:
    """Triggers, clocks, accounts, roles, scopes of secrets and retries are equal."""
    here, there = by_name(render_chart(MINIKUBE)), by_name(render_chart(CLOUD))
    differing = {key for key in there if here[key] != there[key]}
    policies = {key for key in differing if key[0] == "NetworkPolicy"}
    assert differing - policies == {
        ("Broker", "default"),
        ("Component", "statestore"),
        ("Job", "make-secrets"),
        ("Job", "migrate"),
    }
    for key in policies:
        assert _without_stores(here[key]) == _without_stores(there[key])


def _without_stores(policy: Object) -> Object:
    """Return a policy without the addresses of the database and of Redis: the cloud's addresses are unknown."""
    found = deepcopy(policy)
    for rule in found["spec"]["egress"]:
        if rule.get("ports") in ([{"port": 5432}], [{"port": 6379}]):
            rule.pop("to", None)
    return found


def test_the_broker_differs_in_its_class() -> None:
    """Retries and the dead-letter sink do not depend on the class."""
    here, there = (by_name(render_chart(values))["Broker", "default"] for values in (MINIKUBE, CLOUD))
    assert here["spec"]["delivery"] == there["spec"]["delivery"]
    assert [_class(one) for one in (here, there)] == ["MTChannelBasedBroker", "Kafka"]


def _class(broker: Object) -> Any:
    return broker["metadata"]["annotations"]["eventing.knative.dev/broker.class"]


def test_the_migrations_differ_in_when_they_run() -> None:
    """The chart's own database does not exist before the installation. The Job itself is equal."""
    here, there = (deepcopy(by_name(render_chart(values))["Job", "migrate"]) for values in (MINIKUBE, CLOUD))
    hooks = [one["metadata"]["annotations"].pop("helm.sh/hook") for one in (here, there)]
    assert hooks == ["post-install,pre-upgrade", "pre-install,pre-upgrade"]
    assert here == there
