"""The command of ``scripts/bench``: one tiny benchmark, from processes to tables. No figure is checked for its size."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.functions import ROOT


def run_bench(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command as the script does."""
    command = [sys.executable, "-P", "-m", "tests.benchmarks", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, env=environment)


def test_a_question_is_measured_and_answered(tmp_path: Path) -> None:
    """It prints a table with every subject and each verdict, and stores raw numbers and plots."""
    run = run_bench("audit", "--rounds", 1, "--seconds", 0.2, "--results", tmp_path)
    assert run.returncode == 0, run.stderr
    assert "| append-audit " in run.stdout
    assert "| one-row transaction " in run.stdout
    assert "| rate beside the one-row transaction |" in run.stdout
    rounds = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))["raw"]["rounds"]
    assert all(one["pieces"] > 0 and one["rejected"] == 0 for measured in rounds.values() for one in measured)
    assert ET.parse(tmp_path / "plots" / "audit.svg").getroot().tag.endswith("svg")
    assert run_bench("audit", "--show", "--results", tmp_path).stdout == run.stdout


def test_an_unknown_question_is_rejected() -> None:
    """The message lists the questions that exist."""
    run = run_bench("speed")
    assert run.returncode == 2
    assert "there is no question speed: choose from reactions, audit" in run.stderr
