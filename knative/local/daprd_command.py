"""Find ``daprd``, the program of a Dapr sidecar, and build its command line."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from knative.local.start_error import StartError

SLIM: Final = Path(".dapr", "bin", "daprd")
"""Where ``dapr init --slim`` installs it, in the user's home."""

LOOPBACK: Final = "127.0.0.1"


class SidecarPorts(NamedTuple):
    """The ports of a sidecar: its HTTP and gRPC APIs for the function, and one for other sidecars, which is unused."""

    http: int
    grpc: int
    internal: int


def find_daprd(environ: Mapping[str, str]) -> Path:
    """Return the program that ``DAPRD`` names, or else the one on ``PATH``, or else the one of ``dapr init --slim``.

    Raises :class:`StartError` if there is none.
    """
    named = environ.get("DAPRD")
    if named:
        if not _is_executable(Path(named)):
            raise StartError(f"DAPRD={named} is not an executable program: set it to the path of daprd, or unset it")
        return Path(named).resolve()
    on_path = shutil.which("daprd", path=environ.get("PATH", ""))
    if on_path:
        return Path(on_path).resolve()
    slim = Path(environ.get("HOME", "/")) / SLIM
    if _is_executable(slim):
        return slim
    raise StartError(
        f"--dapr needs daprd, which is neither on PATH nor at {slim}: install it with dapr init --slim "
        "(https://docs.dapr.io), or set DAPRD=/path/to/daprd"
    )


def build_daprd_command(
    daprd: Path, *, app: str, resources: Path, configuration: Path, ports: SidecarPorts
) -> list[str]:
    """Return the command line of a function's sidecar, which listens on loopback only.

    Without an address of a placement or scheduler service, the sidecar does not look for one.
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
    """Return a path quoted as in CSV: daprd splits these options at commas."""
    return '"' + str(path).replace('"', '""') + '"'


def _is_executable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
