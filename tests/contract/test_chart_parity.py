"""Minikube and the cloud: the same functions, triggers and settings; only what stands around them differs."""

from copy import deepcopy
from typing import Any

from tests.chart import Object, Rendering, render

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


def test_functions_differ_in_the_brokers_address_alone() -> None:
    """A function runs with the same image, settings, sizes and bounds, and finds another Broker."""
    here, there = render(MINIKUBE).services(), render(CLOUD).services()
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


def test_minikube_has_stores_of_its_own() -> None:
    """Nothing else is in one and not in the other."""
    here, there = by_name(render(MINIKUBE)), by_name(render(CLOUD))
    assert here.keys() - there.keys() == STORES
    assert there.keys() <= here.keys()


def test_what_differs_is_the_broker_and_where_the_stores_are() -> None:
    """Triggers, clocks, accounts, roles, secrets' scopes and retries are the same to the letter."""
    here, there = by_name(render(MINIKUBE)), by_name(render(CLOUD))
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
    """Return a policy without the addresses of the database and of Redis, of which the cloud's are not known to it."""
    found = deepcopy(policy)
    for rule in found["spec"]["egress"]:
        if rule.get("ports") in ([{"port": 5432}], [{"port": 6379}]):
            rule.pop("to", None)
    return found


def test_the_broker_differs_in_its_class() -> None:
    """How it tries again, and where it leaves what it gives up, does not depend on what carries the events."""
    here, there = (by_name(render(values))["Broker", "default"] for values in (MINIKUBE, CLOUD))
    assert here["spec"]["delivery"] == there["spec"]["delivery"]
    assert [_class(one) for one in (here, there)] == ["MTChannelBasedBroker", "Kafka"]


def _class(broker: Object) -> Any:
    return broker["metadata"]["annotations"]["eventing.knative.dev/broker.class"]


def test_the_migrations_differ_in_when_they_run() -> None:
    """A database of the chart's own is not there before the install; what is done to it is the same."""
    here, there = (deepcopy(by_name(render(values))["Job", "migrate"]) for values in (MINIKUBE, CLOUD))
    hooks = [one["metadata"]["annotations"].pop("helm.sh/hook") for one in (here, there)]
    assert hooks == ["post-install,pre-upgrade", "pre-install,pre-upgrade"]
    assert here == there
