"""New revisions under load: an upgrade, a rollback and a canary lose nothing and repeat nothing."""

import time
from collections import Counter

from tests.cluster.cluster import objects, read
from tests.cluster.installation import Installation
from tests.cluster.load import load
from tests.cluster.readme import BY_HELM, CANARY, UPGRADE, commands, run_command

MIX_SECONDS = 20


def traffic(installed: Installation) -> dict[str, int]:
    """Return the percentage of each revision of tasks."""
    found = read(installed.namespace, "ksvc", "tasks")["status"]["traffic"]
    return {one["revisionName"]: one["percent"] for one in found if one.get("percent")}


def revisions(installed: Installation) -> Counter[str]:
    """Return how many revisions each function has."""
    found = objects(installed.namespace, "revision")
    return Counter(one["metadata"]["labels"]["serving.knative.dev/service"] for one in found)


def test_a_rolling_upgrade_and_its_rollback_under_load(installed: Installation) -> None:
    """Every function gets a new revision, twice, while tasks are created: each has its events and reminder once."""
    before = revisions(installed)
    with load(installed, "upgraded") as creating:
        for command in commands(UPGRADE, installed.settings, installed.namespace):
            run_command(command)
            installed.await_ready()
    after = revisions(installed)
    assert {name: after[name] - count for name, count in before.items()} == dict.fromkeys(before, 2)
    creating.is_done_once()


def test_a_canary_under_load(installed: Installation) -> None:
    """A canary of the function that takes tasks serves its share, is promoted and rolled back: each task is once."""
    [stable] = traffic(installed)
    canary_10, promote, rollback = commands(CANARY, installed.settings, installed.namespace)
    with load(installed, "canary") as creating:
        run_command(canary_10)
        shares = traffic(installed)
        time.sleep(MIX_SECONDS)
        run_command(promote)
        promoted = traffic(installed)
        run_command(rollback)
    [canary] = promoted
    assert (shares, promoted) == ({stable: 90, canary: 10}, {canary: 100})
    assert traffic(installed) == {stable: 100}
    creating.is_done_once()
    [back_to_the_chart] = commands(BY_HELM, installed.settings, installed.namespace)
    run_command(back_to_the_chart)
    assert stable not in traffic(installed)
