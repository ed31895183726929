"""The exchanges of notify-user with PostgreSQL for one event."""

from collections.abc import Iterator

import pytest

from tests.exchanges import count_exchanges, describe_statement
from tests.integration.notifications.notification_functions import NotificationFunctions


@pytest.fixture
def notifications_without_broker(notifications: NotificationFunctions) -> Iterator[NotificationFunctions]:
    """The functions of the domain. No event is published during the test, so that no publisher deletes a row."""
    notifications.api.broker.open.clear()
    yield notifications
    notifications.api.broker.open.set()


def test_a_reminder_in_the_app_takes_three_exchanges(notifications_without_broker: NotificationFunctions) -> None:
    """One exchange reads, one inserts the notification if it is new, and one commits the rest."""
    with count_exchanges() as exchanges:
        notifications_without_broker.deliver_due()
    assert [[describe_statement(sql) for sql in exchange] for exchange in exchanges] == [
        ["BEGIN", "INSERT delivery.inbox", "SELECT notifications.ended", "SELECT notifications.preferences"],
        ["INSERT notifications.notifications"],
        ["INSERT notifications.attempts", "INSERT delivery.outbox", "COMMIT"],
    ]


def test_a_repeated_reminder_takes_one_exchange_and_a_rollback(
    notifications_without_broker: NotificationFunctions,
) -> None:
    """The claim is in the first exchange."""
    event = notifications_without_broker.deliver_due()
    with count_exchanges() as exchanges:
        assert notifications_without_broker.notify_user.deliver(event).status_code == 202
    assert [len(exchange) for exchange in exchanges] == [4, 1]
