"""Shell commands of kubectl, kn and helm: run them, read their output, or print them in a dry run.

A command is a line for ``sh``, sometimes with a here-document. A dry run prints the commands that a run executes.
"""

import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

READ_ATTEMPTS: Final = 4
"""How often a reading command is tried while the API server does not answer."""

_UNREACHABLE: Final = re.compile(r"Client\.Timeout exceeded|TLS handshake timeout|etcdserver: request timed out")
"""Errors of kubectl that a busy API server causes. An address or a name that is wrong fails at once."""


class DeployError(Exception):
    """The deployment stops. The message names the cause and the remedy."""


class DeployPlan(NamedTuple):
    """What a deployment does: a summary for the user, and the commands in their order."""

    summary: str
    commands: list[str]


def repeat_flag(flag: str, values: Iterable[object]) -> list[str]:
    """Return a flag before each value: ``["--set", "a=1", "--set", "b=2"]``."""
    return [argument for value in values for argument in (flag, str(value))]


def require_programs(*programs: str) -> None:
    """Check that programs are installed; raises :class:`DeployError` with the names of all missing ones."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        raise DeployError(f"{' and '.join(missing)} not found: install the program, or add its folder to PATH")


def run_commands(commands: Sequence[str], *, dry_run: bool) -> None:
    """Show and run each command until one fails; a dry run prints them as a script instead.

    Raises :class:`DeployError` for the command that failed. Its own error output is on the screen already.
    """
    for command in commands:
        print(command if dry_run else f"+ {command.partition(' <<')[0]}", flush=True)
        if not dry_run and subprocess.run(("/bin/sh", "-c", command), check=False).returncode:
            raise DeployError(f"{_title(command)} failed: fix the error that it reports, and run scripts/deploy again")


def read_output(command: str) -> str:
    """Return the output of a command that changes nothing; raises :class:`DeployError` with its error in one line.

    A busy API server may not answer in time, for example while many pods start. The command then runs again, up to
    :data:`READ_ATTEMPTS` times.
    """
    for attempt in range(1, READ_ATTEMPTS + 1):
        done = subprocess.run(("/bin/sh", "-c", command), capture_output=True, text=True, check=False)
        if not done.returncode:
            return done.stdout
        if not _UNREACHABLE.search(done.stderr) or attempt == READ_ATTEMPTS:
            break
        time.sleep(attempt)
    # Warnings come before the error. Helm spreads the error over several lines.
    error = re.search(r"^error:.*", done.stderr, re.DOTALL | re.IGNORECASE | re.MULTILINE)
    message = " ".join((error[0] if error else done.stderr.strip().rpartition("\n")[2]).split())
    raise DeployError(f"{_title(command)}: {message or 'failed'}")


def _title(command: str) -> str:
    return " ".join(command.split()[:3])
