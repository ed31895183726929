"""``python -m knative.deploy``: the command behind ``scripts/deploy``."""

import sys
from collections.abc import Sequence

from knative.deploy.chart_commands import render_knative
from knative.deploy.commands import DeployError, DeployPlan, read_output, require_programs, run_commands
from knative.deploy.deploy_options import DeployOptions, parse_deploy_options
from knative.deploy.deploy_target import DeployTarget, find_target
from knative.deploy.helm_plan import plan_helm
from knative.deploy.kn_plan import plan_kn
from knative.deploy.kubernetes_objects import INSTANCE_LABEL, KINDS, parse_manifest, read_objects, read_release
from knative.deploy.rollout import plan_function
from knative.function_list import FunctionListError, load_function_list


def main(arguments: Sequence[str] | None = None) -> int:
    """Deploy as the command line says; return the exit code."""
    try:
        _deploy(parse_deploy_options([function.name for function in load_function_list().functions], arguments))
    except (DeployError, FunctionListError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped: the changes up to here remain; run the same command to continue", file=sys.stderr)
        return 130
    return 0


def _deploy(options: DeployOptions) -> None:
    require_programs("kubectl", *(() if options.function else ("helm",)), *(() if options.helm else ("kn",)))
    target = find_target(options.context, options.namespace)
    plan = (plan_function if options.function else _plan_all)(target, options)
    # The output of a dry run is a script, and the summary a comment in it.
    print(f"{'# ' if options.dry_run else ''}to {target}: {plan.summary}", flush=True)
    try:
        run_commands(plan.commands, dry_run=options.dry_run)
    except DeployError as error:
        name = options.function
        ours = (
            ("--field-selector", f"metadata.name={name}")
            if name
            else ("--selector", f"{INSTANCE_LABEL}={options.release}")
        )
        unready = [one for one in read_objects(target, KINDS.values(), *ours) if not one.is_ready]
        lines = [f"{one.kind} {one.name} is not ready: {one.reason}" for one in unready]
        raise DeployError("\n".join([*lines, str(error)])) from None


def _plan_all(target: DeployTarget, options: DeployOptions) -> DeployPlan:
    wanted = parse_manifest(read_output(render_knative(target, options)))
    try:
        found, released = read_objects(target, KINDS.values()), read_release(target, options.release)
    except DeployError as error:
        if not options.dry_run:
            raise
        print(f"# this plan assumes an empty namespace, because the cluster does not answer: {error}")
        found, released = [], []
    return (plan_kn if options.kn else plan_helm)(target, options, wanted=wanted, found=found, released=released)


if __name__ == "__main__":
    sys.exit(main())
