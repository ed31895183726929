"""Where daprd is found, and how it is called."""

from pathlib import Path

import pytest

from knative.local.daprd import Ports, command, find_daprd
from knative.local.start_error import StartError


def program(path: Path) -> Path:
    """Make a file that can be run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


def test_the_variable_comes_before_the_path_and_the_path_before_the_home(tmp_path: Path) -> None:
    """Each is looked at only where the one before says nothing."""
    named = program(tmp_path / "named" / "my daprd")
    on_path = program(tmp_path / "bin" / "daprd")
    slim = program(tmp_path / "home" / ".dapr" / "bin" / "daprd")
    everywhere = {"DAPRD": str(named), "PATH": str(on_path.parent), "HOME": str(tmp_path / "home")}
    assert find_daprd(everywhere) == named
    assert find_daprd({**everywhere, "DAPRD": ""}) == on_path
    assert find_daprd({"PATH": str(tmp_path), "HOME": str(tmp_path / "home")}) == slim


def test_missing(tmp_path: Path) -> None:
    """Who has none is told in a line where it was looked for, and how to get it."""
    with pytest.raises(StartError) as missing:
        find_daprd({"PATH": str(tmp_path), "HOME": str(tmp_path)})
    said = str(missing.value)
    assert said.startswith(f"--dapr needs daprd, which is neither on PATH nor at {tmp_path}/.dapr/bin/daprd: ")
    assert "dapr init --slim" in said
    assert "DAPRD=/path/to/daprd" in said
    assert "\n" not in said


@pytest.mark.parametrize("named", ["nowhere", "."], ids=["absent", "folder"])
def test_named_in_vain(tmp_path: Path, named: str) -> None:
    """What the variable names is taken at its word, even where another would be found."""
    program(tmp_path / "bin" / "daprd")
    with pytest.raises(StartError, match="is no program that can be run"):
        find_daprd({"DAPRD": str(tmp_path / named), "PATH": str(tmp_path / "bin")})


def test_command_line() -> None:
    """It listens on loopback alone, at the ports it is given; a folder of any name is one folder."""
    resources = Path('/a "folder", so')
    made = command(
        Path("/bin/daprd"),
        app="tasks",
        resources=resources,
        configuration=resources / "configuration.yaml",
        ports=Ports(http=1, grpc=2, internal=3),
    )
    assert made[0] == "/bin/daprd"
    options = dict(zip(made[1::2], made[2::2], strict=False))
    assert options["--app-id"] == "tasks"
    assert options["--resources-path"] == '"/a ""folder"", so"'
    assert options["--config"] == '"/a ""folder"", so/configuration.yaml"'
    assert [options[f"--dapr-{name}-port"] for name in ("http", "grpc", "internal-grpc")] == ["1", "2", "3"]
    assert options["--dapr-listen-addresses"] == options["--dapr-internal-grpc-listen-address"] == "127.0.0.1"
    assert "--enable-metrics=false" in made
