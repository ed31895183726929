"""Benchmarks of the outbox: many events that are due at the same time, and a million events that wait.

The environment variables ``BURST`` and ``WAITING`` set both numbers. Durations depend on the machine; the numbers of
early, lost and duplicate events do not.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import pytest

from events.encoding import encode_event
from events.reminder import ReminderDue
from events.ticks import PingTicked
from functions.chassis.messaging import outbox
from functions.chassis.runtime.pipelined_connection import Call, CallResult, PipelinedConnection
from functions.chassis.runtime.statement import Statement
from functions.postgresql import connect_postgresql
from tests.e2e.system import System, run_system
from tests.functions import FunctionUnderTest, Load, ManualClock
from tests.samples import a_reminder, an_event

pytestmark = pytest.mark.benchmark

BURST = int(os.environ.get("BURST", "10000"))
WAITING = int(os.environ.get("WAITING", "1000000"))
USERS = 100
POLLS = 200


class RealClock(ManualClock):
    """The system's clock, in place of the manual one."""

    def __call__(self) -> datetime:
        """Return the current time."""
        return datetime.now(UTC)


@pytest.fixture
def clock() -> ManualClock:
    """The system's clock."""
    return RealClock()


@pytest.fixture
def relay(function: Load) -> FunctionUnderTest:
    """The relay, with a broker that records the time of each event."""
    return function("relay-outbox")


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """The platform."""
    with run_system(tmp_path / "data") as started:
        yield started


def fill_outbox(relay: FunctionUnderTest, count: int, due_at: datetime, *, interval: str) -> None:
    """Store ``count`` ReminderDue events, the first at ``due_at`` and each further one an interval later."""
    envelope = encode_event(an_event(ReminderDue(reminder=a_reminder())))
    statement = """
        INSERT INTO delivery.outbox (id, event, due_at, owner)
        SELECT id, jsonb_set(CAST(:event AS jsonb), '{id}', to_jsonb(CAST(id AS text))),
            CAST(:due_at AS timestamptz) + n * CAST(:interval AS interval), 'todo_reminders'
        FROM (SELECT gen_random_uuid() AS id, n FROM generate_series(1, :count) AS n) AS made
    """
    relay.database.run(statement, event=envelope.to_json(), due_at=due_at.isoformat(), count=count, interval=interval)


def print_figure(text: str) -> None:
    """Print one line of results."""
    print(f"\n{text}", end="")  # noqa: T201 - the output of a benchmark


def describe_delays(delays: list[float]) -> str:
    """Return the first, median and last of some delays in seconds, as text."""
    return f"first after {min(delays):.3f} s, half after {median(delays):.1f} s, last after {max(delays):.1f} s"


def count_unread(system: System, user: str) -> int:
    """Return how many notifications a user has not read."""
    return int(system.call("GET", f"/notifications/{user}/counts", user=user).json["unread"])


def test_the_relay_publishes_a_burst(relay: FunctionUnderTest) -> None:
    """Prints how late the broker got each event, and how many were early, lost or duplicate."""
    due_at = datetime.now(UTC) + timedelta(seconds=10)
    fill_outbox(relay, BURST, due_at, interval="0 s")
    while relay.database.rows("SELECT 1 FROM delivery.outbox LIMIT 1"):
        relay.deliver(an_event(PingTicked()))
    delays = [received - due_at.timestamp() for received in relay.broker.times]
    ids = Counter(emitted.attributes.id for emitted in relay.emitted)
    duplicates, early = sum(ids.values()) - len(ids), sum(delay < 0 for delay in delays)
    print_figure(f"{BURST} due at once: {early} early, {BURST - len(ids)} lost, {duplicates} duplicates")
    print_figure(describe_delays(delays))


def test_a_burst_reaches_its_users(system: System) -> None:
    """Schedules reminders over the API on the whole platform, and prints how late each notification was."""
    users = [f"user-{number}" for number in range(USERS)]

    def schedule(number: int, remind_at: datetime) -> str:
        body = {"title": f"Reminder {number}", "at": remind_at.isoformat()}
        user = users[number % USERS]
        response = system.call_until_handled("POST", "/reminders/schedule", body, user=user, key=f"reminder-{number}")
        return str(response.json["id"])

    with ThreadPoolExecutor(16) as pool:
        started = time.monotonic()
        list(pool.map(lambda number: schedule(-number, datetime.now(UTC) + timedelta(days=300)), range(1, 201)))
        rate = 200 / (time.monotonic() - started)
        due_at = datetime.now(UTC) + timedelta(seconds=30 + 1.5 * BURST / rate)
        scheduled = set(pool.map(lambda number: schedule(number, due_at), range(BURST)))
    print_figure(f"{len(scheduled)} scheduled, {(due_at - datetime.now(UTC)).total_seconds():.0f} s before due time")

    def all_arrived() -> bool:
        return sum(count_unread(system, user) for user in users) >= len(scheduled)

    time.sleep(max(0.0, (due_at - datetime.now(UTC)).total_seconds()))
    system.wait_for(all_arrived, within=3600)
    items = [item for user in users for item in system.list_items(f"/notifications/{user}", user=user)]
    delivered = {item["reminderId"] for item in items}
    print_figure(f"{len(scheduled - delivered)} lost, {len(items) - len(delivered)} duplicates")
    for name in ("createdAt", "deliveredAt"):
        delays = [(datetime.fromisoformat(item[name]) - due_at).total_seconds() for item in items]
        print_figure(f"{name}: {sum(delay < 0 for delay in delays)} early, {describe_delays(delays)}")
    entries = system.list_items("/audit/entries?type=todo.ReminderDue", user="olga", roles=["operator"])
    audited = {entry["event"]["data"]["reminder"]["id"] for entry in entries}
    print_figure(f"ReminderDue in the audit log: {len(entries)}, {len(scheduled - audited)} of them missing")


def test_waiting_events_do_not_slow_the_relay(relay: FunctionUnderTest) -> None:
    """Prints the duration of a poll without due events, for an empty outbox and one with a million future events."""
    durations = {count: time_polls(relay, count) for count in (0, WAITING)}
    ratio = durations[WAITING] / durations[0]
    print_figure(f"a poll of {WAITING} waiting events takes {ratio:.2f} times a poll of none")
    for statement, plan in explain_polls(relay):
        print_figure(f"{statement}\n{plan}")


def time_polls(relay: FunctionUnderTest, count: int) -> float:
    """Return the median duration in seconds of a poll that finds nothing due among ``count`` waiting events."""
    if count:
        fill_outbox(relay, count, datetime.now(UTC) + timedelta(days=365), interval="1 s")
        relay.database.run("ANALYZE delivery.outbox")
    runner = relay.client.application.extensions["todo-relay-runner"]
    durations = []
    for _ in range(POLLS):
        started = time.perf_counter()
        runner.relay.run(datetime.now(UTC) + timedelta(seconds=55))
        durations.append(time.perf_counter() - started)
    longest = max(durations) * 1e3
    print_figure(f"with {count} waiting events: median {median(durations) * 1e3:.2f} ms, at most {longest:.2f} ms")
    return median(durations)


def explain_polls(relay: FunctionUnderTest) -> Iterator[tuple[str, str]]:
    """Yield each statement of a poll, shortened, and PostgreSQL's plan of it for the relay's role."""
    calls = list[Call]()
    exchange = PipelinedConnection.exchange

    def record(connection: PipelinedConnection, sent: Sequence[Call]) -> list[CallResult]:
        calls.extend(call for call in sent if call.statement.sql.startswith(("WITH", "SELECT")))
        return exchange(connection, sent)

    with relay.instance.database.transaction() as transaction, pytest.MonkeyPatch.context() as patched:
        patched.setattr(PipelinedConnection, "exchange", record)
        outbox.claim_due_events(transaction, now=datetime.now(UTC), limit=64)
        outbox.next_due_time(relay.instance.database)
    for call in calls:
        explained = Statement(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {call.statement.sql}")
        connection = PipelinedConnection(connect_postgresql(relay.database.url_of("delivery")))
        [result] = connection.exchange([Call(explained, call.parameters)])
        connection.close()
        yield (
            " ".join(call.statement.sql.split())[:60] + " …",
            "\n".join(f"  {line}" for row in result.rows for line in row.values()),
        )
