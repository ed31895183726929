"""What a developer sees of the platform: one line for each thing that happens, and nothing a user wrote."""

import os
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, TextIO

_COLOURS: Final = {"green": "32", "yellow": "33", "red": "31", "blue": "34", "grey": "90"}
_NAME_WIDTH: Final = 22
_LONGEST: Final = 300


def _local_time() -> datetime:
    return datetime.now().astimezone()


class Console:
    """Writes lines, coloured on a terminal unless ``NO_COLOR`` is set (no-color.org)."""

    def __init__(
        self,
        out: TextIO | None = None,
        *,
        environ: Mapping[str, str] = os.environ,
        now: Callable[[], datetime] = _local_time,
    ) -> None:
        self._out = out or sys.stdout
        self._coloured = self._out.isatty() and not environ.get("NO_COLOR")
        self._now = now

    def say(self, text: str) -> None:
        """Write a text of the platform's own, as it is."""
        self._write(text)

    def started(self, function: str, seconds: float) -> None:
        """Note an instance that takes requests, so long after it was wanted."""
        self._line("green", function, f"started in {_duration(seconds)}")

    def stopped(self, function: str, why: str) -> None:
        """Note an instance that was told to stop and did."""
        self._line("grey", function, f"stopped: {why}")

    def crashed(self, function: str, reason: str, wait: float) -> None:
        """Note an instance that is gone without being told to, and when it may start again."""
        again = f"; it may start again in {_duration(wait)}" if wait else ""
        self._line("red", function, f"crashed: {reason}{again}")

    def answered(self, function: str, method: str, path: str, status: int, seconds: float) -> None:
        """Note a request, of whose path only the first segment is shown: the rest is a user's."""
        first = "/" + path.lstrip("/").partition("/")[0]
        self._line(_colour_of(status), function, f"{method} {first} {status} in {_duration(seconds)}")

    def said(self, source: str, event_type: str, hearers: int) -> None:
        """Note an event that came to the broker, and how many triggers match it."""
        self._line("blue", source, f"said {event_type}" + ("" if hearers else ", which nobody hears"))

    def heard(self, function: str, event_type: str, seconds: float) -> None:
        """Note an event that a function took."""
        self._line("green", function, f"took {event_type} in {_duration(seconds)}")

    def retried(self, function: str, event_type: str, reason: str, wait: float) -> None:
        """Note an event that is tried again."""
        self._line("yellow", function, f"did not take {event_type}: {reason}; again in {_duration(wait)}")

    def dead_letter(self, function: str, event_type: str, reason: str) -> None:
        """Note an event that was given up."""
        self._line("red", function, f"did not take {event_type}: {reason}; a dead letter")

    def lost(self, function: str, event_type: str, reason: str) -> None:
        """Note an event that nobody has but its sender."""
        self._line("red", function, f"did not take {event_type}: {reason}; its sender has to keep it")

    def missed(self, function: str, event_type: str, reason: str) -> None:
        """Note a clock's tick that came to nothing; the next one does its work."""
        self._line("red", function, f"did not take {event_type}: {reason}; the next tick makes up for it")

    def _line(self, colour: str, who: str, what: str) -> None:
        moment = self._now().strftime("%H:%M:%S.%f")[:-3]
        who, what = _printable(who), _printable(what)
        if not self._coloured:
            self._write(f"{moment} {who:<{_NAME_WIDTH}} {what}")
            return
        self._write(
            f"\x1b[{_COLOURS['grey']}m{moment}\x1b[0m {who:<{_NAME_WIDTH}} \x1b[{_COLOURS[colour]}m{what}\x1b[0m"
        )

    def _write(self, text: str) -> None:
        try:
            print(text, file=self._out, flush=True)
        except OSError:
            return  # nobody reads it any more, which is no reason to stop


def _colour_of(status: int) -> str:
    if status >= 500:  # noqa: PLR2004 - RFC 9110, section 15.6
        return "red"
    return "yellow" if status >= 400 else "green"  # noqa: PLR2004 - RFC 9110, section 15.5


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _printable(text: str) -> str:
    """Keep what an event brings along from driving the terminal."""
    return "".join(character if character.isprintable() else "?" for character in text[:_LONGEST])
