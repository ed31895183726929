"""Measures how late reminders are that find all functions at zero, and the pod-seconds that waking costs."""

import json
import os
import statistics
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.cluster.cluster import kubectl, read_object
from tests.cluster.fixtures import Install
from tests.cluster.installation import Installation
from tests.cluster.pod_time import watching

pytestmark = pytest.mark.benchmark

REMINDERS = int(os.environ.get("CLUSTER_REMINDERS", "20"))
SPACING = timedelta(seconds=90)
"""Longer than the window, Knative's grace period and the drain of a pod together."""

FIRST = timedelta(seconds=120)
CHAIN = ("notify-user", "send-notification", "settle-reminder", "append-audit")


def measure_reminders(system: Installation, user: str) -> None:
    """Print the lateness of reminders one by one, and the pods of their chain."""
    now = datetime.now(UTC)
    times = [now + FIRST + SPACING * number for number in range(REMINDERS)]
    reminders = [{"at": moment.isoformat()} for moment in times]
    answer = system.call_until_handled(
        "POST", "/tasks", {"title": "On time", "reminders": reminders}, user=user, key=user
    )
    assert answer.status == 201, answer.text
    with watching(system.namespace) as seen:
        time.sleep((times[-1] + SPACING - datetime.now(UTC)).total_seconds())
        until = datetime.now(UTC)
    late = json.loads(
        system.sql(
            "SELECT coalesce(json_agg(extract(epoch FROM delivered_at - remind_at) ORDER BY remind_at), '[]')"
            f" FROM reminders.reminders WHERE user_id = '{user}' AND status = 'delivered'"
        )
    )
    seconds, starts = seen.seconds(until), seen.starts()
    print(f"{user}: {len(late)} of {REMINDERS}, late {late}, median {statistics.median(late):.3f}")  # noqa: T201
    print(f"{user}: pod-seconds {dict(seconds)}, pods {dict(starts)}")  # noqa: T201 - a benchmark prints
    print(f"{user}: {sum(seconds[name] for name in CHAIN) / REMINDERS:.1f} pod-seconds a reminder")  # noqa: T201
    assert len(late) == REMINDERS
    assert min(late) >= 0


def test_punctuality(install: Install) -> None:
    """Measure with the relay as it is, and with a relay that wakes no function."""
    system = install()
    measure_reminders(system, "woken")
    template = read_object(system.namespace, "ksvc", "relay-outbox")["spec"]["template"]["spec"]
    names = [one["name"] for one in template["containers"][0]["env"]]
    path = f"/spec/template/spec/containers/0/env/{names.index('SUBSCRIPTIONS')}/value"
    patch = json.dumps([{"op": "replace", "path": path, "value": "[]"}])
    kubectl(system.namespace, "patch", "ksvc", "relay-outbox", "--type=json", "--patch", patch)
    system.wait_until_ready()
    measure_reminders(system, "asleep")
