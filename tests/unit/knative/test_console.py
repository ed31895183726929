"""What the platform shows."""

from io import StringIO

from knative.local.console import Console
from tests.samples import NOON


class Terminal(StringIO):
    """Text that says it is on a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_a_line_is_plain_in_a_file() -> None:
    """Without a terminal there are no colours."""
    out = StringIO()
    Console(out, environ={}, now=lambda: NOON).started("tasks", 0.0432)
    assert out.getvalue() == "12:00:00.000 tasks                  started in 43 ms\n"


def test_a_terminal_gets_colours_unless_told_not_to() -> None:
    """NO_COLOR with any value turns them off."""
    coloured, plain = Terminal(), Terminal()
    Console(coloured, environ={}).stopped("tasks", "idle")
    Console(plain, environ={"NO_COLOR": "1"}).stopped("tasks", "idle")
    assert "\x1b[" in coloured.getvalue()
    assert "\x1b[" not in plain.getvalue()


def test_nothing_of_a_user_s_is_shown() -> None:
    """Of a path only the first segment is, as what follows may be a name."""
    out = StringIO()
    Console(out, environ={}).answered("notifications", "GET", "/notifications/alice", 200, 0.01)
    assert "GET /notifications 200 in 10 ms" in out.getvalue()
    assert "alice" not in out.getvalue()


def test_an_event_cannot_drive_the_terminal() -> None:
    """What an event brings along is shown without its control characters."""
    out = StringIO()
    Console(out, environ={}).said("\x1b[2Jx", "todo.\nTaskCreated", 1)
    assert "\x1b" not in out.getvalue()
    assert out.getvalue().count("\n") == 1


def test_a_reader_who_is_gone_stops_nothing() -> None:
    """A closed pipe is no reason to stop the system."""

    class Closed(StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    Console(Closed(), environ={}).say("hello")
