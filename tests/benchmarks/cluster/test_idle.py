"""Measures the pods of an hour without due reminders, while 10,000 reminders wait."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tests.cluster.fixtures import Install
from tests.cluster.pod_time import watching

pytestmark = pytest.mark.benchmark

TASKS, REMINDERS_EACH = 500, 20
MINUTES = float(os.environ.get("CLUSTER_IDLE_MINUTES", "60"))
REST_SECONDS = 120


def test_idle(install: Install) -> None:
    """Print the pod-seconds of each function, and the share of the time in which it had a pod."""
    system = install()
    due = datetime.now(UTC) + timedelta(days=365)

    def create(number: int) -> None:
        reminders = [{"at": (due + timedelta(minutes=each)).isoformat()} for each in range(REMINDERS_EACH)]
        user = f"idler-{number % 10}"
        answer = system.call_until_handled(
            "POST", "/tasks", {"title": "Far", "reminders": reminders}, user=user, key=f"{number}"
        )
        assert answer.status == 201, answer.text

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(create, range(TASKS)))
    pending = "SELECT count(*) FROM delivery.outbox WHERE due_at > now() + interval '1 day'"
    audited = "SELECT count(*) FROM audit.entries"
    system.wait_for(lambda: system.sql(pending) == str(TASKS * REMINDERS_EACH), within=1800)
    system.wait_for(lambda: int(system.sql(audited)) >= TASKS * (REMINDERS_EACH + 1), within=1800)
    time.sleep(REST_SECONDS)
    with watching(system.namespace) as seen:
        began = datetime.now(UTC)
        time.sleep(MINUTES * 60)
        until = datetime.now(UTC)
        elapsed = (until - began).total_seconds()
    starts = seen.starts()
    assert starts, "the watch saw no pod, not even one of relay-outbox"
    print(f"{system.sql(pending)} reminders waiting, {elapsed:.0f} s")  # noqa: T201 - a benchmark prints
    for function, seconds in seen.seconds(until).items():
        print(f"{function}: {seconds} pod-seconds in {starts[function]} pods, {seconds / elapsed:.0%} of the time")  # noqa: T201
