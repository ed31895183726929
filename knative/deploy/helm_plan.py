"""The plan for ``scripts/deploy --helm``: all functions by the chart.

Helm compares a release with the previous release, and custom resources never with the cluster. An image or a split of
traffic that was changed without Helm would therefore stay, so the plan restores both.
"""

import json
from collections.abc import Sequence
from typing import Any

from knative.deploy.chart_commands import upgrade_release
from knative.deploy.commands import DeployPlan
from knative.deploy.deploy_options import DeployOptions
from knative.deploy.deploy_target import DeployTarget
from knative.deploy.kubernetes_objects import INSTANCE_LABEL, KubernetesObject, wait_until_ready
from knative.deploy.traffic import Traffic, wait_for_routes


def plan_helm(
    target: DeployTarget,
    options: DeployOptions,
    *,
    wanted: Sequence[KubernetesObject],
    found: Sequence[KubernetesObject],
    released: Sequence[KubernetesObject],
) -> DeployPlan:
    """Return the plan that makes the cluster equal to the chart.

    ``wanted`` is the rendered chart, ``found`` is in the namespace, and ``released`` belongs to the Helm release.

    Traffic moves after everything is ready. Before, the latest revision may be a canary, or one that was rolled back.
    """
    live, known = ({one.key: one for one in objects} for objects in (found, released))
    adopt = any(one.key not in known for one in found if one.labels.get(INSTANCE_LABEL) == options.release)
    services = [one for one in wanted if one.kind == "Service"]
    existing = [(one, live[one.key]) for one in services if one.key in live]
    commands = [upgrade_release(target, options, adopt=adopt)]
    for service, current in existing:
        containers = _containers(service)
        unchanged_for_helm = service.key in known and _containers(known[service.key]) == containers
        if unchanged_for_helm and _containers(current)[0]["image"] != containers[0]["image"]:
            commands.append(_patch(target, service, {"template": {"spec": {"containers": containers}}}))
    commands.append(wait_until_ready(target, options.release, options.timeout))
    for service, current in existing:
        if not Traffic(current).follows_latest:
            commands.append(_patch(target, service, {"traffic": [{"latestRevision": True, "percent": 100}]}))
            commands.append(wait_for_routes(target, service.name, options.timeout))
    summary = f"{len(services)} functions by the chart, as release {options.release}"
    return DeployPlan(summary + ("; the release adopts what kn created" if adopt else ""), commands)


def _containers(service: KubernetesObject) -> Any:  # noqa: ANN401 - as the chart renders them
    return service.spec["template"]["spec"]["containers"]


def _patch(target: DeployTarget, service: KubernetesObject, spec: object) -> str:
    patch = json.dumps({"spec": spec})
    return target.command("kubectl", "patch", service.path, "--type", "merge", "--patch", patch)
