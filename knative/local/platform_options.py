"""Parse the command line of ``scripts/up``."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from knative.local.data_folder import DEFAULT_DATA

CHECKOUT: Final = Path(__file__).resolve().parents[2]
"""The folder of the source code."""

_LAST_PORT = 65535


@dataclass(frozen=True)
class PlatformOptions:
    """The options of the platform. ``port`` 0 is any free port; ``data`` and ``functions`` are absolute paths."""

    port: int
    data: Path
    fresh: bool
    dapr: bool
    functions: Path


def parse_platform_options(arguments: Sequence[str] | None = None) -> PlatformOptions:
    """Return the options of a command line. Exit with code 2 and one line if an option is wrong."""
    parser = argparse.ArgumentParser(
        prog="scripts/up", description="Run the whole system here. Ctrl-C stops it.", allow_abbrev=False
    )
    parser.add_argument("--port", type=_port, default=8080, metavar="N", help="where to listen (%(default)s)")
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="the folder for all data")
    parser.add_argument("--fresh", action="store_true", help="delete the data of earlier runs first")
    parser.add_argument("--dapr", action="store_true", help="state and secrets through Dapr sidecars; needs daprd")
    # Tests run functions that are not part of the system.
    parser.add_argument(
        "--functions", type=Path, default=CHECKOUT / "knative/chart/functions.yaml", help=argparse.SUPPRESS
    )
    given = parser.parse_args(arguments)
    return PlatformOptions(given.port, given.data.resolve(), given.fresh, given.dapr, given.functions.resolve())


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: it must be from 0 (any free port) to {_LAST_PORT}")
    return int(text)
