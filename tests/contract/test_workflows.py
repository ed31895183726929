"""The files in .github that only GitHub reads, and the hooks of pre-commit: valid, pinned, and calling our scripts."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")

ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
PINNED = re.compile(r"[\w.-]+/[\w./-]+@(v\d+|[0-9a-f]{40})")
SCRIPT = re.compile(r"(?<![\w./-])(?:scripts|\.ci)/[a-z-]+")


def read(path: Path) -> Any:
    """Return a YAML file's content."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def jobs() -> dict[str, dict[str, Any]]:
    """Return the jobs of all workflows by name."""
    return {name: job for path in WORKFLOWS for name, job in read(path)["jobs"].items()}


def steps() -> list[dict[str, Any]]:
    """Return the steps of all jobs."""
    return [step for job in jobs().values() for step in job["steps"]]


@pytest.fixture(scope="session")
def actionlint() -> list[str]:
    """The command that runs actionlint: from PATH, or built by Go; skips the test if there is neither."""
    if found := shutil.which("actionlint"):
        return [found]
    go = shutil.which("go", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/go/bin")))
    if go is None:
        pytest.skip("neither actionlint nor Go is installed")
    command = [go, "run", ACTIONLINT]
    built = subprocess.run([*command, "-version"], check=False, capture_output=True, text=True, timeout=600)
    if built.returncode:
        pytest.skip(f"cannot build actionlint: {built.stderr.strip()[-200:]}")
    return command


def test_actionlint_accepts_the_workflows(actionlint: list[str]) -> None:
    """Syntax, expressions and shell scripts of every workflow are valid."""
    assert WORKFLOWS
    done = subprocess.run([*actionlint, *WORKFLOWS], check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_actions_are_pinned() -> None:
    """Each action is pinned to a major version or a commit, never to a branch."""
    used = [step["uses"] for step in steps() if "uses" in step]
    assert used
    assert [name for name in used if not PINNED.fullmatch(name)] == []


def test_workflows_have_least_privilege() -> None:
    """Every workflow limits its token to reading, and every job its time."""
    assert [path.name for path in WORKFLOWS if read(path)["permissions"] != {"contents": "read"}] == []
    assert [name for name, job in jobs().items() if "timeout-minutes" not in job] == []


def test_the_workflow_runs_the_scripts() -> None:
    """Checks, tests and cluster tests run through the scripts that contributors use."""
    run = {line.strip() for step in steps() for line in step.get("run", "").splitlines()}
    assert {"scripts/check", "scripts/test", "scripts/test cluster"} <= run


def test_the_workflow_tests_the_supported_pythons() -> None:
    """The oldest Python of the matrix is the oldest that pyproject.toml allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tested = jobs()["test"]["strategy"]["matrix"]["python"]
    assert project["requires-python"] == f">={tested[0]}"
    assert tested == ["3.11", "3.12", "3.13"]


def test_the_cluster_has_the_documented_versions() -> None:
    """Each version that the workflow installs is one that knative/README.md names, at least by its minor version."""
    [workflow] = WORKFLOWS
    text = (ROOT / "knative" / "README.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"\d+(?:\.\d+)+", text))
    installed = read(workflow)["env"]
    assert installed.keys() == {"DAPR", "HELM", "KN", "KNATIVE", "KUBERNETES", "MINIKUBE"}
    undocumented = {
        name for name, version in installed.items() if not {version, version.rpartition(".")[0]} & documented
    }
    assert undocumented <= {"MINIKUBE"}


def test_dependabot_watches_every_ecosystem() -> None:
    """Each entry names an existing folder and an interval."""
    config = read(GITHUB / "dependabot.yml")
    assert config["version"] == 2
    assert {entry["package-ecosystem"] for entry in config["updates"]} == {"pip", "github-actions", "docker"}
    for entry in config["updates"]:
        assert (ROOT / entry["directory"].strip("/")).is_dir()
        assert entry["schedule"]["interval"] in {"weekly", "monthly"}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_issue_forms_are_complete(path: Path) -> None:
    """A form has a name, a description and fields; every field but a note has a unique id and a label."""
    form = read(path)
    assert form["name"]
    assert form["description"]
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert fields
    assert all(field["type"] in {"checkboxes", "dropdown", "input", "textarea"} for field in fields)
    assert all(field["attributes"]["label"] for field in fields)
    assert len({field["id"] for field in fields}) == len(fields)


def test_issues_use_a_form() -> None:
    """There are forms, and blank issues are turned off."""
    assert FORMS
    assert read(GITHUB / "ISSUE_TEMPLATE" / "config.yml") == {"blank_issues_enabled": False}


def test_hooks_run_our_own_tools() -> None:
    """pre-commit uses local hooks only, so that only the lock files contain the tools' versions."""
    config = read(ROOT / ".pre-commit-config.yaml")
    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    for hook in config["repos"][0]["hooks"]:
        for script in SCRIPT.findall(hook["entry"]):
            assert os.access(ROOT / script, os.X_OK), script
