"""JSON logs: one object per line, without anything that users wrote."""

import json
import logging

import pytest

from functions.chassis.telemetry.context import TelemetryContext, use_context
from functions.chassis.telemetry.logs import JsonFormatter, configure_logging, get_logger


def line_of(record: logging.LogRecord) -> dict[str, object]:
    """Return the object in a record's line."""
    formatted = JsonFormatter("tasks").format(record)
    assert "\n" not in formatted
    parsed: dict[str, object] = json.loads(formatted)
    return parsed


def a_record(message: str = "hello %s", *arguments: object, **extra: object) -> logging.LogRecord:
    """Return a record with ``extra`` values."""
    record = logging.LogRecord("functions.tasks", logging.INFO, __file__, 1, message, arguments, None)
    vars(record).update(extra)
    return record


def fail() -> None:
    """Raise an error whose text and cause quote a user."""
    try:
        dict[str, str]()["a private matter"]
    except KeyError as cause:
        raise ValueError("very private") from cause


def test_a_line_contains_the_telemetry_context() -> None:
    """A line has the correlation id, trace id, service and event, and the record's ``extra`` values."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with use_context(TelemetryContext("story", trace, "tasks", "todo.TaskCreated")):
        line = line_of(a_record("hello %s", "there", reference="r1"))
    assert line.pop("time")
    assert line == {
        "level": "INFO",
        "service": "tasks",
        "message": "hello there",
        "correlation_id": "story",
        "trace_id": trace[3:35],
        "event": "todo.TaskCreated",
        "reference": "r1",
    }


def test_the_text_of_an_exception_is_not_logged() -> None:
    """The text may quote a user. The line has the exception's type, its frames and the type of its cause."""
    with pytest.raises(ValueError, match="very private") as raised:
        fail()
    record = a_record("a request failed")
    record.exc_info = (ValueError, raised.value, raised.value.__traceback__)
    line = line_of(record)
    assert "private" not in json.dumps(line)
    exception = line["exception"]
    assert isinstance(exception, dict)
    assert (exception["type"], exception["cause"]["type"]) == ("ValueError", "KeyError")
    assert any("test_logs.py" in frame for frame in exception["frames"])


def test_libraries_log_from_warning_only(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With the level INFO, a line of the project is written, and a line of a library is not."""
    root, ours = logging.getLogger(), logging.getLogger("functions")
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    monkeypatch.setattr(ours, "level", ours.level)
    configure_logging("tasks", "INFO")
    get_logger("functions.tasks").info("shown")
    get_logger("urllib3").info("hidden")
    assert [json.loads(line)["message"] for line in capsys.readouterr().out.splitlines()] == ["shown"]
