"""The command line of ``scripts/up``."""

from pathlib import Path

import pytest

from knative.local.platform_options import CHECKOUT, parse_platform_options


def test_defaults() -> None:
    """The port is 8080, the data is beside the code and stays, and there are no sidecars."""
    options = parse_platform_options([])
    assert (options.port, options.data, options.fresh, options.dapr) == (8080, CHECKOUT / ".data", False, False)
    assert options.functions == CHECKOUT / "knative" / "chart" / "functions.yaml"


def test_relative_paths_start_at_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The place of the code does not matter."""
    monkeypatch.chdir(tmp_path)
    arguments = ["--port", "0", "--data", "my data", "--fresh", "--dapr", "--functions", "other.yaml"]
    options = parse_platform_options(arguments)
    assert (options.port, options.data, options.fresh, options.dapr) == (0, tmp_path / "my data", True, True)
    assert options.functions == tmp_path / "other.yaml"


@pytest.mark.parametrize("port", ["-1", "65536", "http", "8080.5", "", "٣"])
def test_an_invalid_port_is_rejected(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The error names the valid range."""
    with pytest.raises(SystemExit) as rejected:
        parse_platform_options([f"--port={port}"])
    assert rejected.value.code == 2
    assert "is not a port: it must be from 0 (any free port) to 65535" in capsys.readouterr().err


def test_the_help_hides_options_for_tests(capsys: pytest.CaptureFixture[str]) -> None:
    """It lists the options of a user only."""
    with pytest.raises(SystemExit):
        parse_platform_options(["--help"])
    text = capsys.readouterr().out
    assert "--port" in text
    assert "--functions" not in text
