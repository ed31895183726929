"""The reason why a process ended, in one line."""

from pathlib import Path

from knative.local.exit_reason import describe_exit


def test_a_signal_is_named(tmp_path: Path) -> None:
    """The log of a killed process has no reason."""
    log = tmp_path / "log"
    log.write_text("something before\n", encoding="utf-8")
    assert describe_exit(-9, log) == "killed by SIGKILL"


def test_an_exit_has_the_last_plain_line_of_the_log(tmp_path: Path) -> None:
    """JSON lines before and after it are telemetry."""
    log = tmp_path / "log"
    log.write_text('Traceback\nKeyError: 7\n\n{"level": "info"}\n', encoding="utf-8")
    assert describe_exit(1, log) == f"exit code 1: KeyError: 7 (full log: {log})"


def test_an_exit_has_the_last_fatal_record_of_the_log(tmp_path: Path) -> None:
    """Dapr logs its error so. Records of other levels and half a line are skipped."""
    log = tmp_path / "log"
    fatal = '{"level": "fatal", "msg": "Fatal error from runtime: no"}'
    log.write_text(f'{fatal}\n{{"level": "info", "msg": "bye"}}\n{{"lev', encoding="utf-8")
    assert describe_exit(1, log) == f"exit code 1: Fatal error from runtime: no (full log: {log})"


def test_without_a_log_there_is_only_the_code(tmp_path: Path) -> None:
    """The process ended before it wrote anything."""
    assert describe_exit(3, tmp_path / "absent") == "exit code 3"


def test_the_death_of_the_fork_server_is_named(tmp_path: Path) -> None:
    """The exit code of the process is unknown then."""
    assert describe_exit(255, tmp_path / "absent") == "the fork server died"
