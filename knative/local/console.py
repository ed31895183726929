"""Show the developer what the platform does, one line for each occurrence, without any user's content."""

import os
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, TextIO

_COLOURS: Final = {"green": "32", "yellow": "33", "red": "31", "blue": "34", "grey": "90"}
_NAME_WIDTH: Final = 22
_MAX_LENGTH: Final = 300


def _local_time() -> datetime:
    return datetime.now()  # noqa: DTZ005 - the time that the developer's clock shows


class Console:
    """Writes lines such as ``12:00:00.000 tasks  started in 43 ms``.

    Lines are coloured on a terminal, unless ``NO_COLOR`` is set (no-color.org). Durations are in seconds.
    """

    def __init__(
        self,
        out: TextIO | None = None,
        *,
        environ: Mapping[str, str] = os.environ,
        now: Callable[[], datetime] = _local_time,
    ) -> None:
        self._out = out or sys.stdout
        self._is_coloured = self._out.isatty() and not environ.get("NO_COLOR")
        self._now = now

    def show_text(self, text: str) -> None:
        """Show a text without time and colour."""
        self._write(text)

    def show_start(self, function: str, seconds: float) -> None:
        """Show that an instance accepts requests, and how long its start took."""
        self._write_line("green", function, f"started in {_format_duration(seconds)}")

    def show_stop(self, process: str, reason: str) -> None:
        """Show that the platform stopped an instance or a sidecar."""
        self._write_line("grey", process, f"stopped: {reason}")

    def show_crash(self, process: str, reason: str, wait: float) -> None:
        """Show that an instance or a sidecar ended unexpectedly, and how long its next start is delayed."""
        restart = f"; it may start again in {_format_duration(wait)}" if wait else ""
        self._write_line("red", process, f"crashed: {reason}{restart}")

    def show_request(self, function: str, method: str, path: str, status: int, seconds: float) -> None:
        """Show a request and the status of its response.

        Of the path, only the first segment is shown. The others may contain a user's content.
        """
        first = "/" + path.lstrip("/").partition("/")[0]
        self._write_line(_colour_of(status), function, f"{method} {first} {status} in {_format_duration(seconds)}")

    def show_event(self, source: str, event_type: str, subscribers: int) -> None:
        """Show an event that was published to the broker, and whether it has any subscribers."""
        self._write_line("blue", source, f"published {event_type}" + ("" if subscribers else ", without subscribers"))

    def show_handled(self, function: str, event_type: str, seconds: float) -> None:
        """Show that a function handled an event."""
        self._write_line("green", function, f"handled {event_type} in {_format_duration(seconds)}")

    def show_retry(self, function: str, event_type: str, reason: str, wait: float) -> None:
        """Show that a function failed to handle an event, and when the event is delivered again."""
        self._show_failure("yellow", function, event_type, f"{reason}; retry in {_format_duration(wait)}")

    def show_dead_letter(self, function: str, event_type: str, reason: str) -> None:
        """Show that an event becomes a dead letter."""
        self._show_failure("red", function, event_type, f"{reason}; it becomes a dead letter")

    def show_undelivered(self, sink: str, event_type: str, reason: str) -> None:
        """Show that the dead-letter sink failed as well, so that the publisher must send the event again."""
        self._show_failure("red", sink, event_type, f"{reason}; its publisher has to send it again")

    def show_missed_tick(self, function: str, event_type: str, reason: str) -> None:
        """Show that a function failed to handle a tick of a clock. The next tick replaces it."""
        self._show_failure("red", function, event_type, f"{reason}; the next tick replaces it")

    def _show_failure(self, colour: str, function: str, event_type: str, reason: str) -> None:
        self._write_line(colour, function, f"failed to handle {event_type}: {reason}")

    def _write_line(self, colour: str, name: str, text: str) -> None:
        moment = self._now().time().isoformat("milliseconds")[:12]
        name, text = _printable(name), _printable(text)
        if not self._is_coloured:
            self._write(f"{moment} {name:<{_NAME_WIDTH}} {text}")
            return
        self._write(
            f"\x1b[{_COLOURS['grey']}m{moment}\x1b[0m {name:<{_NAME_WIDTH}} \x1b[{_COLOURS[colour]}m{text}\x1b[0m"
        )

    def _write(self, text: str) -> None:
        try:
            self._out.write(text + "\n")
            self._out.flush()
        except OSError:
            return  # the reader of a pipe has gone, and the platform runs on


def _colour_of(status: int) -> str:
    if status >= 500:  # noqa: PLR2004 - RFC 9110, section 15.6
        return "red"
    return "yellow" if status >= 400 else "green"  # noqa: PLR2004 - RFC 9110, section 15.5


def _format_duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _printable(text: str) -> str:
    """Replace control characters, so that the content of an event cannot control the terminal."""
    text = text[:_MAX_LENGTH]
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "?" for character in text)
