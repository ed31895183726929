"""The plan for one function: roll out a revision, start or promote a canary, roll back."""

from collections.abc import Sequence
from typing import Final

from knative.deploy.commands import DeployError, DeployPlan
from knative.deploy.deploy_options import DeployOptions
from knative.deploy.deploy_target import DeployTarget
from knative.deploy.kubernetes_objects import KINDS, KubernetesObject, read_objects
from knative.deploy.traffic import LATEST, Traffic, move_traffic, traffic_flags

_GENERATION: Final = "serving.knative.dev/configurationGeneration"
_TRAFFIC_CHANGED: Final = "serving.knative.dev/routingStateModified"


def plan_function(target: DeployTarget, options: DeployOptions) -> DeployPlan:
    """Return the plan for the function that the command line names.

    Raises :class:`DeployError` if that function is not deployed.
    """
    name = options.function
    services = read_objects(target, [KINDS["Service"]], "--field-selector", f"metadata.name={name}")
    if not services:
        raise DeployError(f"{name} is not in {target}: deploy all functions first, with --helm or --kn")
    selector = f"serving.knative.dev/service={name}"
    revisions = read_objects(target, ["revisions.serving.knative.dev"], "--selector", selector)
    return plan_rollout(target, options, services[0], revisions)


def plan_rollout(
    target: DeployTarget, options: DeployOptions, service: KubernetesObject, revisions: Sequence[KubernetesObject]
) -> DeployPlan:
    """Return the plan that moves a function's traffic; raises :class:`DeployError` if its state does not allow that.

    - A roll gives all traffic to a new revision, once it is ready.
    - A canary gives a share to a new revision, or without ``--image`` to the canary that serves already.
    - A promotion gives all traffic to the canary.
    - A rollback gives all traffic to the previous revision.
    """
    traffic = Traffic(service)
    if options.action == "rollback":
        previous = _find_previous(traffic, revisions)
        commands = move_traffic(target, traffic.name, {previous: 100}, options.timeout)
        return DeployPlan(f"{previous} receives all traffic of {traffic.name}", commands)
    if options.action == "promote" and not traffic.canary_base:
        raise DeployError(f"{traffic.name} has no canary to promote: {traffic.stable} receives all traffic")
    split, share = {LATEST: 100}, "all traffic"
    if options.canary:
        split = {traffic.stable: 100 - options.canary, LATEST: options.canary}
        share = f"{options.canary} % of the traffic, and {traffic.stable} the rest"
    if options.action == "promote" or (options.canary and traffic.canary_base and not options.image):
        _require_ready_canary(traffic)
        summary = f"{traffic.latest_ready}, the canary of {traffic.name}, receives {share}"
        return DeployPlan(summary, move_traffic(target, traffic.name, split, options.timeout))
    image = options.image or service.spec["template"]["spec"]["containers"][0]["image"]
    summary = f"a new revision of {traffic.name} with {image} receives {share}, once it is ready"
    return DeployPlan(summary, _create_revision(target, traffic, image, split, options.timeout))


def _create_revision(
    target: DeployTarget, traffic: Traffic, image: str, split: dict[str, int], seconds: int
) -> list[str]:
    # Without --no-lock-to-digest, kn would replace the tag with a digest that the chart does not have.
    update = ("kn", "service", "update", traffic.name, "--image", image, "--no-lock-to-digest")
    waiting = ("--wait-timeout", str(seconds))
    if traffic.follows_latest or traffic.split == {traffic.latest_ready: 100}:
        return [target.command(*update, *traffic_flags(split), *waiting)]
    # Until the new revision is ready, the latest is another: a canary, or a revision that was rolled back.
    return [target.command(*update, *waiting), *move_traffic(target, traffic.name, split, seconds)]


def _require_ready_canary(traffic: Traffic) -> None:
    if traffic.latest_created != traffic.latest_ready or traffic.latest_ready == traffic.canary_base:
        raise DeployError(
            f"the canary {traffic.latest_created} of {traffic.name} is not ready:"
            " replace it with --image, or remove it with --rollback"
        )


def _find_previous(traffic: Traffic, revisions: Sequence[KubernetesObject]) -> str:
    """Return the revision to roll back to: the one that served before.

    During a canary, and after a new revision that never became ready, that revision still serves.
    """
    current = traffic.stable
    if traffic.canary_base or (traffic.follows_latest and traffic.latest_created != traffic.latest_ready):
        return current
    generation = next((_generation(one) for one in revisions if one.name == current), 0)
    older = [one for one in revisions if _generation(one) < generation and one.is_ready]
    if not older:
        raise DeployError(f"{traffic.name} has no revision before {current}")
    # Knative notes when a revision lost its traffic. The number alone may name one that was rolled back.
    return max(older, key=lambda one: (one.annotations.get(_TRAFFIC_CHANGED, ""), _generation(one))).name


def _generation(revision: KubernetesObject) -> int:
    return int(revision.labels.get(_GENERATION, "0"))
