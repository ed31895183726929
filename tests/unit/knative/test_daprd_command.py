"""Finding daprd, and its command line."""

from pathlib import Path

import pytest

from knative.local.daprd_command import SidecarPorts, build_daprd_command, find_daprd
from knative.local.start_error import StartError


def create_program(path: Path) -> Path:
    """Create an executable file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


def test_daprd_is_found_by_variable_then_path_then_home(tmp_path: Path) -> None:
    """Each place is used only if those before it have no program."""
    named = create_program(tmp_path / "named" / "my daprd")
    on_path = create_program(tmp_path / "bin" / "daprd")
    slim = create_program(tmp_path / "home" / ".dapr" / "bin" / "daprd")
    everywhere = {"DAPRD": str(named), "PATH": str(on_path.parent), "HOME": str(tmp_path / "home")}
    assert find_daprd(everywhere) == named
    assert find_daprd({**everywhere, "DAPRD": ""}) == on_path
    assert find_daprd({"PATH": str(tmp_path), "HOME": str(tmp_path / "home")}) == slim


def test_a_missing_daprd_is_explained(tmp_path: Path) -> None:
    """One line names the places that were searched, and the remedies."""
    with pytest.raises(StartError) as missing:
        find_daprd({"PATH": str(tmp_path), "HOME": str(tmp_path)})
    message = str(missing.value)
    assert message.startswith(f"--dapr needs daprd, which is neither on PATH nor at {tmp_path}/.dapr/bin/daprd: ")
    assert "dapr init --slim" in message
    assert "DAPRD=/path/to/daprd" in message
    assert "\n" not in message


@pytest.mark.parametrize("named", ["nowhere", "."], ids=["absent", "folder"])
def test_a_wrong_variable_is_an_error(tmp_path: Path, named: str) -> None:
    """A program on PATH is not used instead."""
    create_program(tmp_path / "bin" / "daprd")
    with pytest.raises(StartError, match="is not an executable program"):
        find_daprd({"DAPRD": str(tmp_path / named), "PATH": str(tmp_path / "bin")})


def test_the_command_line_listens_on_loopback_at_the_given_ports() -> None:
    """A folder with a comma or quotes in its name is still one folder."""
    resources = Path('/a "folder", so')
    command = build_daprd_command(
        Path("/bin/daprd"),
        app="tasks",
        resources=resources,
        configuration=resources / "configuration.yaml",
        ports=SidecarPorts(http=1, grpc=2, internal=3),
    )
    assert command[0] == "/bin/daprd"
    options = dict(zip(command[1::2], command[2::2], strict=False))
    assert options["--app-id"] == "tasks"
    assert options["--resources-path"] == '"/a ""folder"", so"'
    assert options["--config"] == '"/a ""folder"", so/configuration.yaml"'
    assert [options[f"--dapr-{name}-port"] for name in ("http", "grpc", "internal-grpc")] == ["1", "2", "3"]
    assert options["--dapr-listen-addresses"] == options["--dapr-internal-grpc-listen-address"] == "127.0.0.1"
    assert "--enable-metrics=false" in command
