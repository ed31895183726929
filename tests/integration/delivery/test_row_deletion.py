"""Tests that the rows of published events are deleted together."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection

from functions.chassis.messaging import outbox
from functions.chassis.runtime.database import DatabaseUnavailableError
from functions.delivery.row_deletion import RowDeletion
from tests.integration.delivery.conftest import RelayUnderTest


class SlowDeletion:
    """Records which rows are deleted together. The first transaction waits for ``go_on``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.batches: list[list[str]] = []
        self.started, self.go_on = threading.Event(), threading.Event()
        delete_events = outbox.delete_events

        def delete(connection: Connection, event_ids: Sequence[str]) -> None:
            self.batches.append(list(event_ids))
            self.started.set()
            self.go_on.wait(30)
            delete_events(connection, event_ids)

        monkeypatch.setattr(outbox, "delete_events", delete)


def test_rows_are_deleted_together(under_test: RelayUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that arrive during a transaction are deleted by the next one, and their threads do not wait for it."""
    first, *others = under_test.store_events(*[1] * 20)
    slow, deletion = SlowDeletion(monkeypatch), RowDeletion(under_test.instance.database)
    with ThreadPoolExecutor(1) as threads:
        deleting = threads.submit(deletion.delete, first)
        assert slow.started.wait(30)
        for event_id in others:
            deletion.delete(event_id)
        slow.go_on.set()
        deleting.result(30)
    assert slow.batches == [[first], others]
    assert under_test.outbox_rows() == []


def test_a_failed_transaction_does_not_prevent_the_next(
    under_test: RelayUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows of the failed transaction stay; their leases expire, and their events are published again."""
    first, second = under_test.store_events(1, 1)
    deletion, delete_events = RowDeletion(under_test.instance.database), outbox.delete_events

    def fail(*_: object) -> None:
        raise DatabaseUnavailableError

    monkeypatch.setattr(outbox, "delete_events", fail)
    with pytest.raises(DatabaseUnavailableError):
        deletion.delete(first)
    monkeypatch.setattr(outbox, "delete_events", delete_events)
    deletion.delete(second)
    assert [str(row["id"]) for row in under_test.outbox_rows()] == [first]
