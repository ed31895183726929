"""A new channel is one new Python file."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import functions.notifications
from tests.functions import Load
from tests.integration.notifications.notification_functions import PREFERENCES, NotificationFunctions

SHARED = ("functions.notifications.channel_metrics",)
"""Modules that must exist once in a process: metrics register globally."""

CHANNEL = '''
"""The channel `pager`, as somebody might add it: writes titles to a file."""

from pathlib import Path
from typing import Literal

from functions.notifications.channels.channel import Channel, SendResult


class PagerChannel(Channel):
    """A pager."""

    type: Literal["pager"] = "pager"
    path: str

    @property
    def host(self):
        return "the pager network"

    def mask_secrets(self):
        return self.model_copy(update={"path": "…"})

    def complete(self, previous):
        return previous if previous and self.path == "…" else self

    def send(self, notification, *, now, settings):
        with Path(self.path).open("a") as file:
            file.write(notification.title + "\\n")
        return SendResult(delivered=True)
'''


@pytest.fixture
def pager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Add the file of a channel to the folder of channels, and return the file that the channel writes to.

    The folder's path is extended before its modules are imported. The imported modules are restored afterwards.
    """
    (tmp_path / "pager.py").write_text(CHANNEL)
    before = _take_modules()
    monkeypatch.setattr(functions, "notifications", functions.notifications)  # the attribute is restored too
    folder = import_module("functions.notifications.channels")
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    yield tmp_path / "pages"
    _take_modules()
    sys.modules.update(before)


def _take_modules() -> dict[str, ModuleType]:
    """Take the domain's modules out of the imported ones, and return them."""
    names = [name for name in sys.modules if name.startswith("functions.notifications") and name not in SHARED]
    return {name: sys.modules.pop(name) for name in names}


def test_a_new_channel_is_one_file(pager: Path, function: Load) -> None:
    """The channel can be preferred, appears in the OpenAPI document, and delivers. Its secret is masked."""
    notifications = NotificationFunctions(function)
    wanted = {"channels": [{"type": "pager", "path": str(pager)}, {"type": "inApp"}]}
    shown = [{"type": "pager", "path": "…"}, {"type": "inApp"}]
    assert notifications.api.call("PUT", PREFERENCES, wanted).get_json()["channels"] == shown
    assert notifications.api.call("PUT", PREFERENCES, {"channels": shown}).get_json()["channels"] == shown
    schemas = notifications.api.client.get("/openapi.json").get_json()["components"]["schemas"]
    assert "pager" in schemas["PreferencesBody"]["properties"]["channels"]["items"]["discriminator"]["mapping"]
    notifications.remind()
    assert pager.read_text() == "Water the plants\n"
    assert {(one["channel"], one["status"]) for one in notifications.listed()} == {
        ("pager", "delivered"),
        ("inApp", "delivered"),
    }
    metrics = notifications.send_notification.client.get("/metrics").get_data(as_text=True)
    assert 'todo_channel_attempts_total{channel="pager",outcome="delivered"} 1.0' in metrics
    assert str(pager) not in str(notifications.api.database.rows("SELECT address FROM notifications.notifications"))


def test_a_channel_that_does_not_exist_is_rejected(function: Load) -> None:
    """Without its file the channel is unknown."""
    answer = function("notifications").call("PUT", PREFERENCES, {"channels": [{"type": "pager", "path": "x"}]})
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (400, "channels.0")
