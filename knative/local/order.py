"""What the platform and its fork server tell each other: a JSON object a line, over two pipes.

The platform orders a process, or a signal to one. Back comes that it was forked, that it is ready, and that it exited.
A program that is not ours says nothing of being ready.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Start:
    """A process is to be forked, to serve one function on a unix socket; ``id`` names it in every report."""

    id: int
    environment: Mapping[str, str]
    socket: str
    log: str


@dataclass(frozen=True, slots=True)
class Run:
    """A program is to be run, with this environment and nothing beside it."""

    id: int
    command: Sequence[str]
    environment: Mapping[str, str]
    log: str


@dataclass(frozen=True, slots=True)
class Signal:
    """A process is to be sent a signal: the one that serves, or with ``group`` all that it consists of."""

    id: int
    number: int
    group: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What became of an order. ``code`` is an exit's: negative for the signal that killed it."""

    id: int
    what: Literal["forked", "ready", "exited"]
    pid: int
    code: int = 0


Order = Start | Run | Signal


def to_line(message: Order | Report) -> bytes:
    """Return a message as a line; a report is short enough to be written whole whoever else writes."""
    return json.dumps(asdict(message)).encode() + b"\n"


def read_order(line: bytes) -> Order:
    """Return the order in a line."""
    members = json.loads(line)
    if "number" in members:
        return Signal(**members)
    return Run(**members) if "command" in members else Start(**members)


def read_report(line: bytes) -> Report:
    """Return the report in a line."""
    return Report(**json.loads(line))
