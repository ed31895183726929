"""Tests that the relay wakes the functions that an event concerns shortly before the event is due."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from functions.chassis.messaging.outbox import WAKE_AHEAD
from functions.chassis.runtime.database import DatabaseUnavailableError
from functions.delivery.event_routes import load_subscriptions
from functions.delivery.function_waker import FunctionWaker
from functions.delivery.relay import Relay
from knative.function_list import load_function_list
from knative.subscriptions import describe_subscriptions
from tests.integration.delivery.conftest import RUN_LIMIT, RelayUnderTest
from tests.samples import NOON

CHAIN = ["append-audit", "notify-user", "send-notification", "settle-reminder"]
AHEAD = WAKE_AHEAD.total_seconds()


class Functions:
    """All functions behind one server. It answers 204 as soon as ``answering`` is set."""

    def __init__(self, under_test: RelayUnderTest) -> None:
        self._clock = under_test.clock
        self.woken: list[tuple[str, float]] = []
        self.answering = threading.Event()
        self.answering.set()
        self._requested = threading.Semaphore(0)
        functions = self

        class Function(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                assert self.path.endswith("/warm")
                functions._requested.release()
                functions.answering.wait(30)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Write no log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Function)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def url_of(self, name: str) -> str:
        """Return a function's URL, and record that the relay wakes it now, in seconds after noon."""
        self.woken.append((name, (self._clock.now - NOON).total_seconds()))
        return f"http://127.0.0.1:{self._server.server_port}/{name}"

    @property
    def names(self) -> list[str]:
        """The functions that were woken, sorted. Returns when the server has received all requests."""
        for _ in self.woken:
            assert self._requested.acquire(timeout=30)
        return sorted(name for name, _ in self.woken)

    def close(self) -> None:
        """Stop listening."""
        self.answering.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def functions(under_test: RelayUnderTest) -> Iterator[Functions]:
    """The functions that a relay can wake."""
    served = Functions(under_test)
    yield served
    served.close()


def make_waking_relay(under_test: RelayUnderTest, functions: Functions) -> Relay:
    """Return a relay that wakes the functions of the list, and records what it publishes."""
    subscriptions = load_subscriptions({"SUBSCRIPTIONS": describe_subscriptions(load_function_list())})
    database = under_test.instance.database
    waker = FunctionWaker(database, subscriptions, url_of=functions.url_of, clock=under_test.clock)
    return Relay(database, send=under_test.publish, clock=under_test.clock, is_stopping=lambda: False, waker=waker)


def test_a_reminder_wakes_its_functions_once(under_test: RelayUnderTest, functions: Functions) -> None:
    """Each function of the chain is woken shortly before the reminder is due, and no other function is."""
    ids = under_test.store_events(30, 30, 31)
    make_waking_relay(under_test, functions).run(NOON + RUN_LIMIT)
    assert functions.names == CHAIN
    assert all(30 - AHEAD <= moment < 30 for _, moment in functions.woken)
    assert all(0 <= at - due <= 0.1 for at, due in zip(under_test.published_seconds(ids), (30, 30, 31), strict=True))


def test_a_withdrawn_reminder_wakes_nothing(
    under_test: RelayUnderTest, functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reminder that was cancelled more than the lead time before it was due leaves all functions asleep."""
    (event_id,) = under_test.store_events(30)
    move_clock = under_test.clock.forward

    def forward(**by: float) -> None:
        move_clock(**by)
        if NOON + timedelta(seconds=10) < under_test.clock.now < NOON + timedelta(seconds=12):
            under_test.withdraw_event(event_id)

    monkeypatch.setattr(under_test.clock, "forward", forward)
    make_waking_relay(under_test, functions).run(NOON + RUN_LIMIT)
    assert (functions.woken, under_test.published) == ([], [])


def test_an_event_that_is_due_already_wakes_the_functions_after_it(
    under_test: RelayUnderTest, functions: Functions
) -> None:
    """The cold starts of a chain overlap, even if the relay had no time to wake the functions before."""
    under_test.store_events(1)
    under_test.clock.forward(seconds=2)
    make_waking_relay(under_test, functions).run(under_test.clock.now + RUN_LIMIT)
    assert functions.names == CHAIN
    assert len(under_test.published) == 1


def test_functions_that_do_not_answer_delay_no_event(under_test: RelayUnderTest, functions: Functions) -> None:
    """An event is published when it is due while the requests are open; a function has one open request."""
    functions.answering.clear()
    (event_id,) = under_test.store_events(30)
    make_waking_relay(under_test, functions).run(NOON + RUN_LIMIT)
    assert under_test.published_seconds([event_id]) == [pytest.approx(30, abs=0.1)]
    assert functions.names == CHAIN


def test_without_a_database_no_function_is_woken(
    under_test: RelayUnderTest, functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event is published when it is due, because the looks that fail are left out."""

    def fail(*_: object) -> None:
        raise DatabaseUnavailableError

    monkeypatch.setattr("functions.delivery.function_waker.find_upcoming_kinds", fail)
    monkeypatch.setattr("functions.delivery.function_waker.FunctionWaker.wake_for_claimed", lambda *_: None)
    (event_id,) = under_test.store_events(30)
    make_waking_relay(under_test, functions).run(NOON + RUN_LIMIT)
    assert under_test.published_seconds([event_id]) == [pytest.approx(30, abs=0.1)]
    assert functions.woken == []
