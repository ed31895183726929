"""What is in the cluster, read and never written."""

from typing import Final

from knative.deploy.command import Command
from knative.deploy.deploy_error import DeployError
from knative.deploy.resource import INSTANCE, KINDS, Resource, from_json, from_yaml, of_knative
from knative.deploy.runner import Runner
from knative.deploy.target import Target

_PATIENCE: Final = "--request-timeout=20s"


def find_all(runner: Runner, target: Target) -> list[Resource]:
    """Return every Service of Knative, Broker, Trigger and PingSource in the namespace, whoever made it."""
    return _get(runner, target, ",".join(KINDS.values()))


def find_released(runner: Runner, target: Target, release: str) -> list[Resource]:
    """Return what of these Helm has made for a release. No label tells: it sets none on what it takes over."""
    try:
        return of_knative(from_yaml(runner.read(target.helm("get", "manifest", release))))
    except DeployError as error:
        if "release: not found" in str(error):
            return []
        raise


def find_service(runner: Runner, target: Target, name: str) -> Resource:
    """Return a function's Service; raises :class:`DeployError` where it is not deployed."""
    found = _get(runner, target, KINDS["Service"], "--field-selector", f"metadata.name={name}")
    if not found:
        raise DeployError(f"{name} is not in {target}: deploy all functions first, with --helm or --kn")
    return found[0]


def find_revisions(runner: Runner, target: Target, name: str) -> list[Resource]:
    """Return a function's revisions."""
    return _get(runner, target, "revisions.serving.knative.dev", "--selector", f"serving.knative.dev/service={name}")


def all_ready(target: Target, release: str, seconds: int) -> Command:
    """Return the command that waits until all of a release is ready, as it was asked for last."""
    return target.kubectl(
        *("wait", ",".join(KINDS.values()), "--selector", f"{INSTANCE}={release}"),
        *("--for", "condition=Ready", "--timeout", f"{seconds}s"),
    )


def unready(found: list[Resource]) -> list[str]:
    """Return a line about each that is not ready, with its reason."""
    lines = []
    for resource in found:
        ready = resource.condition("Ready")
        if ready.get("status") != "True":
            reason = " ".join(f"{ready.get('reason', '')} {ready.get('message', '')}".split())
            lines.append(f"{resource.kind} {resource.name} is not ready: {reason or 'no reason is given yet'}")
    return lines


def _get(runner: Runner, target: Target, kinds: str, *selecting: str) -> list[Resource]:
    try:
        return from_json(runner.read(target.kubectl("get", kinds, *selecting, "--output", "json", _PATIENCE)))
    except DeployError as error:
        if "doesn't have a resource type" in str(error):
            raise DeployError(f"Knative is not on {target.context}: install Serving and Eventing first") from None
        raise
