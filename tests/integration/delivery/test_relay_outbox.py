"""The relay as a function: what ticks and wake-ups are answered with, and what keeps it awake."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from werkzeug.test import TestResponse

from events.ticks import OutboxDue, PingTicked
from functions.chassis.runtime.database import DatabaseUnavailableError
from tests.event_encoding import encode_binary
from tests.functions import FunctionUnderTest, Load
from tests.integration.delivery.conftest import Timer
from tests.samples import NOON, an_event

TICK = an_event(PingTicked())
WAKE = an_event(OutboxDue(due_at=NOON))


def settled(relay: FunctionUnderTest) -> Any:
    """Return the instance's watch when it holds no request any more."""
    watch = relay.client.application.extensions["/hold"]
    watch.awake.wait()
    return watch


def ids(relay: FunctionUnderTest) -> list[str]:
    """Return the ids of what the broker has."""
    return [event.attributes.id for event in relay.broker.events]


class OwnAddress:
    """The relay's own address, as a platform gives it one: requests to it go to the function."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.relay: FunctionUnderTest | None = None
        address = self

        class Route(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert address.relay
                address.paths.append(self.path)
                path = self.path.removeprefix("/services/relay-outbox")
                answer = address.relay.client.application.test_client().post(path)
                self.send_response(answer.status_code)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Route)
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/services/{{service}}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def address() -> Iterator[OwnAddress]:
    """A relay's own address."""
    own = OwnAddress()
    yield own
    own.close()


def test_a_tick_publishes_what_is_due_before_the_next(timer: Timer) -> None:
    """The tick's request is held until what is due soon is out; the answer is empty."""
    relay = timer.under_test
    soon = timer.put(1, 40)
    timer.put(300)
    answer = relay.deliver(TICK)
    assert (answer.status_code, answer.data) == (202, b"")
    assert ids(relay) == soon
    left = NOON + timedelta(seconds=300) - timer.clock.now
    assert int(answer.headers["Retry-After"]) == int(left.total_seconds())


@pytest.mark.parametrize(("due", "hint"), [((), "3600"), ((10_000,), "3600"), ((120,), "120")])
def test_a_tick_with_nothing_to_do_is_answered_at_once(timer: Timer, due: tuple[int, ...], hint: str) -> None:
    """The answer's Retry-After says when there is something to do, an hour at most."""
    timer.put(*due)
    answer = timer.under_test.deliver(TICK)
    assert (answer.status_code, answer.headers["Retry-After"]) == (202, hint)
    assert timer.clock.now == NOON


def test_a_wake_up_is_answered_at_once_and_seen_to(timer: Timer, address: OwnAddress, function: Load) -> None:
    """The publisher of OutboxDue does not wait; the instance asks itself, and publishes within that request."""
    address.relay = relay = function("relay-outbox", SERVICES_URL=address.url)
    (soon,) = timer.put(20)
    answer = relay.deliver(WAKE)
    assert (answer.status_code, answer.data) == (202, b"")
    settled(relay)
    assert address.paths == ["/services/relay-outbox/hold"]
    assert ids(relay) == [soon]
    assert relay.clock.now >= NOON + timedelta(seconds=20)


def test_what_one_request_cannot_wait_for_another_does(timer: Timer, address: OwnAddress, function: Load) -> None:
    """Something due after a request must end and before the next tick has come is waited for in a further request."""
    address.relay = relay = function("relay-outbox", SERVICES_URL=address.url)
    (soon,) = timer.put(60)
    relay.deliver(TICK)
    settled(relay)
    assert address.paths == ["/services/relay-outbox/hold"]
    assert ids(relay) == [soon]


def test_without_its_own_address_it_works_unseen(timer: Timer) -> None:
    """Where the function cannot reach itself it publishes all the same, as long as it lives."""
    (soon,) = timer.put(20)
    assert timer.under_test.deliver(WAKE).status_code == 202
    settled(timer.under_test)
    assert ids(timer.under_test) == [soon]


def test_an_address_that_answers_an_error_is_no_address(timer: Timer, function: Load, address: OwnAddress) -> None:
    """A request that was refused held nothing."""
    address.relay = function("audit")  # has no /hold
    relay = function("relay-outbox", SERVICES_URL=address.url)
    (soon,) = timer.put(20)
    relay.deliver(WAKE)
    settled(relay)
    assert ids(relay) == [soon]


def test_a_database_that_is_down_is_answered_with_503(timer: Timer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tick that cannot be served is to be sent again; a wake-up was taken, and the next tick does its work."""
    relay = timer.under_test

    def down(*_: object, **__: object) -> None:
        raise DatabaseUnavailableError

    monkeypatch.setattr("functions.chassis.messaging.outbox.claim_due", down)
    assert relay.deliver(TICK).status_code == 503
    assert relay.client.post("/hold").status_code == 503
    assert relay.deliver(WAKE).status_code == 202
    settled(relay)


def test_told_to_stop_it_hands_over(timer: Timer, function: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopping instance publishes nothing more, claims nothing, and wakes another for what is due soon."""
    monkeypatch.setattr("functions.delivery.termination.is_stopping", lambda: True)
    relay = function("relay-outbox")
    timer.put(30)
    assert relay.client.post("/hold").status_code == 202
    relay.instance.publisher.wait()
    assert [event.data for event in relay.broker.events] == [OutboxDue(due_at=NOON + timedelta(seconds=30))]
    assert relay.deliver(WAKE).status_code == 503
    assert [row["lease_until"] for row in timer.rows()] == [None]


def test_a_database_that_is_lost_at_the_end_costs_the_sweep_only(
    timer: Timer, function: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is old can wait: the tick is answered all the same."""

    def down(*_: object, **__: object) -> None:
        raise DatabaseUnavailableError

    monkeypatch.setattr("functions.delivery.sweep.sweep", down)
    (soon,) = timer.put(1)
    relay = function("relay-outbox")
    assert relay.deliver(TICK).status_code == 202
    assert ids(relay) == [soon]


def test_many_wake_ups_hold_few_requests(timer: Timer, address: OwnAddress, function: Load) -> None:
    """However many ask, one request is held at a time, and one more follows for those who asked meanwhile."""
    address.relay = relay = function("relay-outbox", SERVICES_URL=address.url)
    soon = timer.put(20)
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda _: relay.deliver(WAKE).status_code, range(12)))
    settled(relay)
    assert set(statuses) == {202}
    assert ids(relay) == soon
    assert len(address.paths) <= 12


def test_a_tick_during_a_held_request_wakes_it(timer: Timer, function: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """One run is enough for an instance: a tick that finds one is answered at once, without a hint."""
    relay = function("relay-outbox")
    timer.put(20)
    answers = list[TestResponse]()
    moved = timer.clock.forward

    def forward(**by: float) -> None:
        moved(**by)
        if not answers:
            answers.append(relay.client.application.test_client().post("/", data=body, headers=headers))

    headers, body = encode_binary(TICK)
    monkeypatch.setattr(timer.clock, "forward", forward)
    assert relay.client.post("/hold").headers["Retry-After"] == "3600"
    assert [(answer.status_code, "Retry-After" in answer.headers) for answer in answers] == [(202, False)]


def test_a_tick_forgets_what_is_long_past(timer: Timer) -> None:
    """Old inbox entries and expired state go; what is young, valid, or may be sent again stays."""
    database = timer.under_test.database
    for function, event_id, days in (("a", "old", 31), ("a", "young", 29), ("a", "dead", 31), ("b", "dead", 31)):
        database.run(
            "INSERT INTO delivery.inbox VALUES (:function, '/todo/tasks', :id, CAST(:at AS timestamptz), 'todo_tasks')",
            function=function,
            id=event_id,
            at=(NOON - timedelta(days=days)).isoformat(),
        )
    database.run(
        "INSERT INTO delivery.dead_letters (id, event, source, event_id, destination, reason, status, first_seen,"
        " last_seen) VALUES (gen_random_uuid(), '{}', '/todo/tasks', 'dead', 'x', '', 'open', now(), now())"
    )
    for key, expires in (("gone", "2026-03-02T11:59Z"), ("valid", "2999-01-01T00:00Z")):
        database.run(
            "INSERT INTO state.entries VALUES ('todo_tasks', :key, '1', gen_random_uuid(), CAST(:at AS timestamptz))",
            key=key,
            at=expires,
        )
    assert timer.under_test.deliver(TICK).status_code == 202
    kept = database.rows("SELECT id FROM delivery.inbox ORDER BY id")
    assert [row["id"] for row in kept] == ["dead", "dead", "young"]
    assert [row["key"] for row in database.rows("SELECT key FROM state.entries")] == ["valid"]
