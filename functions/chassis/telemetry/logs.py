"""JSON logs: one object per line, with the telemetry context, and without anything that a user wrote."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

from functions.chassis.telemetry.context import current_context

_encode = json.JSONEncoder(default=str, ensure_ascii=False).encode
_STANDARD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON. The record's ``extra`` values become members of the object."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the line. It contains an exception's type and frames, but not its text, which may quote a user."""
        context = current_context()
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "message": record.getMessage(),
            "correlation_id": context.correlation_id,
            "trace_id": context.trace_id,
            "event": context.event_type,
            **{name: value for name, value in vars(record).items() if name not in _STANDARD_ATTRIBUTES},
        }
        if record.exc_info and record.exc_info[1]:
            line["exception"] = _describe(record.exc_info[1])
        return _encode({name: value for name, value in line.items() if value != ""})


def configure_logging(service: str, level: str) -> None:
    """Write log lines to standard output: the project's from ``level``, those of libraries from WARNING."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("functions").setLevel(level)
    # No line shows these, and each record would look them up.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def get_logger(name: str) -> logging.Logger:
    """Return the logger of a module, by its ``__name__``."""
    return logging.getLogger(name)


def _describe(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    described: dict[str, Any] = {
        "type": type(error).__name__,
        "frames": [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames],
    }
    if error.__cause__ is not None:
        described["cause"] = _describe(error.__cause__)
    return described
