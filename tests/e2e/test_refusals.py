"""What cannot start says why, in one line, and leaves nothing behind."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.e2e.system import ROOT, System


def _start(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "knative.local", *options],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_port_in_use(tmp_path: Path) -> None:
    """Before anything is started, a port that somebody else listens on is refused."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = _start("--port", str(port), "--data", str(tmp_path))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"port {port} is in use: choose another with --port\n"
    assert not (tmp_path / "postgres").exists()


def test_data_folder_in_use(system: System) -> None:
    """A second platform on the same data names the folder and who has it; the first goes on."""
    refused = _start("--port", "0", "--data", str(system.data))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"data folder {system.data} is in use by another instance (pid ")
    assert refused.stderr.count("\n") == 1
    assert system.call("GET", "/tasks").status == 200


def test_unusable_list_of_functions(tmp_path: Path) -> None:
    """A list with a mistake is refused with its place in the file."""
    listed = tmp_path / "functions.yaml"
    listed.write_text("broker: {}\nfunctions: []\n")
    refused = _start("--port", "0", "--data", str(tmp_path / "data"), "--functions", str(listed))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"{listed}: broker.name: ")
    assert refused.stderr.count("\n") == 1
