"""kn's commands for the Broker, the Triggers and the clocks: create or update each, and skip an equal one."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from knative.deploy.commands import DeployError, repeat_flag
from knative.deploy.deploy_target import DeployTarget
from knative.deploy.kubernetes_objects import KubernetesObject

_CLASS: Final = "eventing.knative.dev/broker.class"
_DELIVERY: Final = {"retry": "--retry", "backoffPolicy": "--backoff-policy", "backoffDelay": "--backoff-delay"}


def sync_broker(target: DeployTarget, wanted: KubernetesObject, found: KubernetesObject | None) -> list[str]:
    """Return the commands for the Broker; raises :class:`DeployError` for another class or config."""
    fixed, delivery = _fixed_options(wanted, target.namespace), _delivery_options(wanted)
    if found is None:
        return [target.command("kn", "broker", "create", wanted.name, *_flatten(fixed), *_flatten(delivery))]
    current = _fixed_options(found, target.namespace)
    for option, value in fixed.items():
        if current.get(option) != value:
            raise DeployError(
                f"the Broker {wanted.name} has {option} {current.get(option)}, and Knative cannot change it to {value}:"
                " delete the Broker, which loses the events in it, and run scripts/deploy again"
            )
    if delivery == _delivery_options(found):
        return []
    return [target.command("kn", "broker", "update", wanted.name, *_flatten(delivery))]


def sync_trigger(target: DeployTarget, wanted: KubernetesObject, found: KubernetesObject | None) -> list[str]:
    """Return the commands for a Trigger."""
    attributes, sink = _attributes(wanted), _sink(wanted.spec["subscriber"])
    filters = [f"{name}={value}" for name, value in attributes.items()]
    broker = ("--broker", wanted.spec["broker"])
    create = target.command(
        "kn", "trigger", "create", wanted.name, *broker, *repeat_flag("--filter", filters), "--sink", sink
    )
    patch = _patch_filters(target, wanted)
    if found is None:
        return [create, *patch]
    # kn has no option for the first two, and Knative cannot change the third.
    has_other_filters = bool(found.spec.get("filters")) and not patch
    if has_other_filters or found.spec.get("delivery") or found.spec["broker"] != wanted.spec["broker"]:
        return [target.command("kn", "trigger", "delete", wanted.name), create, *patch]
    commands = []
    if (_attributes(found), _sink(found.spec["subscriber"])) != (attributes, sink):
        filters += [f"{name}-" for name in _attributes(found) if name not in attributes]
        flags = repeat_flag("--filter", filters)
        commands.append(target.command("kn", "trigger", "update", wanted.name, *flags, "--sink", sink))
    if found.spec.get("filters") != wanted.spec.get("filters"):
        commands += patch
    return commands


def sync_clock(target: DeployTarget, wanted: KubernetesObject, found: KubernetesObject | None) -> list[str]:
    """Return the commands for a PingSource."""
    commands, options = [], _clock_options(wanted)
    if found is None or _clock_options(found) != options:
        verb = "update" if found else "create"
        commands.append(target.command("kn", "source", "ping", verb, wanted.name, *_flatten(options)))
    content_type = wanted.spec.get("contentType")
    if content_type and (found is None or found.spec.get("contentType") != content_type):
        patch = json.dumps({"spec": {"contentType": content_type}})  # kn has no option for it
        commands.append(target.command("kubectl", "patch", wanted.path, "--type", "merge", "--patch", patch))
    return commands


def label_objects(
    target: DeployTarget, wanted: Sequence[KubernetesObject], live: Mapping[tuple[str, str], KubernetesObject]
) -> list[str]:
    """Return the command that gives new objects the release's labels, which kn cannot set."""
    unlabelled = [
        one for one in wanted if one.key not in live or not one.labels.items() <= live[one.key].labels.items()
    ]
    if not unlabelled:
        return []
    labels = [f"{name}={value}" for name, value in unlabelled[0].labels.items()]
    return [target.command("kubectl", "label", *(one.path for one in unlabelled), *labels, "--overwrite")]


def _flatten(options: Mapping[str, str]) -> list[str]:
    return [argument for option in options.items() for argument in option]


def _fixed_options(broker: KubernetesObject, namespace: str) -> dict[str, str]:
    options = {"--class": broker.annotations.get(_CLASS, "")}
    if config := broker.spec.get("config"):
        parts = (config["apiVersion"], config["kind"], config["name"], config.get("namespace", namespace))
        options["--broker-config"] = ":".join(parts)
    return options


def _delivery_options(broker: KubernetesObject) -> dict[str, str]:
    delivery = broker.spec.get("delivery") or {}
    options = {option: str(delivery[key]) for key, option in _DELIVERY.items() if key in delivery}
    return options | ({"--dl-sink": _sink(delivery["deadLetterSink"])} if delivery.get("deadLetterSink") else {})


def _clock_options(clock: KubernetesObject) -> dict[str, str]:
    data, sink = clock.spec.get("data", ""), _sink(clock.spec["sink"])
    return {"--schedule": clock.spec["schedule"], "--data": data, "--encoding": "text", "--sink": sink}


def _attributes(trigger: KubernetesObject) -> dict[str, str]:
    return (trigger.spec.get("filter") or {}).get("attributes") or {}


def _patch_filters(target: DeployTarget, trigger: KubernetesObject) -> list[str]:
    """Return the command that sets a Trigger's ``filters``, if it has any; kn sets exact filters only."""
    if not trigger.spec.get("filters"):
        return []
    patch = json.dumps({"spec": {"filters": trigger.spec["filters"]}})
    return [target.command("kubectl", "patch", trigger.path, "--type", "merge", "--patch", patch)]


def _sink(destination: Mapping[str, Any]) -> str:
    """Return a destination as kn writes it; the chart has no other destinations than functions."""
    reference = destination.get("ref")
    return f"ksvc:{reference['name']}" if reference else str(destination.get("uri"))
