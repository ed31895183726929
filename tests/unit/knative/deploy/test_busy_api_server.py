"""Tests that a command that reads the cluster tolerates an API server that is too busy to answer."""

from pathlib import Path

import pytest

from knative.deploy import commands
from knative.deploy.commands import READ_ATTEMPTS, DeployError, read_output

TIMED_OUT = "Unable to connect to the server: request canceled (Client.Timeout exceeded while awaiting headers)"


@pytest.fixture(autouse=True)
def _no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands.time, "sleep", lambda _seconds: None)  # type: ignore[attr-defined] # the module it uses


def write_program(folder: Path, error: str, failures: int) -> tuple[str, Path]:
    """Return a command that prints ``error`` and fails ``failures`` times, and the file that counts its runs."""
    runs = folder / "runs"
    program = folder / "get"
    program.write_text(
        f"echo x >> '{runs}'\n[ $(wc -l < '{runs}') -gt {failures} ] || {{ echo '{error}' >&2; exit 1; }}\necho found\n"
    )
    return f"sh '{program}'", runs


def test_a_read_is_tried_again_when_the_api_server_does_not_answer(tmp_path: Path) -> None:
    """The third attempt gets the answer."""
    command, runs = write_program(tmp_path, TIMED_OUT, failures=2)
    assert read_output(command) == "found\n"
    assert runs.read_text().count("x") == 3


def test_a_read_fails_with_one_line_after_the_last_attempt(tmp_path: Path) -> None:
    """The error names the command's own reason."""
    command, runs = write_program(tmp_path, TIMED_OUT, failures=99)
    with pytest.raises(DeployError, match=r"Client\.Timeout exceeded"):
        read_output(command)
    assert runs.read_text().count("x") == READ_ATTEMPTS


def test_a_wrong_name_fails_at_once(tmp_path: Path) -> None:
    """An error that another attempt cannot mend is reported after the first."""
    command, runs = write_program(tmp_path, "error: context not found", failures=99)
    with pytest.raises(DeployError, match="context not found"):
        read_output(command)
    assert runs.read_text().count("x") == 1
