"""What ``scripts/deploy`` may be told."""

import argparse
import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NoReturn

Action = Literal["helm", "kn", "roll", "canary", "rollback", "promote"]

_IMAGE: Final = re.compile(r"(?P<repository>[^\s@]+):(?P<tag>\w[\w.-]{0,127})", re.ASCII)


@dataclass(frozen=True)
class Image:
    """An image by its tag."""

    repository: str
    tag: str

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}"


@dataclass(frozen=True)
class Options:
    """The command line, checked. What was not given is None or empty, and its default is somebody else's to know."""

    action: Action
    function: str
    percent: int
    context: str | None
    namespace: str | None
    release: str
    values: tuple[Path, ...]
    settings: tuple[str, ...]
    image: Image | None
    seconds: int
    dry_run: bool


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Exit with one line: the usage is a screen long."""
        self.exit(2, f"{self.prog}: {message}\n")


def parse(known: Sequence[str], arguments: Sequence[str] | None = None) -> Options:
    """Return the options on the command line; exits with one line, code 2, where one is wrong.

    ``known`` are the names of all functions.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    ways = [bool(given.function), given.helm, given.kn]
    if sum(ways) != 1:
        parser.error("say what to deploy: --helm or --kn for all, or one function's name")
    if given.function and given.function not in known:
        parser.error(_unknown(given.function, known))
    action = _action(given)
    if not given.function and action not in {"helm", "kn"}:
        parser.error(f"--{action} is of one function: name it")
    if given.function and (given.values or given.set or given.release):
        parser.error("--values, --set and --release go with --helm or --kn: one function keeps its settings")
    if given.image and action in {"rollback", "promote"}:
        parser.error(f"--image cannot go with --{action}, which makes no new revision")
    return Options(
        action=action,
        function=given.function or "",
        percent=given.canary or 0,
        context=given.context,
        namespace=given.namespace,
        release=given.release or "todo",
        values=tuple(given.values),
        settings=tuple(given.set),
        image=given.image,
        seconds=given.timeout,
        dry_run=given.dry_run,
    )


def _parser() -> _Parser:
    parser = _Parser(
        prog="scripts/deploy", description="Deploy to a cluster: all functions, or one.", allow_abbrev=False
    )
    parser.add_argument("function", nargs="?", metavar="FUNCTION", help="roll this one to a new revision")
    parser.add_argument("--helm", action="store_true", help="all, by the chart")
    parser.add_argument("--kn", action="store_true", help="all, by kn as far as it reaches, and the rest by the chart")
    step = parser.add_mutually_exclusive_group()
    step.add_argument(
        "--canary", type=_percent, metavar="N", help="give the function's new revision N %% of its traffic"
    )
    step.add_argument("--promote", action="store_true", help="give the canary all of the traffic")
    step.add_argument("--rollback", action="store_true", help="give all traffic to the revision that had it before")
    parser.add_argument("--image", type=_image, metavar="REPO:TAG", help="the image to run")
    parser.add_argument("--context", metavar="CTX", help="a context of the kubeconfig (the current one)")
    parser.add_argument("-n", "--namespace", metavar="NAME", help="the namespace (the context's)")
    parser.add_argument("--release", metavar="NAME", help="the chart's release (todo)")
    parser.add_argument(
        "--values", type=_file, action="append", default=[], metavar="FILE", help="settings for the chart"
    )
    parser.add_argument("--set", action="append", default=[], metavar="K=V", help="a setting for the chart")
    parser.add_argument("--timeout", type=_seconds, default=600, metavar="S", help="wait so long (%(default)s seconds)")
    parser.add_argument("--dry-run", action="store_true", help="print the commands and run none that changes anything")
    return parser


def _action(given: argparse.Namespace) -> Action:
    steps: tuple[Action, ...] = ("helm", "kn", "canary", "rollback", "promote")
    # The last that was said: with --helm or --kn and a step it is the step, which then lacks its function.
    return next((step for step in reversed(steps) if getattr(given, step)), "roll")


def _unknown(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"there is no function {name}: " + (
        f"is it {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
    )


def _percent(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 100:  # noqa: PLR2004 - percent
        raise argparse.ArgumentTypeError(
            f"{text!r} is no share: it must be 1 to 99 (--promote gives all, --rollback none)"
        )
    return int(text)


def _seconds(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return int(text)


def _image(text: str) -> Image:
    found = _IMAGE.fullmatch(text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no image: it must be REPO:TAG")
    return Image(found["repository"], found["tag"])


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return path.resolve()
