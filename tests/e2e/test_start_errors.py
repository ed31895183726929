"""A platform that cannot start prints one line with the reason, and leaves no files."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.e2e.system import ROOT, System


def _run_platform(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "knative.local", *options],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_a_port_in_use_is_an_error(tmp_path: Path) -> None:
    """The port is checked before the database is created."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = _run_platform("--port", str(port), "--data", str(tmp_path))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"port {port} is in use: choose another with --port\n"
    assert not (tmp_path / "postgres").exists()


def test_a_data_folder_in_use_is_an_error(system: System) -> None:
    """The error names the folder and the process that uses it. The first platform runs on."""
    result = _run_platform("--port", "0", "--data", str(system.data))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"data folder {system.data} is in use by another instance (pid ")
    assert result.stderr.count("\n") == 1
    assert system.call("GET", "/tasks").status == 200


def test_an_invalid_list_of_functions_is_an_error(tmp_path: Path) -> None:
    """The error names the file and the member."""
    listed = tmp_path / "functions.yaml"
    listed.write_text("broker: {}\nfunctions: []\n")
    result = _run_platform("--port", "0", "--data", str(tmp_path / "data"), "--functions", str(listed))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"{listed}: broker.name: ")
    assert result.stderr.count("\n") == 1
