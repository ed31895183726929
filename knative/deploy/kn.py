"""All functions by kn: what the chart would make of the list, in kn's words, and nothing more than that afterwards."""

from collections.abc import Mapping, Sequence
from typing import Final

import yaml

from knative.deploy import chart, eventing
from knative.deploy.command import Command
from knative.deploy.deploy_error import DeployError
from knative.deploy.options import Options
from knative.deploy.plan import Plan
from knative.deploy.resource import Resource, of_release
from knative.deploy.target import Target
from knative.deploy.traffic import LATEST, follows_latest, send

_WORDS: Final = {"Service": "service", "Broker": "broker", "Trigger": "trigger", "PingSource": "source ping"}

_LAST_FIRST: Final = ("Trigger", "PingSource", "Broker", "Service")
"""The order of going: what leads events somewhere goes before where they are led."""


def plan(
    target: Target,
    options: Options,
    *,
    wanted: Sequence[Resource],
    found: Sequence[Resource],
    released: Sequence[Resource],
) -> Plan:
    """Return what brings about the chart's state; raises :class:`DeployError` for what cannot be.

    ``found`` is what is in the namespace: a run that was cut short leaves things without labels, which are still known
    by name. Only what is labelled as the release's is ever deleted. ``released`` is what Helm knows of it.
    """
    _refuse_helms(target, released, options.release)
    there = {resource.key: resource for resource in found}
    split = [one for one in wanted if one.key in there and one.kind == "Service" and not follows_latest(there[one.key])]
    commands = _bring_about(target, wanted, there)
    commands += _prune(target, wanted, of_release(found, options.release))
    return Plan(
        _summary(wanted, commands, split),
        (chart.upgrade(target, options, knative=False), *commands),
        tuple(command for one in split for command in send(target, one.name, f"{LATEST}=100", seconds=options.seconds)),
    )


def _bring_about(
    target: Target, wanted: Sequence[Resource], there: Mapping[tuple[str, str], Resource]
) -> list[Command]:
    kinds = {kind: [resource for resource in wanted if resource.kind == kind] for kind in _WORDS}
    commands = [_service(target, service, there.get(service.key)) for service in kinds["Service"]]
    for kind, bring_about in (
        ("Broker", eventing.broker),
        ("Trigger", eventing.trigger),
        ("PingSource", eventing.clock),
    ):
        for resource in kinds[kind]:
            commands += bring_about(target, resource, there.get(resource.key))
    marked = [resource for kind in ("Broker", "Trigger", "PingSource") for resource in kinds[kind]]
    return commands + eventing.labels(target, marked, there)


def _service(target: Target, service: Resource, found: Resource | None) -> Command:
    document = dict(service.document)
    if found and not follows_latest(found):  # moved once all is ready: until then the latest may be a canary
        document["spec"] = {**service.spec, "traffic": found.spec["traffic"]}
    text = yaml.safe_dump(document, sort_keys=False, width=1000)
    return target.kn("service", "apply", service.name, "--filename", "/dev/stdin", "--no-wait", stdin=text)


def _prune(target: Target, wanted: Sequence[Resource], ours: Sequence[Resource]) -> list[Command]:
    kept = {resource.key for resource in wanted}
    gone = [resource for resource in ours if resource.kind in _WORDS and resource.key not in kept]
    gone.sort(key=lambda resource: _LAST_FIRST.index(resource.kind))
    return [target.kn(*_WORDS[resource.kind].split(), "delete", resource.name) for resource in gone]


def _refuse_helms(target: Target, released: Sequence[Resource], release: str) -> None:
    """Refuse to begin where the functions belong to the chart's release; raises :class:`DeployError`."""
    if released:
        raise DeployError(
            f"the functions in {target} are Helm's, which would delete them before kn makes them anew:"
            f" go on with --helm, or begin with helm uninstall {release}"
        )


def _summary(wanted: Sequence[Resource], commands: Sequence[Command], split: Sequence[Resource]) -> str:
    services = sum(resource.kind == "Service" for resource in wanted)
    changes = [
        f"{count} to {verb}"
        for verb in ("create", "update")
        if (count := sum(verb in command.arguments[:4] for command in commands))
    ]
    gone = [one.arguments[one.arguments.index("delete") + 1] for one in commands if "delete" in one.arguments[:4]]
    says = [f"{services} functions by kn, and the rest by the chart"]
    says += [f"of the broker, the triggers and the clocks {', '.join(changes) or 'none to change'}"]
    says += [f"to delete: {', '.join(gone)}"] if gone else []
    says += [f"back to its traffic: {', '.join(one.name for one in split)}"] if split else []
    return "; ".join(says)
