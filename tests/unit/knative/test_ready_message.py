"""The message of a platform that is ready."""

import shlex
from pathlib import Path

from knative.local.data_folder import DEFAULT_DATA
from knative.local.local_secrets import load_local_secrets
from knative.local.ready_message import compose_ready_message

URL = "http://127.0.0.1:8080"


def _message(tmp_path: Path, data: Path, database: Path) -> str:
    return compose_ready_message(URL, data, load_local_secrets(tmp_path, ()), database)


def test_the_curl_command_can_be_pasted(tmp_path: Path) -> None:
    """A shell reads the line as one whole command with a token."""
    lines = _message(tmp_path, tmp_path, tmp_path / "postgres").splitlines()
    [command] = [line for line in lines if line.startswith("curl")]
    words = shlex.split(command)
    assert words[2] == f"{URL}/tasks"
    assert words[6].startswith("Authorization: Bearer ey")
    assert words[-1] == '{"title": "Water the plants"}'


def test_other_folders_are_named(tmp_path: Path) -> None:
    """A database outside the data folder is named. The command for tokens includes the data folder."""
    data = tmp_path / "my data"
    message = _message(tmp_path, data, Path("/var/lib/x"))
    assert f"The data is in {data}, the database in /var/lib/x. Ctrl-C stops everything." in message
    assert f"scripts/token USER --data '{data}' prints another" in message


def test_the_default_folder_keeps_the_commands_short(tmp_path: Path) -> None:
    """The option --data is not needed."""
    message = _message(tmp_path, DEFAULT_DATA, DEFAULT_DATA / "postgres")
    assert f"The data is in {DEFAULT_DATA}. Ctrl-C stops everything." in message
    assert "scripts/token USER prints another" in message
