"""Why a process ended, in a line."""

from pathlib import Path

from knative.local.last_words import reason


def test_a_signal_has_its_name(tmp_path: Path) -> None:
    """A killed process has no last words."""
    log = tmp_path / "log"
    log.write_text("something before\n", encoding="utf-8")
    assert reason(-9, log) == "killed by SIGKILL"


def test_an_exit_has_the_last_plain_line(tmp_path: Path) -> None:
    """JSON lines are telemetry; the reason is the text after or before them."""
    log = tmp_path / "log"
    log.write_text('Traceback\nKeyError: 7\n\n{"level": "info"}\n', encoding="utf-8")
    assert reason(1, log) == f"exit code 1: KeyError: 7 (all of it in {log})"


def test_an_exit_of_a_program_has_what_it_calls_fatal(tmp_path: Path) -> None:
    """Of JSON lines only such a one is a reason; half a line is none."""
    log = tmp_path / "log"
    fatal = '{"level": "fatal", "msg": "Fatal error from runtime: no"}'
    log.write_text(f'{fatal}\n{{"level": "info", "msg": "bye"}}\n{{"lev', encoding="utf-8")
    assert reason(1, log) == f"exit code 1: Fatal error from runtime: no (all of it in {log})"


def test_no_log_is_no_reason(tmp_path: Path) -> None:
    """A process that never wrote has only its code."""
    assert reason(3, tmp_path / "absent") == "exit code 3"
