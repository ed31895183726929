"""``python -m knative.deploy`` with stand-ins for kubectl, kn and helm, which answer from recordings."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from knative.deploy.chart import CHART
from tests.unit.knative.deploy.samples import broker, revision, service

ROOT = Path(__file__).parents[4]

KUBECONFIG = {
    "current-context": "kind",
    "contexts": [
        {"name": "kind", "context": {"cluster": "kind", "user": "admin", "namespace": "todo"}},
        {"name": "cloud", "context": {"cluster": "cloud", "user": "admin"}},
    ],
}

# Python that a shell starts: the line that names an interpreter cannot hold the path of one that has a space.
STAND_IN = """#!/bin/sh
"exec" "{python}" "$0" "$@"
import json, pathlib, sys
here = pathlib.Path(__file__).parent
words = [pathlib.Path(__file__).name, *sys.argv[1:]]
with (here / "calls").open("a") as calls:
    calls.write(" ".join(words) + "\\n")
for begin, answer in json.loads((here / "answers.json").read_text()):
    if " ".join(words).startswith(begin):
        print(answer.get("err", ""), end="", file=sys.stderr)
        print(answer.get("out", ""), end="")
        sys.exit(answer.get("code", 0))
"""


class Deploy:
    """The command, and a folder of stand-ins."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._answers: list[tuple[str, dict[str, Any]]] = []
        for name in ("kubectl", "kn", "helm"):
            program = folder / name
            program.write_text(STAND_IN.format(python=sys.executable))
            program.chmod(0o755)
        self.answer("kubectl config get-contexts", out="kind\ncloud\n")
        self.answer("kubectl config view", out=json.dumps(KUBECONFIG))
        self.answer("helm get manifest", err="walk.go: a link\nError: release: not found\n", code=1)

    def answer(self, begin: str, **answer: Any) -> None:
        """Let commands that begin so print and exit so; what is told last goes first."""
        self._answers.insert(0, (begin, answer))

    def lists(self, kind: str, *resources: Any) -> None:
        """Let ``kubectl get`` find these."""
        items = [resource.document for resource in resources]
        self.answer(f"kubectl get {kind}", out=json.dumps({"kind": "List", "items": items}))

    def without(self, name: str) -> None:
        """Take a program away."""
        (self._folder / name).unlink()

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it."""
        (self._folder / "answers.json").write_text(json.dumps(self._answers))
        (self._folder / "calls").write_text("")
        environment = {"PATH": f"{self._folder}", "PYTHONPATH": str(ROOT), "HOME": os.environ.get("HOME", "/")}
        command = [sys.executable, "-P", "-m", "knative.deploy", *arguments]
        return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)

    @property
    def changes(self) -> list[str]:
        """What was called that changes something, or waits for it."""
        calls = (self._folder / "calls").read_text().splitlines()
        reading = ("kubectl config", "kubectl get", "helm template", "helm get")
        return [call for call in calls if not call.startswith(reading)]


@pytest.fixture
def deploy(tmp_path: Path) -> Deploy:
    """The command."""
    return Deploy(tmp_path)


ALL = "services.serving.knative.dev,brokers.eventing.knative.dev"


def test_by_the_chart(deploy: Deploy) -> None:
    """It says what it does and where before it does it, and waits until all is ready."""
    deploy.lists(ALL)
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
{json.dumps(dict(broker().document))}
---
apiVersion: v1
kind: Service
metadata: {{name: todo-postgresql}}
"""


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_kn_after_the_chart(deploy: Deploy, dry: list[str]) -> None:
    """The chart without its functions would delete them: nothing is begun."""
    deploy.lists(ALL, broker())
    deploy.answer("helm get manifest todo", out=MANIFEST)
    deploy.answer("helm template", out=MANIFEST)
    done = deploy("--kn", *dry)
    assert done.returncode == 1
    assert done.stderr == (
        "the functions in namespace todo on context kind are Helm's, which would delete them before kn makes them anew:"
        " go on with --helm, or begin with helm uninstall todo\n"
    )
    assert deploy.changes == []


def test_a_dry_run_of_the_chart(deploy: Deploy) -> None:
    """Its output is a script, which changes nothing itself."""
    deploy.lists(ALL)
    done = deploy("--helm", "--dry-run", "--context", "cloud")
    assert done.returncode == 0
    assert deploy.changes == []
    assert all(line.startswith(("# ", "helm ", "kubectl ")) for line in done.stdout.splitlines())
    assert "--kube-context cloud --namespace default" in done.stdout


def test_by_kn(deploy: Deploy) -> None:
    """The chart makes what kn cannot, before kn makes the rest."""
    deploy.lists(ALL)
    deploy.answer("helm template", out=json.dumps(dict(broker().document)))
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


def test_a_dry_run_by_kn_without_a_cluster(deploy: Deploy) -> None:
    """The plan is that for an empty namespace, and says why."""
    deploy.answer("kubectl get", err="Unable to connect to the server: refused\n", code=1)
    deploy.answer("helm template", out=json.dumps(dict(broker().document)))
    done = deploy("--kn", "--dry-run")
    assert done.returncode == 0
    assert "# the plan for an empty namespace, as the cluster cannot be asked: kubectl get" in done.stdout
    assert "\nkn broker create default" in done.stdout
    assert deploy.changes == []


def test_one_function(deploy: Deploy) -> None:
    """Its revisions are read, and the step is said before it is done."""
    deploy.lists("services", service())
    deploy.lists("revisions", revision(1), revision(2))
    done = deploy("tasks", "--rollback")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("in namespace todo on context kind: tasks-00001 gets all traffic of tasks\n+ kn ")
    assert deploy.changes[0].startswith("kn service update tasks --traffic tasks-00001=100 --no-wait")


def test_a_function_that_is_not_deployed(deploy: Deploy) -> None:
    """It is said where it was looked for."""
    deploy.lists("services")
    done = deploy("tasks")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "tasks is not in namespace todo on context kind: deploy all functions first, with --helm or --kn\n"
    )


def test_what_does_not_become_ready(deploy: Deploy) -> None:
    """Each is named with its reason."""
    waiting = service()
    failed = {"type": "Ready", "status": "False", "reason": "RevisionFailed", "message": "no such\nimage"}
    document = {**waiting.document, "status": {"conditions": [failed]}}
    deploy.answer(f"kubectl get {ALL}", out=json.dumps({"kind": "List", "items": [document]}))
    deploy.answer("kubectl wait", err="timed out\n", code=1)
    done = deploy("--helm")
    assert done.returncode == 1
    assert "Service tasks is not ready: RevisionFailed no such image\n" in done.stderr


@pytest.mark.parametrize(
    ("begin", "answer", "says"),
    [
        (
            "helm template",
            {"err": "walk.go: a link\nError: image.tag:\n  wrong\n", "code": 1},
            "Error: image.tag: wrong",
        ),
        (
            "kubectl config view",
            {"out": "{}"},
            "there is no current context: set KUBECONFIG, or name one with --context",
        ),
        (
            "kubectl get",
            {"err": "the server doesn't have a resource type", "code": 1},
            "Knative is not on kind: install",
        ),
    ],
)
def test_one_line_about_what_is_wrong(deploy: Deploy, begin: str, answer: dict[str, Any], says: str) -> None:
    """Without a traceback, and without what a program only warns of."""
    deploy.answer(begin, **answer)
    done = deploy("--kn")
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert "walk.go" not in done.stderr


def test_an_unknown_context(deploy: Deploy) -> None:
    """Those that there are are named."""
    done = deploy("--helm", "--context", "mars")
    assert (done.returncode, done.stderr) == (1, "there is no context mars: the kubeconfig has kind, cloud\n")


def test_a_missing_program(deploy: Deploy) -> None:
    """All that are missing are named before anything is begun."""
    deploy.without("kn")
    deploy.without("helm")
    done = deploy("--kn")
    assert done.returncode == 1
    assert done.stderr == "helm and kn cannot be found: install it, or add its folder to PATH\n"
