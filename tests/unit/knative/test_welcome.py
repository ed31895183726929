"""What a user is told once everything runs."""

import shlex
from pathlib import Path

from knative.local.data_folder import DEFAULT_DATA
from knative.local.secrets import open_secrets
from knative.local.welcome import welcome

URL = "http://127.0.0.1:8080"


def _lines(tmp_path: Path, data: Path, database: Path) -> list[str]:
    return welcome(URL, data, open_secrets(tmp_path, ()), database).splitlines()


def test_curl_line_can_be_pasted(tmp_path: Path) -> None:
    """The line is one whole command with a token, as a shell reads it."""
    [line] = [line for line in _lines(tmp_path, tmp_path, tmp_path / "postgres") if line.startswith("curl")]
    words = shlex.split(line)
    assert words[2] == f"{URL}/tasks"
    assert words[6].startswith("Authorization: Bearer ey")
    assert words[-1] == '{"title": "Water the plants"}'


def test_says_where_the_data_is_and_how_to_stop(tmp_path: Path) -> None:
    """A database that lives elsewhere is named; a data folder of one's own is part of the token's command."""
    data = tmp_path / "my data"
    said = "\n".join(_lines(tmp_path, data, Path("/var/lib/x")))
    assert f"The data is in {data}, the database in /var/lib/x. Ctrl-C stops everything." in said
    assert f"scripts/token USER --data '{data}' prints another" in said


def test_says_no_more_than_needed(tmp_path: Path) -> None:
    """With the usual data folder the commands are the short ones."""
    said = "\n".join(_lines(tmp_path, DEFAULT_DATA, DEFAULT_DATA / "postgres"))
    assert f"The data is in {DEFAULT_DATA}. Ctrl-C stops everything." in said
    assert "scripts/token USER prints another" in said
