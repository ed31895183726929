"""The lock files against what they lock."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _locked(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["image", "local", "test"])
def test_holds_every_dependency(name: str) -> None:
    """What pyproject.toml asks for is locked: a forgotten scripts/lock shows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = ["image", "local", "test"]
    asked = list(project["dependencies"])
    for extra in extras[: extras.index(name) + 1]:
        asked += project["optional-dependencies"][extra]
    names = {re.split(r"[\[<>=~! ]", one)[0] for one in asked} - {project["name"]}
    assert names <= _locked(name).keys()


@pytest.mark.parametrize("name", ["image", "local"])
def test_runs_what_is_tested(name: str) -> None:
    """A laptop and a cluster get the very versions that the tests ran with."""
    assert _locked(name).items() <= _locked("test").items()


@pytest.mark.parametrize("name", ["image", "local", "test"])
def test_names_no_index(name: str) -> None:
    """Where packages come from is the machine's business."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text


@pytest.mark.parametrize("name", ["image", "local", "test"])
def test_every_package_has_hashes(name: str) -> None:
    """No package may be another than the one that was locked."""
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    following = {line: lines[at + 1] for at, line in enumerate(lines) if "==" in line and not line.startswith("#")}
    assert following
    assert all(after.strip().startswith("--hash=sha256:") for after in following.values())
