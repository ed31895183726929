"""Tests of the function `relay-outbox`: its responses to ticks and OutboxDue, and the request to itself."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from werkzeug.test import TestResponse

from events.ticks import OutboxDue, PingTicked
from functions.chassis.runtime.database import DatabaseUnavailableError
from tests.event_encoding import encode_binary
from tests.functions import FunctionUnderTest, Load
from tests.integration.delivery.conftest import RelayUnderTest
from tests.samples import NOON, an_event

TICK = an_event(PingTicked())
OUTBOX_DUE = an_event(OutboxDue(due_at=NOON))


def wait_for_runs(relay: FunctionUnderTest) -> None:
    """Return when the instance has no open request to itself."""
    relay.client.application.extensions["todo-relay-runner"].self_request.wait()


def published_ids(relay: FunctionUnderTest) -> list[str]:
    """Return the ids of the events that the Broker received."""
    return [event.attributes.id for event in relay.broker.events]


class OwnUrl:
    """A server that passes requests to the relay, as the platform does with requests to the instance's own URL."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.relay: FunctionUnderTest | None = None
        own_url = self

        class Route(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert own_url.relay
                own_url.paths.append(self.path)
                path = self.path.removeprefix("/services/relay-outbox")
                answer = own_url.relay.client.application.test_client().post(path)
                self.send_response(answer.status_code)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Write no log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Route)
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/services/{{service}}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def own_url() -> Iterator[OwnUrl]:
    """A server for a relay's requests to itself."""
    server = OwnUrl()
    yield server
    server.close()


def test_a_tick_publishes_events_that_are_due_before_the_next_tick(under_test: RelayUnderTest) -> None:
    """The tick is answered after the events that are due soon are published; the response has no body."""
    relay = under_test.function
    soon = under_test.store_events(1, 40)
    under_test.store_events(300)
    answer = relay.deliver(TICK)
    assert (answer.status_code, answer.data) == (202, b"")
    assert published_ids(relay) == soon
    left = NOON + timedelta(seconds=300) - under_test.clock.now
    assert int(answer.headers["Retry-After"]) == int(left.total_seconds())


@pytest.mark.parametrize(("due", "hint"), [((), "3600"), ((10_000,), "3600"), ((120,), "120")])
def test_a_tick_without_due_events_is_answered_at_once(
    under_test: RelayUnderTest, due: tuple[int, ...], hint: str
) -> None:
    """Retry-After is the time until the next event is due, at most an hour."""
    under_test.store_events(*due)
    answer = under_test.function.deliver(TICK)
    assert (answer.status_code, answer.headers["Retry-After"]) == (202, hint)
    assert under_test.clock.now == NOON


def test_outbox_due_is_answered_at_once_and_starts_a_run(
    under_test: RelayUnderTest, own_url: OwnUrl, function: Load
) -> None:
    """The instance sends a request to itself, and publishes within this request."""
    own_url.relay = relay = function("relay-outbox", SERVICES_URL=own_url.url)
    (soon,) = under_test.store_events(20)
    answer = relay.deliver(OUTBOX_DUE)
    assert (answer.status_code, answer.data) == (202, b"")
    wait_for_runs(relay)
    assert own_url.paths == ["/services/relay-outbox/hold"]
    assert published_ids(relay) == [soon]
    assert relay.clock.now >= NOON + timedelta(seconds=20)


def test_a_second_request_waits_for_events_after_the_first_one(
    under_test: RelayUnderTest, own_url: OwnUrl, function: Load
) -> None:
    """An event that is due after a request's limit and before the next tick is published in another request."""
    own_url.relay = relay = function("relay-outbox", SERVICES_URL=own_url.url)
    (soon,) = under_test.store_events(60)
    relay.deliver(TICK)
    wait_for_runs(relay)
    assert own_url.paths == ["/services/relay-outbox/hold"]
    assert published_ids(relay) == [soon]


def test_a_run_needs_no_reachable_own_url(under_test: RelayUnderTest) -> None:
    """If the instance cannot reach its own URL, it publishes without a request."""
    (soon,) = under_test.store_events(20)
    assert under_test.function.deliver(OUTBOX_DUE).status_code == 202
    wait_for_runs(under_test.function)
    assert published_ids(under_test.function) == [soon]


def test_a_run_needs_no_successful_response_from_its_own_url(
    under_test: RelayUnderTest, function: Load, own_url: OwnUrl
) -> None:
    """If the instance's own URL answers with an error, the instance publishes without a request."""
    own_url.relay = function("audit")  # a function without /hold
    relay = function("relay-outbox", SERVICES_URL=own_url.url)
    (soon,) = under_test.store_events(20)
    relay.deliver(OUTBOX_DUE)
    wait_for_runs(relay)
    assert published_ids(relay) == [soon]


def test_an_unavailable_database_is_answered_with_503(
    under_test: RelayUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed tick is sent again. OutboxDue is accepted, because the next tick publishes its events."""
    relay = under_test.function

    def fail(*_: object, **__: object) -> None:
        raise DatabaseUnavailableError

    monkeypatch.setattr("functions.chassis.messaging.outbox.claim_due_events", fail)
    assert relay.deliver(TICK).status_code == 503
    assert relay.client.post("/hold").status_code == 503
    assert relay.deliver(OUTBOX_DUE).status_code == 202
    wait_for_runs(relay)


def test_a_stopping_instance_starts_another_one(
    under_test: RelayUnderTest, function: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stopping instance claims no event, and emits OutboxDue, so that another instance publishes the next event."""
    monkeypatch.setattr("functions.delivery.stop_signal.is_stopping", lambda: True)
    relay = function("relay-outbox")
    under_test.store_events(30)
    assert relay.client.post("/hold").status_code == 202
    relay.instance.publisher.wait()
    assert [event.data for event in relay.broker.events] == [OutboxDue(due_at=NOON + timedelta(seconds=30))]
    assert relay.deliver(OUTBOX_DUE).status_code == 503
    assert [row["lease_until"] for row in under_test.outbox_rows()] == [None]


def test_a_failed_cleanup_does_not_fail_the_tick(
    under_test: RelayUnderTest, function: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the database becomes unavailable before the cleanup, the next tick deletes the expired rows."""

    def fail(*_: object, **__: object) -> None:
        raise DatabaseUnavailableError

    monkeypatch.setattr("functions.delivery.cleanup.delete_expired_rows", fail)
    (soon,) = under_test.store_events(1)
    relay = function("relay-outbox")
    assert relay.deliver(TICK).status_code == 202
    assert published_ids(relay) == [soon]


def test_many_outbox_due_events_share_a_request(under_test: RelayUnderTest, own_url: OwnUrl, function: Load) -> None:
    """One request is open at a time, and one more follows for the events that arrived in between."""
    own_url.relay = relay = function("relay-outbox", SERVICES_URL=own_url.url)
    soon = under_test.store_events(20)
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda _: relay.deliver(OUTBOX_DUE).status_code, range(12)))
    wait_for_runs(relay)
    assert set(statuses) == {202}
    assert published_ids(relay) == soon
    assert len(own_url.paths) <= 12


def test_a_tick_during_a_run_is_answered_at_once(
    under_test: RelayUnderTest, function: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An instance has one run at a time. The tick wakes this run, and its response has no Retry-After."""
    relay = function("relay-outbox")
    under_test.store_events(20)
    answers = list[TestResponse]()
    move_clock = under_test.clock.forward

    def forward(**by: float) -> None:
        move_clock(**by)
        if not answers:
            answers.append(relay.client.application.test_client().post("/", data=body, headers=headers))

    headers, body = encode_binary(TICK)
    monkeypatch.setattr(under_test.clock, "forward", forward)
    assert relay.client.post("/hold").headers["Retry-After"] == "3600"
    assert [(answer.status_code, "Retry-After" in answer.headers) for answer in answers] == [(202, False)]


def test_a_tick_deletes_expired_rows(under_test: RelayUnderTest) -> None:
    """Old inbox entries and expired state are deleted, except entries of events that may be redriven."""
    database = under_test.function.database
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
    assert under_test.function.deliver(TICK).status_code == 202
    kept = database.rows("SELECT id FROM delivery.inbox ORDER BY id")
    assert [row["id"] for row in kept] == ["dead", "dead", "young"]
    assert [row["key"] for row in database.rows("SELECT key FROM state.entries")] == ["valid"]
