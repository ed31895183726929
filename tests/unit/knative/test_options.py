"""The command line of ``scripts/up``."""

from pathlib import Path

import pytest

from knative.local.options import ROOT, parse


def test_defaults() -> None:
    """Without options: port 8080, the data beside the code, nothing forgotten, no sidecars."""
    options = parse([])
    assert (options.port, options.data, options.fresh, options.dapr) == (8080, ROOT / ".data", False, False)
    assert options.functions == ROOT / "knative" / "chart" / "functions.yaml"


def test_all_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative data folder is the caller's, wherever the code is."""
    monkeypatch.chdir(tmp_path)
    options = parse(["--port", "0", "--data", "my data", "--fresh", "--dapr", "--functions", "other.yaml"])
    assert (options.port, options.data, options.fresh, options.dapr) == (0, tmp_path / "my data", True, True)
    assert options.functions == tmp_path / "other.yaml"


@pytest.mark.parametrize("port", ["-1", "65536", "http", "8080.5", "", "٣"])
def test_no_port(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A port that is none is refused with the range."""
    with pytest.raises(SystemExit) as refused:
        parse([f"--port={port}"])
    assert refused.value.code == 2
    assert "is no port: it must be 0 (any) to 65535" in capsys.readouterr().err


def test_help_does_not_speak_of_what_tests_need(capsys: pytest.CaptureFixture[str]) -> None:
    """The help lists the options of a user."""
    with pytest.raises(SystemExit):
        parse(["--help"])
    said = capsys.readouterr().out
    assert "--port" in said
    assert "--functions" not in said
