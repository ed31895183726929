"""The lock files in requirements, compared with pyproject.toml and with each other."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _locked(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["image", "local", "test"])
def test_every_dependency_is_locked(name: str) -> None:
    """A dependency in pyproject.toml that no lock file has means that scripts/lock was not run."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = ["image", "local", "test"]
    required = list(project["dependencies"])
    for extra in extras[: extras.index(name) + 1]:
        required += project["optional-dependencies"][extra]
    names = {re.split(r"[\[<>=~! ]", requirement)[0] for requirement in required} - {project["name"]}
    assert names <= _locked(name).keys()


@pytest.mark.parametrize("name", ["image", "local"])
def test_versions_are_the_tested_ones(name: str) -> None:
    """A laptop and a cluster get the versions that the tests ran with."""
    assert _locked(name).items() <= _locked("test").items()


@pytest.mark.parametrize("name", ["image", "local", "test"])
def test_no_index_is_named(name: str) -> None:
    """Each machine configures its own package index."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text


@pytest.mark.parametrize("name", ["image", "local", "test"])
def test_every_package_has_hashes(name: str) -> None:
    """An installation rejects a package with another hash than the locked one."""
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    following = {line: lines[at + 1] for at, line in enumerate(lines) if "==" in line and not line.startswith("#")}
    assert following
    assert all(after.strip().startswith("--hash=sha256:") for after in following.values())
