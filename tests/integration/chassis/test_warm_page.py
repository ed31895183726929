"""Tests of the page that prepares an instance for its first event."""

import json
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from functions.chassis.runtime.state_store import StateUnavailableError
from tests.functions import Load


@pytest.mark.parametrize("name", ["notify-user", "send-notification", "settle-reminder", "append-audit", "tasks"])
def test_the_page_opens_a_database_connection(function: Load, name: str) -> None:
    """The connection stays open for the first event."""
    instance = function(name)
    response = instance.client.get("/warm")
    assert (response.status_code, response.data) == (204, b"")
    assert len(instance.instance.database._pool._idle) == 1


def test_the_page_reads_the_key_of_the_audit_log(function: Load) -> None:
    """The key is in memory when the first event arrives."""
    audit = function("append-audit")
    assert audit.client.get("/warm").status_code == 204
    secrets = Path(unquote(urlsplit(audit.instance.settings.secret_store_url).path))
    key = json.loads(secrets.read_text(encoding="utf-8"))["audit-key"]
    secrets.write_text("{}", encoding="utf-8")
    assert audit.instance.secrets.get("audit-key") == key


def test_a_missing_state_store_is_no_failure(function: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notifications are sent without the circuit breakers."""
    sender = function("send-notification")

    def fail(_: str) -> None:
        raise StateUnavailableError

    monkeypatch.setattr(sender.instance.state, "get", fail)
    assert sender.client.get("/warm").status_code == 204


def test_without_its_database_an_instance_is_not_ready_for_events(function: Load) -> None:
    """The relay then repeats the request."""
    unreachable = "postgresql+pg8000://nobody:x@127.0.0.1:9/todo"
    assert function("notify-user", DATABASE_URL=unreachable).client.get("/warm").status_code == 503
