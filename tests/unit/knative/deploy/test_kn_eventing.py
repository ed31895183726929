"""Tests of the changes to a Broker, to Triggers and to clocks that exist already."""

import json

import pytest

from knative.deploy.commands import DeployError
from knative.deploy.kn_eventing import sync_broker, sync_clock, sync_trigger
from tests.unit.knative.deploy.deploy_samples import (
    TARGET,
    make_broker,
    make_clock,
    make_reference,
    make_trigger,
    shorten,
)

ATTRIBUTES = {"type": "todo.TaskCreated"}


def test_another_delivery_is_updated_as_a_whole() -> None:
    """A difference in one part of the delivery sets all parts."""
    assert shorten(sync_broker(TARGET, make_broker(retry=3), make_broker())) == [
        (
            "kn broker update default --retry 3 --backoff-policy exponential --backoff-delay PT0.5S"
            " --dl-sink ksvc:keep-dead-letter"
        )
    ]


def test_additions_of_the_cluster_are_no_difference() -> None:
    """The cluster adds a default config to a Broker, and the namespace to a reference."""
    config = {"apiVersion": "v1", "kind": "ConfigMap", "name": "config-br-default-channel", "namespace": "eventing"}
    assert sync_broker(TARGET, make_broker(), make_broker(config=config)) == []
    sink = make_reference("tasks", namespace="todo")
    found = make_trigger("on-created", "tasks", ATTRIBUTES, subscriber=sink)
    assert sync_trigger(TARGET, make_trigger("on-created", "tasks", ATTRIBUTES), found) == []
    assert sync_clock(TARGET, make_clock(), make_clock(sink=make_reference("relay-outbox", namespace="todo"))) == []


def test_the_config_of_a_broker_is_set_when_it_is_created() -> None:
    """The namespace of the config defaults to the target's; a later change is rejected."""
    config = {"apiVersion": "v1", "kind": "ConfigMap", "name": "kafka"}
    created = shorten(sync_broker(TARGET, make_broker(config=config), None))[0]
    assert "--class Kafka --broker-config v1:ConfigMap:kafka:todo --retry 5" in created
    assert sync_broker(TARGET, make_broker(config=config), make_broker(config={**config, "namespace": "todo"})) == []
    with pytest.raises(DeployError, match="has --broker-config v1:ConfigMap:old:todo, and Knative cannot change it"):
        sync_broker(TARGET, make_broker(config=config), make_broker(config={**config, "name": "old"}))


def test_another_class_of_broker_is_rejected() -> None:
    """Knative cannot change the class; the message names both classes."""
    with pytest.raises(DeployError, match="has --class MTChannelBasedBroker, and Knative cannot change it to Kafka"):
        sync_broker(TARGET, make_broker(), make_broker(cls="MTChannelBasedBroker"))


def test_another_filter_removes_the_old_attributes() -> None:
    """``name-`` removes an attribute that the chart no longer names."""
    found = make_trigger("on-created", "tasks", {"type": "todo.TaskUpdated", "reminders": "true"})
    assert shorten(sync_trigger(TARGET, make_trigger("on-created", "tasks", ATTRIBUTES), found)) == [
        "kn trigger update on-created --filter type=todo.TaskCreated --filter reminders- --sink ksvc:tasks"
    ]


@pytest.mark.parametrize("member", ["filters", "delivery", "broker"])
def test_a_trigger_that_kn_cannot_update_is_recreated(member: str) -> None:
    """Kn has no option for filters and delivery, and Knative cannot change the broker."""
    values = {"filters": [{"prefix": {"type": "todo."}}], "delivery": {"retry": 1}, "broker": "old"}
    found = make_trigger("on-created", "tasks", ATTRIBUTES, **{member: values[member]})
    assert shorten(sync_trigger(TARGET, make_trigger("on-created", "tasks", ATTRIBUTES), found)) == [
        "kn trigger delete on-created",
        "kn trigger create on-created --broker default --filter type=todo.TaskCreated --sink ksvc:tasks",
    ]


def test_filters_that_exclude_events_are_patched() -> None:
    """Kn sets exact filters only, so kubectl sets the others, if they differ."""
    filters = [{"exact": ATTRIBUTES}, {"not": {"exact": {"concluded": "true"}}}]
    wanted = make_trigger("on-created", "tasks", ATTRIBUTES, filters=filters)
    patch = (
        "kubectl patch triggers.eventing.knative.dev/on-created --type merge --patch"
        f" '{json.dumps({'spec': {'filters': filters}})}'"
    )
    assert shorten(sync_trigger(TARGET, wanted, None)) == [
        "kn trigger create on-created --broker default --filter type=todo.TaskCreated --sink ksvc:tasks",
        patch,
    ]
    assert shorten(sync_trigger(TARGET, wanted, make_trigger("on-created", "tasks", ATTRIBUTES))) == [patch]
    assert sync_trigger(TARGET, wanted, make_trigger("on-created", "tasks", ATTRIBUTES, filters=filters)) == []


def test_another_schedule_is_updated() -> None:
    """The update leaves the content type unchanged."""
    assert shorten(sync_clock(TARGET, make_clock("*/2 * * * *"), make_clock())) == [
        (
            "kn source ping update outbox-tick --schedule '*/2 * * * *' --data '{}' --encoding text"
            " --sink ksvc:relay-outbox"
        )
    ]
