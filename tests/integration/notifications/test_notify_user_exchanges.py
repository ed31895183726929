"""The exchanges of notify-user with PostgreSQL for one event."""

import threading
from collections.abc import Sequence

import pytest

from functions.chassis.runtime.pipelined_connection import Call, CallResult, PipelinedConnection
from tests.integration.notifications.notification_functions import NotificationFunctions

Exchanges = list[list[str]]


@pytest.fixture
def exchanges(monkeypatch: pytest.MonkeyPatch) -> Exchanges:
    """The first words of the statements in each exchange of this thread; publishers run in other threads."""
    recorded: Exchanges = []
    exchange, thread = PipelinedConnection.exchange, threading.current_thread()

    def record(connection: PipelinedConnection, calls: Sequence[Call]) -> list[CallResult]:
        if threading.current_thread() is thread:
            recorded.append([_describe(call) for call in calls])
        return exchange(connection, calls)

    monkeypatch.setattr(PipelinedConnection, "exchange", record)
    return recorded


def _describe(call: Call) -> str:
    """Return a statement's verb and table, such as ``INSERT notifications.attempts``."""
    sql = call.statement if isinstance(call.statement, str) else call.statement.sql
    tables = [word for word in sql.replace("::", " ").split() if "." in word and not word.startswith("(")]
    return " ".join([sql.split()[0], *tables[:1]])


def test_a_reminder_in_the_app_takes_three_exchanges(
    notifications: NotificationFunctions, exchanges: Exchanges
) -> None:
    """One exchange reads, one inserts the notification if it is new, and one commits the rest."""
    notifications.deliver_due()
    assert exchanges == [
        ["BEGIN", "INSERT delivery.inbox", "SELECT notifications.ended", "SELECT notifications.preferences"],
        ["INSERT notifications.notifications"],
        ["INSERT notifications.attempts", "INSERT delivery.outbox", "COMMIT"],
    ]


def test_a_repeated_reminder_takes_one_exchange_and_a_rollback(
    notifications: NotificationFunctions, exchanges: Exchanges
) -> None:
    """The claim is in the first exchange."""
    event = notifications.deliver_due()
    exchanges.clear()
    assert notifications.notify_user.deliver(event).status_code == 202
    assert [len(exchange) for exchange in exchanges] == [4, 1]
