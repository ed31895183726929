"""The plan for ``scripts/deploy --kn``: kn creates what the chart would create of Knative, and the chart the rest."""

from collections.abc import Sequence
from typing import Final

import yaml

from knative.deploy.chart_commands import upgrade_release
from knative.deploy.commands import DeployError, DeployPlan
from knative.deploy.deploy_options import DeployOptions
from knative.deploy.deploy_target import DeployTarget
from knative.deploy.kn_eventing import label_objects, sync_broker, sync_clock, sync_trigger
from knative.deploy.kubernetes_objects import INSTANCE_LABEL, KubernetesObject, wait_until_ready
from knative.deploy.traffic import LATEST, Traffic, move_traffic

_SYNC: Final = {"Broker": sync_broker, "Trigger": sync_trigger, "PingSource": sync_clock}

_DELETE: Final = {"Trigger": "trigger", "PingSource": "source ping", "Broker": "broker", "Service": "service"}
"""kn's name of each kind, in the order of deletion: a source of events goes before its sink."""


def plan_kn(
    target: DeployTarget,
    options: DeployOptions,
    *,
    wanted: Sequence[KubernetesObject],
    found: Sequence[KubernetesObject],
    released: Sequence[KubernetesObject],
) -> DeployPlan:
    """Return the plan that makes the cluster equal to the chart; raises :class:`DeployError` if that is impossible.

    ``wanted`` is the rendered chart, ``found`` is in the namespace, and ``released`` belongs to the Helm release. An
    interrupted run leaves objects without labels: the plan finds them by name. It deletes only objects that have the
    release's label.
    """
    if released:
        raise DeployError(
            f"the functions in {target} belong to Helm, which would delete them before kn creates them again:"
            f" continue with --helm, or run helm uninstall {options.release} first"
        )
    live = {one.key: one for one in found}
    kept = {one.key for one in wanted}
    services = [one for one in wanted if one.kind == "Service"]
    eventing = [one for kind in _SYNC for one in wanted if one.kind == kind]
    changes = [command for one in eventing for command in _SYNC[one.kind](target, one, live.get(one.key))]
    changes += label_objects(target, eventing, live)
    surplus = [one for one in found if one.labels.get(INSTANCE_LABEL) == options.release and one.key not in kept]
    surplus.sort(key=lambda one: list(_DELETE).index(one.kind))
    changes += [target.command("kn", *_DELETE[one.kind].split(), "delete", one.name) for one in surplus]
    commands = [
        upgrade_release(target, options, knative=False),
        *(_apply_service(target, one, live.get(one.key)) for one in services),
        *changes,
        wait_until_ready(target, options.release, options.timeout),
    ]
    for one in services:
        if one.key in live and not Traffic(live[one.key]).follows_latest:
            commands += move_traffic(target, one.name, {LATEST: 100}, options.timeout)
    summary = f"{len(services)} functions by kn, and the rest by the chart"
    return DeployPlan(
        f"{summary}; changes to the Broker, Triggers and clocks: {len(changes) or 'none to change'}", commands
    )


def _apply_service(target: DeployTarget, service: KubernetesObject, current: KubernetesObject | None) -> str:
    document = dict(service.document)
    if current and not Traffic(current).follows_latest:
        # The traffic moves after everything is ready: until then, the latest revision may be a canary.
        document["spec"] = {**service.spec, "traffic": current.spec["traffic"]}
    apply = target.command("kn", "service", "apply", service.name, "--filename", "/dev/stdin", "--no-wait")
    return f"{apply} <<'END'\n{yaml.safe_dump(document, sort_keys=False, width=1000)}END"
