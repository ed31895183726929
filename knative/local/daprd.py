"""``daprd``, the program that a Dapr sidecar is: where it is found, and how it is called."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from knative.local.start_error import StartError

SLIM: Final = Path(".dapr", "bin", "daprd")
"""Where ``dapr init --slim`` puts it, in the user's home."""

LOOPBACK: Final = "127.0.0.1"


class Ports(NamedTuple):
    """What one listens on: its two APIs for the function, and one for other sidecars, of whom there are none."""

    http: int
    grpc: int
    internal: int


def find_daprd(environ: Mapping[str, str]) -> Path:
    """Return the program that ``DAPRD`` names, or the one on ``PATH``, or the one of Dapr's own command.

    Raises :class:`StartError`.
    """
    named = environ.get("DAPRD")
    if named:
        if not _can_run(Path(named)):
            raise StartError(f"DAPRD={named} is no program that can be run: say where daprd is, or leave it unset")
        return Path(named).resolve()
    on_path = shutil.which("daprd", path=environ.get("PATH", ""))
    if on_path:
        return Path(on_path).resolve()
    slim = Path(environ.get("HOME", "/")) / SLIM
    if _can_run(slim):
        return slim
    raise StartError(
        f"--dapr needs daprd, which is neither on PATH nor at {slim}: get it with dapr init --slim, "
        "of Dapr's command (https://docs.dapr.io), or say where it is with DAPRD=/path/to/daprd"
    )


def command(daprd: Path, *, app: str, resources: Path, configuration: Path, ports: Ports) -> list[str]:
    """Return the command line of a function's sidecar: for that function alone, on loopback alone.

    It is told of no placement and no scheduler, so it looks for none.
    """
    return [
        str(daprd),
        *("--app-id", app),
        *("--resources-path", _quoted(resources)),
        *("--config", _quoted(configuration)),
        *("--dapr-listen-addresses", LOOPBACK),
        *("--dapr-http-port", str(ports.http)),
        *("--dapr-grpc-port", str(ports.grpc)),
        *("--dapr-internal-grpc-listen-address", LOOPBACK),
        *("--dapr-internal-grpc-port", str(ports.internal)),
        "--enable-metrics=false",
        "--log-as-json",
    ]


def _quoted(path: Path) -> str:
    """Return a path where a list is taken: commas divide it, unless they are quoted as in CSV."""
    return '"' + str(path).replace('"', '""') + '"'


def _can_run(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
