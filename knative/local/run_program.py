"""What a process forked to be another program does: it becomes that program, and dies with its parent if it can."""

import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Final, NoReturn

from knative.local.log_file import write_to
from knative.local.order import Run

_PR_SET_PDEATHSIG: Final = 1


def run_program(order: Run, *, parent: int) -> NoReturn:
    """Become the program of an order; ``parent`` is the process that was forked from."""
    write_to(Path(order.log))
    _die_with_parent(parent)
    program = order.command[0]
    try:
        os.execve(program, list(order.command), dict(order.environment))  # noqa: S606 - as ordered
    except OSError as error:
        sys.exit(f"{program} cannot be run: {error.strerror}")


def _die_with_parent(parent: int) -> None:
    """Ask Linux for a death with the parent, however it dies; elsewhere whoever outlives the parent sees to it."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was gone before it could be asked for
        os.kill(os.getpid(), signal.SIGKILL)
