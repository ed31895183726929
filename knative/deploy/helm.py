"""All functions by the chart.

Helm compares a release with the one before it, and for what is not Kubernetes' own never with the cluster. What was
rolled, split or taken back by itself would stay so for ever: its image and its traffic are therefore put right here.
"""

import json
from collections.abc import Sequence
from typing import Any

from knative.deploy import chart
from knative.deploy.command import Command
from knative.deploy.options import Options
from knative.deploy.plan import Plan
from knative.deploy.resource import Resource, of_release
from knative.deploy.target import Target
from knative.deploy.traffic import follows_latest, send_to_latest


def plan(
    target: Target,
    options: Options,
    *,
    wanted: Sequence[Resource],
    found: Sequence[Resource],
    released: Sequence[Resource],
) -> Plan:
    """Return what brings about the chart's state.

    ``found`` is what is in the namespace, and ``released`` what Helm knows of that. Traffic moves once everything is
    ready: until then the latest revision may be a canary, or the one that a rollback has taken back.
    """
    there, known = ({resource.key: resource for resource in resources} for resources in (found, released))
    adopt = any(one.key not in known for one in of_release(found, options.release))
    services = [one for one in wanted if one.kind == "Service" and one.key in there]
    rolled = [
        one
        for one in services
        if _image(there[one.key]) != _image(one)
        and one.key in known
        and _containers(known[one.key]) == _containers(one)
    ]
    split = [one for one in services if not follows_latest(there[one.key])]
    says = [f"{sum(one.kind == 'Service' for one in wanted)} functions by the chart, as release {options.release}"]
    says += ["it takes over what kn has made"] if adopt else []
    says += [f"back to its traffic: {', '.join(one.name for one in split)}"] if split else []
    return Plan(
        "; ".join(says),
        (chart.upgrade(target, options, adopt=adopt), *(_roll(target, service) for service in rolled)),
        tuple(command for one in split for command in send_to_latest(target, one.name, seconds=options.seconds)),
    )


def _containers(service: Resource) -> Any:  # noqa: ANN401 - as the chart has them
    return service.spec["template"]["spec"]["containers"]


def _image(service: Resource) -> str:
    return str(_containers(service)[0]["image"])


def _roll(target: Target, service: Resource) -> Command:
    """Return the command that gives a function the chart's containers again, where Helm sees no difference."""
    patch = {"spec": {"template": {"spec": {"containers": _containers(service)}}}}
    return target.kubectl("patch", service.path, "--type", "merge", "--patch", json.dumps(patch))
