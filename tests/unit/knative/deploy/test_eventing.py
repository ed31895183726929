"""The Broker, Triggers and clocks that are there already."""

import pytest

from knative.deploy import eventing
from knative.deploy.deploy_error import DeployError
from tests.unit.knative.deploy.samples import TARGET, broker, clock, ref, texts, trigger

HEARD = {"type": "todo.TaskCreated"}


def test_another_delivery() -> None:
    """Where any of it differs, all of it is said again."""
    assert texts(eventing.broker(TARGET, broker(retry=3), broker())) == [
        (
            "kn broker update default --retry 3 --backoff-policy exponential --backoff-delay PT0.5S"
            " --dl-sink ksvc:keep-dead-letter"
        )
    ]


def test_what_the_cluster_adds() -> None:
    """A default config, and the namespace of a reference, are no difference."""
    config = {"apiVersion": "v1", "kind": "ConfigMap", "name": "config-br-default-channel", "namespace": "eventing"}
    assert eventing.broker(TARGET, broker(), broker(config=config)) == []
    found = trigger("on-created", "tasks", HEARD, subscriber=ref("tasks", namespace="todo"))
    assert eventing.trigger(TARGET, trigger("on-created", "tasks", HEARD), found) == []
    assert eventing.clock(TARGET, clock(), clock(sink=ref("relay-outbox", namespace="todo"))) == []


def test_a_brokers_config() -> None:
    """It is named in full when the Broker is made; its namespace is our own where none is said."""
    config = {"apiVersion": "v1", "kind": "ConfigMap", "name": "kafka"}
    created = texts(eventing.broker(TARGET, broker(config=config), None))[0]
    assert "--class Kafka --broker-config v1:ConfigMap:kafka:todo --retry 5" in created
    assert eventing.broker(TARGET, broker(config=config), broker(config={**config, "namespace": "todo"})) == []
    with pytest.raises(DeployError, match="has the config v1:ConfigMap:old:todo, and Knative never changes it"):
        eventing.broker(TARGET, broker(config=config), broker(config={**config, "name": "old"}))


def test_another_class() -> None:
    """A Broker's class cannot be changed, and the line says what can be done."""
    with pytest.raises(DeployError, match="has the class MTChannelBasedBroker, and Knative never changes it to Kafka"):
        eventing.broker(TARGET, broker(), broker(cls="MTChannelBasedBroker"))


def test_another_filter() -> None:
    """Attributes that are no longer named are taken away."""
    found = trigger("on-created", "tasks", {"type": "todo.TaskUpdated", "reminders": "true"})
    assert texts(eventing.trigger(TARGET, trigger("on-created", "tasks", HEARD), found)) == [
        "kn trigger update on-created --filter type=todo.TaskCreated --filter reminders- --sink ksvc:tasks"
    ]


@pytest.mark.parametrize("differs", ["filters", "delivery", "broker"])
def test_what_kn_cannot_change(differs: str) -> None:
    """A Trigger with what kn has no words for is made anew."""
    values = {"filters": [{"prefix": {"type": "todo."}}], "delivery": {"retry": 1}, "broker": "old"}
    found = trigger("on-created", "tasks", HEARD, **{differs: values[differs]})
    assert texts(eventing.trigger(TARGET, trigger("on-created", "tasks", HEARD), found)) == [
        "kn trigger delete on-created",
        "kn trigger create on-created --broker default --filter type=todo.TaskCreated --sink ksvc:tasks",
    ]


def test_another_schedule() -> None:
    """A clock is brought up to date, and keeps the content type that it has."""
    assert texts(eventing.clock(TARGET, clock("*/2 * * * *"), clock())) == [
        (
            "kn source ping update outbox-tick --schedule '*/2 * * * *' --data '{}' --encoding text"
            " --sink ksvc:relay-outbox"
        )
    ]
