"""The lock files against what they lock."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _locked(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["local", "test"])
def test_holds_every_dependency(name: str) -> None:
    """What pyproject.toml asks for is locked: a forgotten scripts/lock shows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = project["dependencies"] + project["optional-dependencies"]["local"]
    if name == "test":
        asked = asked + [one for one in project["optional-dependencies"]["test"] if not one.startswith("todo-")]
    names = {re.split(r"[\[<>=~! ]", one)[0] for one in asked}
    assert names <= _locked(name).keys()


def test_a_laptop_runs_what_is_tested() -> None:
    """Both files hold the same version of whatever is in both."""
    assert _locked("local").items() <= _locked("test").items()


@pytest.mark.parametrize("name", ["local", "test"])
def test_names_no_index(name: str) -> None:
    """Where packages come from is the machine's business."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text


@pytest.mark.parametrize("name", ["local", "test"])
def test_every_package_has_hashes(name: str) -> None:
    """No package may be another than the one that was locked."""
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    following = {line: lines[at + 1] for at, line in enumerate(lines) if "==" in line and not line.startswith("#")}
    assert following
    assert all(after.strip().startswith("--hash=sha256:") for after in following.values())
