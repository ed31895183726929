"""``python -m knative.deploy``: see ``scripts/deploy``."""

import sys
from collections.abc import Sequence

from knative.deploy import chart, kn
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
        {"helm": by_helm, "kn": by_kn}.get(options.action, one_function)(runner, target, options)
    except (DeployError, FunctionListError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped: what was done stays, and the same again goes on from there", file=sys.stderr)
        return 130
    return 0


def by_helm(runner: Runner, target: Target, options: Options) -> None:
    """Deploy all by the chart."""
    runner.say(f"to {target}: all functions by the chart, as release {options.release}")
    adopt = False
    if runner.dry_run:
        runner.say("where kn has made the functions, which only the cluster knows, --take-ownership is added")
    else:
        ours = {resource.key for resource in of_release(find_all(runner, target), options.release)}
        adopt = bool(ours - {resource.key for resource in find_released(runner, target, options.release)})
    if adopt:
        runner.say("the release takes over what kn has made")
    runner.run([chart.upgrade(target, options, adopt=adopt)])
    await_all(runner, target, options)


def by_kn(runner: Runner, target: Target, options: Options) -> None:
    """Deploy all by kn, and by the chart what kn cannot make."""
    runner.say(f"to {target}: all functions by kn, and what it cannot make by the chart, as release {options.release}")
    wanted = from_yaml(runner.read(chart.render(target, options)))
    commands = kn.plan(target, wanted, found_for_kn(runner, target, options.release), options.release)
    runner.say(kn.summary(wanted, commands))
    runner.run([chart.upgrade(target, options, knative=False), *commands])
    await_all(runner, target, options)


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


def found_for_kn(runner: Runner, target: Target, release: str) -> list[Resource]:
    """Return what is in the namespace; in a dry run nothing, where there is no cluster to ask."""
    try:
        found, released = find_all(runner, target), find_released(runner, target, release)
    except DeployError as error:
        if not runner.dry_run:
            raise
        runner.say(f"the plan for an empty namespace, as the cluster cannot be asked: {error}")
        return []
    kn.refuse_helms(target, released, release)
    return found


def await_all(runner: Runner, target: Target, options: Options) -> None:
    """Wait until all of the release is ready; raises :class:`DeployError` with a line about each that is not."""
    try:
        runner.run([all_ready(target, options.release, options.seconds)])
    except DeployError as error:
        lines = unready(of_release(find_all(runner, target), options.release))
        raise DeployError("\n".join([*lines, str(error)])) from None


if __name__ == "__main__":
    sys.exit(main())
