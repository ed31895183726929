"""The Broker, the Triggers and the clocks by kn: each created, brought up to date, or left alone."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from knative.deploy.command import Command
from knative.deploy.deploy_error import DeployError
from knative.deploy.resource import Resource
from knative.deploy.target import Target

_CLASS: Final = "eventing.knative.dev/broker.class"


def broker(target: Target, wanted: Resource, found: Resource | None) -> list[Command]:
    """Return the commands that bring the Broker about; raises :class:`DeployError` for what cannot be changed."""
    delivery = _delivery(wanted)
    if found is None:
        config = wanted.spec.get("config")
        of_config = ("--broker-config", _reference(config, target.namespace)) if config else ()
        return [target.kn("broker", "create", wanted.name, "--class", _class(wanted), *of_config, *delivery)]
    for what, before, after in (
        ("class", _class(found), _class(wanted)),
        ("config", *(_reference(one.spec.get("config"), target.namespace) for one in (found, wanted))),
    ):
        if after and before != after:
            raise DeployError(
                f"the Broker {wanted.name} has the {what} {before}, and Knative never changes it to {after}:"
                f" delete the Broker (what it holds is lost; the outbox keeps the rest), and run the same again"
            )
    return [target.kn("broker", "update", wanted.name, *delivery)] if _delivery(found) != delivery else []


def trigger(target: Target, wanted: Resource, found: Resource | None) -> list[Command]:
    """Return the commands that bring a Trigger about."""
    attributes, sink = _attributes(wanted), _sink(wanted.spec["subscriber"])
    create = target.kn(
        *("trigger", "create", wanted.name, "--broker", wanted.spec["broker"]), *_filter(attributes), *("--sink", sink)
    )
    if found is None:
        return [create]
    # kn has no word for the first two, and Knative never changes the third.
    if found.spec.get("filters") or found.spec.get("delivery") or found.spec["broker"] != wanted.spec["broker"]:
        return [target.kn("trigger", "delete", wanted.name), create]
    before = _attributes(found)
    if before == attributes and _sink(found.spec["subscriber"]) == sink:
        return []
    gone = [argument for name in before if name not in attributes for argument in ("--filter", f"{name}-")]
    return [target.kn("trigger", "update", wanted.name, *_filter(attributes), *gone, "--sink", sink)]


def clock(target: Target, wanted: Resource, found: Resource | None) -> list[Command]:
    """Return the commands that bring a PingSource about."""
    ping = _ping(wanted)
    commands = []
    if found is None or _ping(found) != ping:
        commands.append(target.kn("source", "ping", "update" if found else "create", wanted.name, *ping))
    content = wanted.spec.get("contentType")
    if content and (found is None or found.spec.get("contentType") != content):
        patch = json.dumps({"spec": {"contentType": content}})  # kn has no word for it
        commands.append(target.kubectl("patch", wanted.path, "--type", "merge", "--patch", patch))
    return commands


def labels(target: Target, wanted: Sequence[Resource], found: Mapping[tuple[str, str], Resource]) -> list[Command]:
    """Return the command that marks as the release's own what is not marked yet, as kn cannot."""
    unmarked = [
        one for one in wanted if one.key not in found or not one.labels.items() <= found[one.key].labels.items()
    ]
    if not unmarked:
        return []
    pairs = [f"{name}={value}" for name, value in unmarked[0].labels.items()]
    return [target.kubectl("label", *(resource.path for resource in unmarked), *pairs, "--overwrite")]


def _class(resource: Resource) -> str:
    return resource.annotations.get(_CLASS, "")


def _delivery(resource: Resource) -> tuple[str, ...]:
    delivery = resource.spec.get("delivery") or {}
    options = {"retry": "retry", "backoffPolicy": "backoff-policy", "backoffDelay": "backoff-delay"}
    said = [part for key, option in options.items() if key in delivery for part in (f"--{option}", str(delivery[key]))]
    sink = delivery.get("deadLetterSink")
    return (*said, *(("--dl-sink", _sink(sink)) if sink else ()))


def _ping(resource: Resource) -> tuple[str, ...]:
    spec = resource.spec
    sink = _sink(spec["sink"])
    return ("--schedule", spec["schedule"], "--data", spec.get("data", ""), "--encoding", "text", "--sink", sink)


def _attributes(resource: Resource) -> Mapping[str, str]:
    return (resource.spec.get("filter") or {}).get("attributes") or {}


def _filter(attributes: Mapping[str, str]) -> list[str]:
    return [argument for name, value in attributes.items() for argument in ("--filter", f"{name}={value}")]


def _sink(destination: Mapping[str, Any]) -> str:
    """Return a destination as kn writes it; the chart knows no other than a function."""
    reference = destination.get("ref")
    return f"ksvc:{reference['name']}" if reference else str(destination.get("uri"))


def _reference(config: Mapping[str, str] | None, namespace: str) -> str:
    if not config:
        return ""
    return ":".join((config["apiVersion"], config["kind"], config["name"], config.get("namespace", namespace)))
