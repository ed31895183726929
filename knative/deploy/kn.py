"""All functions by kn: what the chart would make of the list, in kn's words, and nothing more than that afterwards."""

from collections.abc import Mapping, Sequence
from typing import Final

import yaml

from knative.deploy import eventing
from knative.deploy.command import Command
from knative.deploy.deploy_error import DeployError
from knative.deploy.resource import Resource, of_release
from knative.deploy.target import Target

_WORDS: Final = {"Service": "service", "Broker": "broker", "Trigger": "trigger", "PingSource": "source ping"}

_LAST_FIRST: Final = ("Trigger", "PingSource", "Broker", "Service")
"""The order of going: what leads events somewhere goes before where they are led."""


def plan(target: Target, wanted: Sequence[Resource], found: Sequence[Resource], release: str) -> list[Command]:
    """Return the commands that bring about what the chart renders; raises :class:`DeployError` for what cannot be.

    ``found`` is all that is in the namespace: a run that was cut short leaves things without labels, which are still
    known by name. Only what is labelled as the release's is ever deleted.
    """
    ours = of_release(found, release)
    there = {resource.key: resource for resource in found}
    kinds: Mapping[str, list[Resource]] = {
        kind: [resource for resource in wanted if resource.kind == kind] for kind in _WORDS
    }
    commands = [_service(target, service) for service in kinds["Service"]]
    for kind, bring_about in (
        ("Broker", eventing.broker),
        ("Trigger", eventing.trigger),
        ("PingSource", eventing.clock),
    ):
        for resource in kinds[kind]:
            commands += bring_about(target, resource, there.get(resource.key))
    commands += eventing.labels(target, [one for one in wanted if one.kind in _WORDS and one.kind != "Service"], there)
    return commands + _prune(target, wanted, ours)


def refuse_helms(target: Target, released: Sequence[Resource], release: str) -> None:
    """Refuse to begin where the functions belong to the chart's release; raises :class:`DeployError`."""
    if released:
        raise DeployError(
            f"the functions in {target} are Helm's, which would delete them before kn makes them anew:"
            f" go on with --helm, or begin with helm uninstall {release}"
        )


def summary(wanted: Sequence[Resource], commands: Sequence[Command]) -> str:
    """Say in one line what a plan comes to."""
    services = sum(resource.kind == "Service" for resource in wanted)
    changes = [
        f"{count} to {verb}"
        for verb in ("create", "update")
        if (count := sum(verb in command.arguments[:4] for command in commands))
    ]
    gone = [one.arguments[one.arguments.index("delete") + 1] for one in commands if "delete" in one.arguments[:4]]
    parts = [f"{services} functions to apply"]
    parts.append(f"of the broker, the triggers and the clocks {', '.join(changes) or 'none to change'}")
    parts += [f"to delete: {', '.join(gone)}"] if gone else []
    return "; ".join(parts)


def _service(target: Target, service: Resource) -> Command:
    document = yaml.safe_dump(dict(service.document), sort_keys=False, width=1000)
    return target.kn("service", "apply", service.name, "--filename", "/dev/stdin", "--no-wait", stdin=document)


def _prune(target: Target, wanted: Sequence[Resource], ours: Sequence[Resource]) -> list[Command]:
    kept = {resource.key for resource in wanted}
    gone = [resource for resource in ours if resource.kind in _WORDS and resource.key not in kept]
    gone.sort(key=lambda resource: _LAST_FIRST.index(resource.kind))
    return [target.kn(*_WORDS[resource.kind].split(), "delete", resource.name) for resource in gone]
