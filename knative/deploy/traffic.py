"""Who has a function's traffic, and how that is changed: by kn where it is there, by kubectl where only Helm is."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from knative.deploy.command import Command
from knative.deploy.resource import Resource
from knative.deploy.target import Target

LATEST: Final = "@latest"
"""kn's name for whichever revision is the newest that became ready."""

_ALL_LATEST: Final[Mapping[str, Any]] = {"spec": {"traffic": [{"latestRevision": True, "percent": 100}]}}


def shares(service: Resource) -> list[tuple[str, int]]:
    """Return who is to have which share, the latest by an empty name."""
    targets = service.spec.get("traffic") or [{"percent": 100}]
    return [(one.get("revisionName") or "", one["percent"]) for one in targets if one.get("percent")]


def follows_latest(service: Resource) -> bool:
    """Tell whether all of the traffic goes to whichever revision is the latest, as the chart has it."""
    return shares(service) == [("", 100)]


def flags(split: Sequence[str]) -> list[str]:
    """Return a split as kn is told it."""
    return [argument for share in split for argument in ("--traffic", share)]


def send(target: Target, name: str, *split: str, seconds: int) -> tuple[Command, ...]:
    """Return the commands by which kn moves a function's traffic."""
    return target.kn("service", "update", name, *flags(split), "--no-wait"), _moved(target, name, seconds)


def send_to_latest(target: Target, name: str, *, seconds: int) -> tuple[Command, ...]:
    """Return the commands by which kubectl gives the latest revision all of a function's traffic."""
    patch = ("--type", "merge", "--patch", json.dumps(_ALL_LATEST))
    return target.kubectl("patch", f"services.serving.knative.dev/{name}", *patch), _moved(target, name, seconds)


def _moved(target: Target, name: str, seconds: int) -> Command:
    """Return the command that waits for traffic alone: the latest revision may be one that never gets ready."""
    waiting = ("--for", "condition=RoutesReady", "--timeout", f"{seconds}s")
    return target.kubectl("wait", f"services.serving.knative.dev/{name}", *waiting)
