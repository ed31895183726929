"""What a function imports when nobody asked for it: each package is part of every cold start."""

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
create_app("append_audit", "functions/audit/append_audit.py", "http").test_client().get("/live")
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


def load(**settings: str) -> subprocess.CompletedProcess[str]:
    """Load a function in a fresh process, which prints what it imported."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return subprocess.run(
        [sys.executable, "-c", LOAD],
        cwd=ROOT,
        env={**environ, **SETTINGS, **settings, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def imported(**settings: str) -> set[str]:
    """Return the modules that a function has when it was loaded."""
    loaded = load(**settings)
    assert loaded.returncode == 0, loaded.stderr
    return set(json.loads(loaded.stdout))


@pytest.mark.parametrize("settings", [{}, {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:1"}])
def test_nothing_of_opentelemetry_unless_somebody_listens(settings: dict[str, str]) -> None:
    """Without a collector neither the SDK nor what it needs is imported; nor gRPC, where there is no Dapr."""
    assert not {"opentelemetry", "google.protobuf", "grpc", "dapr", "requests"} & imported(**settings)


def test_no_second_http_client_for_a_collector() -> None:
    """With one, the SDK and protobuf are, and no other HTTP client than the one that is there."""
    modules = imported(OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4318")
    assert {"opentelemetry", "google.protobuf"} <= modules
    assert not {"requests", "grpc", "httpx"} & modules


def test_what_is_wrong_stops_a_function_with_one_line() -> None:
    """A setting of OpenTelemetry's is like any other: it is named, and there is no traceback."""
    stopped = load(OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4318", OTEL_EXPORTER_OTLP_PROTOCOL="grpc")
    assert stopped.returncode == 1
    assert stopped.stderr.strip() == "cannot start: OTEL_EXPORTER_OTLP_PROTOCOL Input should be 'http/protobuf'"
