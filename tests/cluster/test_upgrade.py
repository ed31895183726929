"""Tests of new revisions under load: an upgrade, a rollback and a canary lose and repeat no task."""

import time
from collections import Counter

from tests.cluster.cluster import list_objects, read_object
from tests.cluster.installation import Installation
from tests.cluster.load import create_load
from tests.cluster.readme import BY_HELM, CANARY, UPGRADE, read_commands, run_command

MIX_SECONDS = 20


def read_traffic(installed: Installation) -> dict[str, int]:
    """Return the percentage of each revision of tasks."""
    found = read_object(installed.namespace, "ksvc", "tasks")["status"]["traffic"]
    return {one["revisionName"]: one["percent"] for one in found if one.get("percent")}


def count_revisions(installed: Installation) -> Counter[str]:
    """Return the number of revisions of each function."""
    found = list_objects(installed.namespace, "revision")
    return Counter(one["metadata"]["labels"]["serving.knative.dev/service"] for one in found)


def test_a_rolling_upgrade_and_its_rollback_under_load(installed: Installation) -> None:
    """Every function gets two new revisions while tasks are created. Each task has its events and reminder once."""
    before = count_revisions(installed)
    with create_load(installed, "upgraded") as creating:
        for command in read_commands(UPGRADE, installed.settings, installed.namespace):
            run_command(command)
            installed.wait_until_ready()
    after = count_revisions(installed)
    assert {name: after[name] - count for name, count in before.items()} == dict.fromkeys(before, 2)
    creating.is_done_once()


def test_a_canary_under_load(installed: Installation) -> None:
    """A canary of tasks receives its share, is promoted and rolled back. Each task exists once."""
    [stable] = read_traffic(installed)
    canary_10, promote, rollback = read_commands(CANARY, installed.settings, installed.namespace)
    with create_load(installed, "canary") as creating:
        run_command(canary_10)
        shares = read_traffic(installed)
        time.sleep(MIX_SECONDS)
        run_command(promote)
        promoted = read_traffic(installed)
        run_command(rollback)
    [canary] = promoted
    assert (shares, promoted) == ({stable: 90, canary: 10}, {canary: 100})
    assert read_traffic(installed) == {stable: 100}
    creating.is_done_once()
    [back_to_the_chart] = read_commands(BY_HELM, installed.settings, installed.namespace)
    run_command(back_to_the_chart)
    assert stable not in read_traffic(installed)
