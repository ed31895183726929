"""``python -m knative.deploy``: see ``scripts/deploy``."""

import sys
from collections.abc import Sequence

from knative.deploy import chart, helm, kn
from knative.deploy.cluster import all_ready, find_all, find_released, find_revisions, find_service, unready
from knative.deploy.deploy_error import DeployError
from knative.deploy.options import Options, parse
from knative.deploy.resource import Resource, from_yaml, of_release
from knative.deploy.revisions import Step, Traffic
from knative.deploy.runner import Runner, require
from knative.deploy.target import Target, find_target
from knative.functions import FunctionListError, load

TOOLS = {"helm": ("kubectl", "helm"), "kn": ("kubectl", "helm", "kn")}


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    try:
        options = parse([function.name for function in load().functions], arguments)
        require(*TOOLS.get(options.action, ("kubectl", "kn")))
        runner = Runner(dry_run=options.dry_run)
        target = find_target(runner, options.context, options.namespace)
        (all_functions if options.action in {"helm", "kn"} else one_function)(runner, target, options)
    except (DeployError, FunctionListError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped: what was done stays, and the same again goes on from there", file=sys.stderr)
        return 130
    return 0


def all_functions(runner: Runner, target: Target, options: Options) -> None:
    """Deploy all, and what they need."""
    wanted = from_yaml(runner.read(chart.render(target, options)))
    found, released = observe(runner, target, options.release)
    plan = (kn.plan if options.action == "kn" else helm.plan)(
        target, options, wanted=wanted, found=found, released=released
    )
    runner.say(f"to {target}: {plan.says}")
    runner.run(plan.first)
    await_all(runner, target, options)
    runner.run(plan.then)


def one_function(runner: Runner, target: Target, options: Options) -> None:
    """Move one function's revisions or traffic."""
    service = find_service(runner, target, options.function)
    revisions = find_revisions(runner, target, options.function)
    step = step_of(Traffic(target, service, revisions, seconds=options.seconds), options)
    runner.say(f"in {target}: {step.says}")
    try:
        runner.run(step.commands)
    except DeployError as error:
        lines = unready([find_service(runner, target, options.function)])
        raise DeployError("\n".join([*lines, str(error)])) from None


def step_of(traffic: Traffic, options: Options) -> Step:
    """Return what the command line asks for."""
    image = str(options.image) if options.image else None
    if options.action == "canary":
        return traffic.canary(options.percent, image)
    if options.action == "promote":
        return traffic.promote()
    if options.action == "rollback":
        return traffic.rollback()
    return traffic.roll(image or traffic.image)


def observe(runner: Runner, target: Target, release: str) -> tuple[list[Resource], list[Resource]]:
    """Return what is in the namespace, and what Helm knows of that; in a dry run nothing, where nobody answers."""
    try:
        return find_all(runner, target), find_released(runner, target, release)
    except DeployError as error:
        if not runner.dry_run:
            raise
        runner.say(f"the plan for an empty namespace, as the cluster cannot be asked: {error}")
        return [], []


def await_all(runner: Runner, target: Target, options: Options) -> None:
    """Wait until all of the release is ready; raises :class:`DeployError` with a line about each that is not."""
    try:
        runner.run([all_ready(target, options.release, options.seconds)])
    except DeployError as error:
        lines = unready(of_release(find_all(runner, target), options.release))
        raise DeployError("\n".join([*lines, str(error)])) from None


if __name__ == "__main__":
    sys.exit(main())
