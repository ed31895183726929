"""What ``scripts/up`` may be told."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from knative.local.data_folder import DEFAULT_DATA

ROOT: Final = Path(__file__).resolve().parents[2]
"""The checkout."""

_LAST_PORT = 65535


@dataclass(frozen=True)
class Options:
    """The command line, checked. ``port`` 0 is any free one."""

    port: int
    data: Path
    fresh: bool
    dapr: bool
    functions: Path


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Return the options on the command line; exits with one line, code 2, where one is wrong."""
    parser = argparse.ArgumentParser(
        prog="scripts/up", description="Run the whole system here. Ctrl-C stops it.", allow_abbrev=False
    )
    parser.add_argument("--port", type=_port, default=8080, metavar="N", help="where to listen (%(default)s)")
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="what to keep, and where")
    parser.add_argument("--fresh", action="store_true", help="forget what the data folder holds, and start anew")
    parser.add_argument("--dapr", action="store_true", help="state and secrets through Dapr sidecars; needs daprd")
    # For tests, which run functions that the product does not have.
    parser.add_argument("--functions", type=Path, default=ROOT / "knative/chart/functions.yaml", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    return Options(given.port, given.data.resolve(), given.fresh, given.dapr, given.functions.resolve())


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: it must be 0 (any) to {_LAST_PORT}")
    return int(text)
