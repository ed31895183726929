"""What the outbox costs: a burst that falls due at one moment, and a million that wait.

``BURST`` and ``WAITING`` are their sizes. The numbers hold for the machine; what is early, lost or there twice for all.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from sqlalchemy import event

from events.encoding import encode_event
from events.reminder import ReminderDue
from events.ticks import PingTicked
from functions.chassis.messaging import outbox
from tests.e2e.system import System, run_system
from tests.functions import FunctionUnderTest, Load, ManualClock
from tests.samples import a_reminder, an_event

pytestmark = pytest.mark.benchmark

BURST = int(os.environ.get("BURST", "10000"))
WAITING = int(os.environ.get("WAITING", "1000000"))
USERS = 100
LOOKS = 200


class RealClock(ManualClock):
    """The system's clock in the place of one that stands still."""

    def __call__(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC)


@pytest.fixture
def clock() -> ManualClock:
    """The system's clock."""
    return RealClock()


@pytest.fixture
def relay(function: Load) -> FunctionUnderTest:
    """The relay, and a broker that remembers when it was told what."""
    return function("relay-outbox")


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """The platform."""
    with run_system(tmp_path / "data") as started:
        yield started


def fill(relay: FunctionUnderTest, count: int, due_at: datetime, *, apart: str) -> None:
    """Leave reminders' firings in the outbox, as the function that plans them does, so far ``apart``."""
    sealed = encode_event(an_event(ReminderDue(reminder=a_reminder())))
    statement = """
        INSERT INTO delivery.outbox (id, event, due_at, owner)
        SELECT id, jsonb_set(CAST(:event AS jsonb), '{id}', to_jsonb(CAST(id AS text))),
            CAST(:due_at AS timestamptz) + n * CAST(:apart AS interval), 'todo_reminders'
        FROM (SELECT gen_random_uuid() AS id, n FROM generate_series(1, :count) AS n) AS made
    """
    document = sealed.to_json()
    relay.database.run(statement, event=document, due_at=due_at.isoformat(), count=count, apart=apart)


def told(text: str) -> None:
    """Print a figure."""
    print(f"\n{text}", end="")  # noqa: T201 - what it is for


def spread(after: list[float]) -> str:
    """Return how long after a moment, in seconds, things happened."""
    return f"first after {min(after):.3f} s, half after {median(after):.1f} s, last after {max(after):.1f} s"


def unread_of(system: System, user: str) -> int:
    """Return how many notifications a user has not read."""
    return int(system.call("GET", f"/notifications/{user}/counts", user=user).json["unread"])


def test_a_burst_leaves_the_outbox(relay: FunctionUnderTest) -> None:
    """By when the broker had each: none before its moment, each once."""
    moment = datetime.now(UTC) + timedelta(seconds=10)
    fill(relay, BURST, moment, apart="0 s")
    while relay.database.rows("SELECT 1 FROM delivery.outbox LIMIT 1"):
        relay.deliver(an_event(PingTicked()))
    after = [received - moment.timestamp() for received in relay.broker.times]
    ids = Counter(one.attributes.id for one in relay.emitted)
    twice, early = sum(ids.values()) - len(ids), sum(one < 0 for one in after)
    told(f"{BURST} at one moment: {early} early, {BURST - len(ids)} lost, {twice} twice")
    told(spread(after))


def test_a_burst_reaches_its_users(system: System) -> None:
    """From the API to the app, everything running as it ships: none before its moment, each once."""
    users = [f"user-{number}" for number in range(USERS)]

    def schedule(number: int, moment: datetime) -> str:
        body = {"title": f"Reminder {number}", "at": moment.isoformat()}
        user = users[number % USERS]
        made = system.call_until_handled("POST", "/reminders/schedule", body, user=user, key=f"reminder-{number}")
        return str(made.json["id"])

    with ThreadPoolExecutor(16) as pool:
        began = time.monotonic()
        list(pool.map(lambda number: schedule(-number, datetime.now(UTC) + timedelta(days=300)), range(1, 201)))
        rate = 200 / (time.monotonic() - began)
        moment = datetime.now(UTC) + timedelta(seconds=30 + 1.5 * BURST / rate)
        planned = set(pool.map(lambda number: schedule(number, moment), range(BURST)))
    told(f"{len(planned)} planned, {(moment - datetime.now(UTC)).total_seconds():.0f} s before their moment")

    def are_there() -> bool:
        return sum(unread_of(system, user) for user in users) >= len(planned)

    time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))
    system.wait_for(are_there, within=3600)
    shown = [one for user in users for one in system.list_items(f"/notifications/{user}", user=user)]
    reached = {one["reminderId"] for one in shown}
    told(f"{len(planned - reached)} lost, {len(shown) - len(reached)} twice")
    for name in ("createdAt", "deliveredAt"):
        after = [(datetime.fromisoformat(one[name]) - moment).total_seconds() for one in shown]
        told(f"{name}: {sum(one < 0 for one in after)} early, {spread(after)}")
    due = system.list_items("/audit/entries?type=todo.ReminderDue", user="olga", roles=["operator"])
    said = {one["event"]["data"]["reminder"]["id"] for one in due}
    told(f"ReminderDue in the audit log: {len(due)}, {len(planned - said)} of them missing")


def test_what_waits_costs_nothing(relay: FunctionUnderTest) -> None:
    """The time of a look with nothing due, with nothing in the outbox and with a million rows a year ahead."""
    looks = {count: look(relay, count) for count in (0, WAITING)}
    told(f"a look at {WAITING} that wait takes {looks[WAITING] / looks[0]:.2f} times one at none")
    for statement, plan in plans(relay):
        told(f"{statement}\n{plan}")


def look(relay: FunctionUnderTest, count: int) -> float:
    """Return the median time in seconds of a tick that finds nothing due, beside so many rows."""
    if count:
        fill(relay, count, datetime.now(UTC) + timedelta(days=365), apart="1 s")
        relay.database.run("ANALYZE delivery.outbox")
    watch = relay.client.application.extensions["/hold"]
    times = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        watch.relay.run(datetime.now(UTC) + timedelta(seconds=55))
        times.append(time.perf_counter() - began)
    told(f"beside {count} rows: median {median(times) * 1e3:.2f} ms, at most {max(times) * 1e3:.2f} ms")
    return median(times)


def plans(relay: FunctionUnderTest) -> Iterator[tuple[str, str]]:
    """Return each statement of a look at the outbox, shortened, and how PostgreSQL ran it for the relay's role."""
    engine, seen = relay.instance.database.engine, list[tuple[str, Any]]()

    def note(_c: Any, _u: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    now = datetime.now(UTC)
    with relay.instance.database.transaction() as connection:
        outbox.claim_due(connection, now=now, limit=64)
        outbox.next_moment(connection)
    event.remove(engine, "before_cursor_execute", note)
    for statement, parameters in seen:
        with engine.connect() as connection:
            rows = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement}", parameters)
            yield " ".join(statement.split())[:60] + " …", "\n".join(f"  {row[0]}" for row in rows)
