"""Run a program such as ``daprd`` in place of a forked process, and kill it when the platform ends."""

import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

from knative.local.process_group import kill_group_after_platform, start_process_group
from knative.local.process_log import redirect_output


def run_program(command: Sequence[str], environment: Mapping[str, str], *, log: Path, ready: Connection) -> NoReturn:  # noqa: ARG001 - a program does not report
    """Replace this process with a program that has exactly this environment. Exit with code 1 if it cannot run."""
    start_process_group()
    redirect_output(log)
    if os.fork() == 0:
        # The program cannot watch the platform. This process does, until the platform kills the group of the program.
        kill_group_after_platform()
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    program = command[0]
    try:
        os.execve(program, list(command), dict(environment))  # noqa: S606 - the platform composes the command
    except OSError as error:
        sys.exit(f"{program} cannot be run: {error.strerror}")
