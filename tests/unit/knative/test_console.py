"""The lines that the platform shows."""

from io import StringIO

from knative.local.console import Console
from tests.samples import NOON


class FakeTerminal(StringIO):
    """A text stream that is a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


def test_a_line_in_a_file_has_no_colours() -> None:
    """Colours are for terminals."""
    out = StringIO()
    Console(out, environ={}, now=lambda: NOON).show_start("tasks", 0.0432)
    assert out.getvalue() == "12:00:00.000 tasks                  started in 43 ms\n"


def test_no_color_disables_colours() -> None:
    """A terminal gets colours, unless NO_COLOR has a value."""
    coloured, plain = FakeTerminal(), FakeTerminal()
    Console(coloured, environ={}).show_stop("tasks", "idle")
    Console(plain, environ={"NO_COLOR": "1"}).show_stop("tasks", "idle")
    assert "\x1b[" in coloured.getvalue()
    assert "\x1b[" not in plain.getvalue()


def test_only_the_first_segment_of_a_path_is_shown() -> None:
    """The others may contain a user's name."""
    out = StringIO()
    Console(out, environ={}).show_request("notifications", "GET", "/notifications/alice", 200, 0.01)
    assert "GET /notifications 200 in 10 ms" in out.getvalue()
    assert "alice" not in out.getvalue()


def test_an_event_cannot_control_the_terminal() -> None:
    """Control characters in its attributes are replaced."""
    out = StringIO()
    Console(out, environ={}).show_event("\x1b[2Jx", "todo.\nTaskCreated", 1)
    assert "\x1b" not in out.getvalue()
    assert out.getvalue().count("\n") == 1


def test_an_event_without_subscribers_is_marked() -> None:
    """A developer sees a forgotten trigger."""
    out = StringIO()
    console = Console(out, environ={})
    console.show_event("tasks", "todo.TaskCreated", 1)
    console.show_event("tasks", "todo.TaskMoved", 0)
    first, second = out.getvalue().splitlines()
    assert first.endswith("published todo.TaskCreated")
    assert second.endswith("published todo.TaskMoved, without subscribers")


def test_a_closed_pipe_is_ignored() -> None:
    """The platform runs on without a reader."""

    class ClosedPipe(StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    Console(ClosedPipe(), environ={}).show_text("hello")
