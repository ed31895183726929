"""The one place that starts programs."""

import itertools
import shutil
import subprocess
from collections.abc import Iterable

from knative.deploy.command import Command
from knative.deploy.deploy_error import DeployError


class Runner:
    """Runs commands, or with ``dry_run`` prints them; reading is done either way."""

    def __init__(self, *, dry_run: bool) -> None:
        self.dry_run = dry_run

    def say(self, text: str) -> None:
        """Tell the user; in a dry run as a comment, so that its output is a script."""
        print(f"# {text}" if self.dry_run else text, flush=True)

    def run(self, commands: Iterable[Command]) -> None:
        """Run them in order, each shown first, up to the first that fails; raises :class:`DeployError`."""
        for command in commands:
            if self.dry_run:
                print(command.script)
                continue
            print(f"+ {command}", flush=True)
            done = subprocess.run(command.arguments, input=command.stdin or None, text=True, check=False)
            if done.returncode:
                raise DeployError(f"{_shortly(command)} failed: mend what it complains of, and run the same again")

    def read(self, command: Command) -> str:
        """Return what a command that changes nothing prints; raises :class:`DeployError` with what it complains of."""
        done = subprocess.run(command.arguments, capture_output=True, text=True, check=False)
        if done.returncode:
            raise DeployError(f"{_shortly(command)}: {_complaint(done.stderr) or 'failed'}")
        return done.stdout


def require(*programs: str) -> None:
    """Refuse to begin without a program that will be needed; raises :class:`DeployError`."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        raise DeployError(f"{' and '.join(missing)} cannot be found: install it, or add its folder to PATH")


def _shortly(command: Command) -> str:
    """Name a command by its first words."""
    words = itertools.takewhile(lambda word: not word.startswith("-"), command.arguments)
    return " ".join(itertools.islice(words, 3))


def _complaint(stderr: str) -> str:
    """Return what a program says is wrong, in one line, without what it warned of before."""
    lines = stderr.split("\n")
    first = next((index for index, line in enumerate(lines) if line.lower().startswith("error:")), 0)
    return " ".join(" ".join(lines[first:]).split())
