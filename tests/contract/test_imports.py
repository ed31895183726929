"""Tests that a function imports no package that it does not need: each import lengthens a cold start."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOAD = """
import json, sys
from functions_framework import create_app
create_app(*sys.argv[1:], "http").test_client().get("/live")
print(json.dumps(sorted(sys.modules)))
"""
SETTINGS = {
    "SERVICE_NAME": "append-audit",
    "NODE_ENV": "development",
    "DATABASE_URL": "postgresql+pg8000://todo_audit:secret@127.0.0.1:9/todo",
    "EVENT_BUS_URL": "http://127.0.0.1:9/broker",
    "SERVICES_URL": "http://127.0.0.1:9/services/{service}",
    "SECRET_STORE_URL": "file:///nowhere/secrets.json",
    "STATE_STORE_URL": "postgresql:",
    "THREADS": "2",
}

AUDIT = ("append_audit", "functions/audit/append_audit.py")
REACTION = ("schedule_reminders", "functions/reminders/schedule_reminders.py")
UNUSED_BY_A_REACTION = {
    "asyncio": "requests are handled in threads",
    "events.audit": "the catalogue imports the models of a type that is looked up",
    "events.notification": "as above",
    "functions.chassis.http.openapi": "only HTTP functions describe themselves",
    "functions.chassis.http.user_context": "only HTTP functions have callers",
    "functions.chassis.http_function": "only HTTP functions have operations",
    "functions.chassis.telemetry.export_settings": "there is no collector",
    "jwt": "there is no token",
    "cryptography": "as above",
    "joserfc": "nothing is encrypted",
    "prometheus_client": "nobody has read the metrics",
    "sqlalchemy": "its statements are text",
    "stamina": "the first try to publish has not failed",
    "urllib3": "no other function was called",
}
"""Packages and modules that an instance without events must not import, and the reasons."""


def load_function(*function: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Load a function, by its target and source, in a new process that prints the names of its modules."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return subprocess.run(
        [sys.executable, "-c", LOAD, *(function or AUDIT)],
        cwd=ROOT,
        env={**environ, **SETTINGS, **settings, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def list_modules(*function: str, **settings: str) -> set[str]:
    """Return the names of a loaded function's modules."""
    loaded = load_function(*function, **settings)
    assert loaded.returncode == 0, loaded.stderr
    return set(json.loads(loaded.stdout))


@pytest.mark.parametrize("settings", [{}, {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:1"}])
def test_opentelemetry_is_imported_only_with_a_collector(settings: dict[str, str]) -> None:
    """Its dependencies are not imported either, nor gRPC without Dapr."""
    assert not {"opentelemetry", "google.protobuf", "grpc", "dapr", "requests"} & list_modules(**settings)


def test_a_collector_needs_no_second_http_client() -> None:
    """The function imports the SDK and protobuf, and sends with urllib3."""
    modules = list_modules(OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4318")
    assert {"opentelemetry", "google.protobuf"} <= modules
    assert not {"requests", "grpc", "httpx"} & modules


def test_an_invalid_setting_stops_a_function_with_one_line() -> None:
    """A setting of OpenTelemetry is named like any other, without a traceback."""
    stopped = load_function(OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4318", OTEL_EXPORTER_OTLP_PROTOCOL="grpc")
    assert stopped.returncode == 1
    assert stopped.stderr.strip() == "cannot start: OTEL_EXPORTER_OTLP_PROTOCOL Input should be 'http/protobuf'"


def test_a_reaction_imports_only_what_it_uses() -> None:
    """Imports are most of a cold start."""
    assert not UNUSED_BY_A_REACTION.keys() & list_modules(*REACTION)
