"""The verifier on the HTTP API, and the export."""

import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.audit.conftest import Checked
from verifier import api_source
from verifier.command_line import main

FORGED = """{"appendedAt": "2026-03-02T12:00:00Z", "event": {"type": "todo.TaskCreated", "forged": true}}"""


@pytest.fixture
def url(log: Checked) -> Iterator[str]:
    """The address of the audit service, which is served over HTTP."""
    with log.audit.served() as url:
        yield url


def test_the_api_is_verified(log: Checked, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command reads the entries that the newest checkpoint covers, and needs an operator's token."""
    token = log.audit.token("olga", "operator")
    assert main([url, "--token", token]) == 0
    assert "the log is empty" in capsys.readouterr().out
    log.deliver(5)
    saved = tmp_path / "checkpoint"
    saved.write_text(log.notes[3])
    assert main([url, "--token", token, "--checkpoint", str(saved)]) == 0
    assert "5 entries match 2 checkpoints (1 saved earlier)" in capsys.readouterr().out
    log.append.database.run("UPDATE audit.entries SET leaf = :forged WHERE index = 1", forged=FORGED.encode())
    assert main([url, "--token", token]) == 1
    assert "the first bad entry is one of 0 to 4: " in capsys.readouterr().out
    assert main([url, "--token", token, "--checkpoint", str(saved)]) == 1
    assert "the first bad entry is one of 0 to 2: " in capsys.readouterr().out
    assert main([url]) == 2
    assert "answered 401" in capsys.readouterr().err


def test_the_api_is_verified_page_by_page(
    log: Checked, url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages that are read at the same time keep their order, and a missing entry is found."""
    log.deliver(5)
    token = log.audit.token("olga", "operator")
    monkeypatch.setattr(api_source, "PAGE_SIZE", 2)
    assert main([url, "--token", token]) == 0
    assert "5 entries" in capsys.readouterr().out
    log.append.database.run("DELETE FROM audit.entries WHERE index = 3")
    assert main([url, "--token", token]) == 1
    assert capsys.readouterr().out.startswith("tampered with: entry 3: found index 4 in its place")
    log.append.database.run("DELETE FROM audit.entries WHERE index > 1")
    assert main([url, "--token", token]) == 1
    assert ": missing: " in capsys.readouterr().out


def test_an_export_from_the_database_equals_one_from_the_api(log: Checked, url: str, tmp_path: Path) -> None:
    """An export has one line of JSON for each entry, with the members of its leaf, and is verified as a file."""
    log.deliver(4)
    key = tmp_path / "key"
    key.write_text(log.get("/audit/key").text)
    one, other = tmp_path / "one", tmp_path / "other"
    assert main(["--export", str(one), log.append.database.url_of("audit"), "--key", str(key)]) == 0
    assert main(["--export", str(other), url, "--token", log.audit.token("olga", "operator")]) == 0
    lines, others = ([json.loads(line) for line in path.read_text().splitlines()] for path in (one, other))
    entries = [line for line in lines if "index" in line]
    assert entries == [line for line in others if "index" in line]
    for entry, item in zip(entries, log.get("/audit/entries").get_json()["items"], strict=True):
        leaf = json.loads(b64decode(item["leaf"]))
        assert entry == {"index": item["index"], "leaf": item["leaf"], **leaf}
    assert len([line for line in lines if "checkpoint" in line]) == 4
    assert main([str(one), "--key", str(key)]) == 0
    assert main([str(other)]) == 0
