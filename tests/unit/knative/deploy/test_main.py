"""Tests of ``python -m knative.deploy`` with stand-ins for kubectl, kn and helm that print recorded output."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from knative.deploy.chart_commands import CHART
from knative.deploy.kubernetes_objects import KubernetesObject
from tests.unit.knative.deploy.deploy_samples import make_broker, make_revision, make_service

ROOT = Path(__file__).parents[4]

KUBECONFIG = {
    "current-context": "kind",
    "contexts": [
        {"name": "kind", "context": {"cluster": "kind", "user": "admin", "namespace": "todo"}},
        {"name": "cloud", "context": {"cluster": "cloud", "user": "admin"}},
    ],
}

# A Python program that a shell starts: a #! line cannot hold the path of an interpreter with a space in it.
STAND_IN = """#!/bin/sh
"exec" "{python}" "$0" "$@"
import json, pathlib, sys
here = pathlib.Path(__file__).parent
words = [pathlib.Path(__file__).name, *sys.argv[1:]]
with (here / "calls").open("a") as calls:
    calls.write(" ".join(words) + "\\n")
for start, output in json.loads((here / "outputs.json").read_text()):
    if " ".join(words).startswith(start):
        print(output.get("err", ""), end="", file=sys.stderr)
        print(output.get("out", ""), end="")
        sys.exit(output.get("code", 0))
"""


class DeployCommand:
    """The command, and a folder of stand-ins."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._outputs: list[tuple[str, dict[str, Any]]] = []
        for name in ("kubectl", "kn", "helm"):
            program = folder / name
            program.write_text(STAND_IN.format(python=sys.executable))
            program.chmod(0o755)
        self.set_output("kubectl config view", out=json.dumps(KUBECONFIG))
        self.set_output("helm get manifest", err="walk.go: a link\nError: release: not found\n", code=1)

    def set_output(self, start: str, **output: Any) -> None:
        """Set the output and exit code of commands that start with these words; later settings come first."""
        self._outputs.insert(0, (start, output))

    def set_objects(self, kind: str, *objects: KubernetesObject) -> None:
        """Set the objects that ``kubectl get`` returns."""
        items = [one.document for one in objects]
        self.set_output(f"kubectl get {kind}", out=json.dumps({"kind": "List", "items": items}))

    def uninstall(self, name: str) -> None:
        """Remove a stand-in."""
        (self._folder / name).unlink()

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command."""
        (self._folder / "outputs.json").write_text(json.dumps(self._outputs))
        (self._folder / "calls").write_text("")
        environment = {"PATH": f"{self._folder}", "PYTHONPATH": str(ROOT), "HOME": os.environ.get("HOME", "/")}
        command = [sys.executable, "-P", "-m", "knative.deploy", *arguments]
        return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)

    @property
    def changes(self) -> list[str]:
        """The calls that change the cluster, or wait for a change."""
        calls = (self._folder / "calls").read_text().splitlines()
        reading = ("kubectl config", "kubectl get", "helm template", "helm get")
        return [call for call in calls if not call.startswith(reading)]


@pytest.fixture
def deploy(tmp_path: Path) -> DeployCommand:
    """The command."""
    return DeployCommand(tmp_path)


ALL = "services.serving.knative.dev,brokers.eventing.knative.dev"


def test_the_chart_is_installed_and_awaited(deploy: DeployCommand) -> None:
    """The summary and the target come before the first command."""
    deploy.set_objects(ALL)
    done = deploy("--helm", "--image", "host/todo:1", "--set", "logLevel=DEBUG")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        "to namespace todo on context kind: 0 functions by the chart, as release todo\n+ helm"
    )
    upgrade, wait = deploy.changes
    assert f"helm upgrade todo {CHART} --install --create-namespace" in upgrade
    assert "--set logLevel=DEBUG --set-string image.repository=host/todo,image.tag=1 --wait --timeout 600s" in upgrade
    assert upgrade.endswith("--kube-context kind --namespace todo")
    assert wait.startswith("kubectl wait services.serving.knative.dev,")
    assert "--selector app.kubernetes.io/instance=todo --for condition=Ready" in wait


MANIFEST = f"""
{json.dumps(dict(make_broker().document))}
---
apiVersion: v1
kind: Service
metadata: {{name: todo-postgresql}}
"""


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_kn_rejects_functions_of_helm(deploy: DeployCommand, dry: list[str]) -> None:
    """The chart without its functions would delete them, so no command runs."""
    deploy.set_objects(ALL, make_broker())
    deploy.set_output("helm get manifest todo", out=MANIFEST)
    deploy.set_output("helm template", out=MANIFEST)
    done = deploy("--kn", *dry)
    assert done.returncode == 1
    assert done.stderr == (
        "the functions in namespace todo on context kind belong to Helm, which would delete them before kn creates"
        " them again: continue with --helm, or run helm uninstall todo first\n"
    )
    assert deploy.changes == []


def test_a_dry_run_prints_a_script(deploy: DeployCommand) -> None:
    """The dry run itself changes nothing."""
    deploy.set_objects(ALL)
    done = deploy("--helm", "--dry-run", "--context", "cloud")
    assert done.returncode == 0
    assert deploy.changes == []
    assert all(line.startswith(("# ", "helm ", "kubectl ")) for line in done.stdout.splitlines())
    assert "--kube-context cloud --namespace default" in done.stdout


def test_kn_follows_the_chart(deploy: DeployCommand) -> None:
    """The chart creates what kn cannot, before kn creates the rest."""
    deploy.set_objects(ALL)
    deploy.set_output("helm template", out=json.dumps(dict(make_broker().document)))
    assert deploy("--kn").returncode == 0
    assert [" ".join(call.split()[:3]) for call in deploy.changes] == [
        "helm upgrade todo",
        "kn broker create",
        "kubectl label brokers.eventing.knative.dev/default",
        (
            "kubectl wait services.serving.knative.dev,brokers.eventing.knative.dev,triggers.eventing.knative.dev,"
            "pingsources.sources.knative.dev"
        ),
    ]
    assert "--set knative.create=false" in deploy.changes[0]


def test_a_dry_run_works_without_a_cluster(deploy: DeployCommand) -> None:
    """The plan assumes an empty namespace, and gives the reason."""
    deploy.set_output("kubectl get", err="E1128 memcache.go: a warning\nUnable to connect: refused\n", code=1)
    deploy.set_output("helm template", out=json.dumps(dict(make_broker().document)))
    done = deploy("--kn", "--dry-run")
    assert done.returncode == 0
    assert "# this plan assumes an empty namespace, because the cluster does not answer: kubectl get" in done.stdout
    assert "\nkn broker create default" in done.stdout
    assert ": Unable to connect: refused\n" in done.stdout
    assert "memcache" not in done.stdout
    assert deploy.changes == []


def test_a_service_is_applied_from_standard_input(deploy: DeployCommand) -> None:
    """The dry run prints the manifest as a here-document; a run shows the command without the manifest."""
    service = make_service()
    deploy.set_objects(ALL)
    deploy.set_output("helm template", out=json.dumps(dict(service.document)))
    printed = deploy("--kn", "--dry-run").stdout
    assert "--no-wait --context kind --namespace todo <<'END'\napiVersion: serving.knative.dev/v1\n" in printed
    assert "+ kn service apply tasks --filename /dev/stdin --no-wait --context kind --namespace todo\n" in (
        deploy("--kn").stdout
    )


def test_one_function_is_rolled_back(deploy: DeployCommand) -> None:
    """The plan reads the revisions; its summary comes before the first command."""
    deploy.set_objects("services", make_service())
    deploy.set_objects("revisions", make_revision(1), make_revision(2))
    done = deploy("tasks", "--rollback")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("to namespace todo on context kind: tasks-00001 receives all traffic of tasks\n+ kn ")
    assert deploy.changes[0].startswith("kn service update tasks --traffic tasks-00001=100 --no-wait")


def test_a_function_that_is_not_deployed_is_rejected(deploy: DeployCommand) -> None:
    """The message names the namespace and the context."""
    deploy.set_objects("services")
    done = deploy("tasks")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "tasks is not in namespace todo on context kind: deploy all functions first, with --helm or --kn\n"
    )


def test_a_failure_names_what_is_not_ready(deploy: DeployCommand) -> None:
    """Each object that is not ready is a line with its reason."""
    failed = {"type": "Ready", "status": "False", "reason": "RevisionFailed", "message": "no such\nimage"}
    unready = KubernetesObject({**make_service().document, "status": {"conditions": [failed]}})
    deploy.set_objects(ALL, unready)
    deploy.set_output("kubectl wait", err="timed out\n", code=1)
    done = deploy("--helm")
    assert done.returncode == 1
    assert "Service tasks is not ready: RevisionFailed no such image\n" in done.stderr


@pytest.mark.parametrize(
    ("start", "output", "message"),
    [
        (
            "helm template",
            {"err": "walk.go: a link\nError: image.tag:\n  wrong\n", "code": 1},
            "Error: image.tag: wrong",
        ),
        (
            "kubectl config view",
            {"out": "{}"},
            "the kubeconfig has no current context: set KUBECONFIG, or add --context",
        ),
        (
            "kubectl get",
            {"err": "the server doesn't have a resource type", "code": 1},
            "Knative is not on kind: install",
        ),
    ],
)
def test_an_error_is_one_line(deploy: DeployCommand, start: str, output: dict[str, Any], message: str) -> None:
    """The line has no traceback, and no warning of the program."""
    deploy.set_output(start, **output)
    done = deploy("--kn")
    assert done.returncode == 1
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert "walk.go" not in done.stderr


def test_an_unknown_context_is_rejected(deploy: DeployCommand) -> None:
    """The message lists the contexts of the kubeconfig."""
    done = deploy("--helm", "--context", "mars")
    assert (done.returncode, done.stderr) == (1, "the kubeconfig has no context mars: choose from kind, cloud\n")


def test_missing_programs_are_named_before_the_first_command(deploy: DeployCommand) -> None:
    """One message names all of them."""
    deploy.uninstall("kn")
    deploy.uninstall("helm")
    done = deploy("--kn")
    assert done.returncode == 1
    assert done.stderr == "helm and kn not found: install the program, or add its folder to PATH\n"
