"""The command line of ``scripts/deploy``."""

import argparse
import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Literal, NoReturn

Action = Literal["helm", "kn", "roll", "canary", "promote", "rollback"]

_IMAGE: Final = re.compile(r"[^\s@]+:\w[\w.-]{0,127}", re.ASCII)


class DeployOptions(argparse.Namespace):
    """The checked options. ``image`` is ``REPOSITORY:TAG``, ``canary`` a percentage, ``timeout`` in seconds."""

    function: str | None
    helm: bool
    kn: bool
    canary: int | None
    promote: bool
    rollback: bool
    image: str | None
    context: str | None
    namespace: str | None
    release: str
    values: list[Path]
    set: list[str]
    timeout: int
    dry_run: bool

    @property
    def action(self) -> Action:
        """What to do; a function's name alone means ``roll``."""
        actions: tuple[Action, ...] = ("canary", "promote", "rollback", "helm", "kn")
        return next((action for action in actions if getattr(self, action)), "roll")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Exit with one line; the usage would fill a screen."""
        self.exit(2, f"{self.prog}: {message}\n")


def parse_deploy_options(functions: Sequence[str], arguments: Sequence[str] | None = None) -> DeployOptions:
    """Return the options on the command line; exits with code 2 and one line for a wrong one.

    ``functions`` are the names of all functions.
    """
    parser = _create_parser()
    options = parser.parse_args(arguments, DeployOptions())
    if options.function and options.function not in functions:
        similar = get_close_matches(options.function, functions, cutoff=0.5) or functions
        parser.error(f"there is no function {options.function}: choose from {', '.join(similar)}")
    if options.action in {"canary", "promote", "rollback"} and not options.function:
        parser.error(f"--{options.action} needs the name of one function, not --helm or --kn")
    if options.function and (options.values or options.set or options.release):
        parser.error("--values, --set and --release need --helm or --kn: one function keeps its settings")
    if options.image and options.action in {"promote", "rollback"}:
        parser.error(f"--image does not go with --{options.action}, which creates no revision")
    options.release = options.release or "todo"
    return options


def _create_parser() -> _Parser:
    parser = _Parser(
        prog="scripts/deploy", description="Deploy to a cluster: all functions, or one.", allow_abbrev=False
    )
    add = parser.add_argument
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("function", nargs="?", metavar="FUNCTION", help="roll out a new revision")
    what.add_argument("--helm", action="store_true", help="deploy all functions with the chart")
    what.add_argument("--kn", action="store_true", help="deploy all functions with kn, and the rest with the chart")
    step = parser.add_mutually_exclusive_group()
    step.add_argument("--canary", type=_number(99), metavar="N", help="give a new revision N %% of the traffic")
    step.add_argument("--promote", action="store_true", help="give the canary all traffic")
    step.add_argument("--rollback", action="store_true", help="give the previous revision all traffic")
    add("--image", type=_image, metavar="REPO:TAG", help="the image to run")
    add("--context", metavar="CTX", help="a context of the kubeconfig (default: the current one)")
    add("-n", "--namespace", metavar="NAME", help="the namespace (default: the context's)")
    add("--release", default="", metavar="NAME", help="the chart's release (default: todo)")
    add("--values", type=_file, action="append", default=[], metavar="FILE", help="a values file for the chart")
    add("--set", action="append", default=[], metavar="K=V", help="a value for the chart")
    add("--timeout", type=_number(86_400), default=600, metavar="S", help="seconds to wait (default: %(default)s)")
    add("--dry-run", action="store_true", help="print the commands, and change nothing")
    return parser


def _number(most: int) -> Callable[[str], int]:
    def parse_number(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {most}")
        return int(text)

    return parse_number


def _image(text: str) -> str:
    if not _IMAGE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an image such as REPO:TAG")
    return text


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{text} is not a file")
    return path.resolve()
