"""The version in pyproject.toml and its copies in files that need a literal."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

COPIES = {
    "knative/Dockerfile": r"(?m)^ARG VERSION=(\S+)$",
    "knative/README.md": r"docker build -t todo-functions:(\S+) ",
    "CHANGELOG.md": r"(?m)^## \[(\d\S*)\]",
}
"""For each file the pattern of its first mention of the version."""


@pytest.mark.parametrize("file", COPIES)
def test_copies_equal_the_version(file: str) -> None:
    """Image label, documented image tag and newest release name the version of pyproject.toml."""
    found = re.search(COPIES[file], (ROOT / file).read_text(encoding="utf-8"))
    assert found is not None
    assert found[1] == VERSION


@pytest.mark.parametrize("chart", ["knative/chart", "dapr-components"])
def test_charts_have_the_version(chart: str) -> None:
    """A chart, the application it installs and the subchart it depends on are released together."""
    described = yaml.safe_load((ROOT / chart / "Chart.yaml").read_text(encoding="utf-8"))
    versions = {
        "version": described["version"],
        "appVersion": described.get("appVersion", VERSION),
        **{dependency["name"]: dependency["version"] for dependency in described.get("dependencies", [])},
    }
    assert versions == dict.fromkeys(versions, VERSION)
