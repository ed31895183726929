"""The sidecar: waited for lazily and in bounds, found again after it died, and told apart in how it says no."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from functions.chassis.runtime import dapr_sidecar
from functions.chassis.runtime.dapr_sidecar import DaprRefusedError, DaprUnavailableError, current_sidecar
from tests.daprd import Daprd
from tests.functions import ManualClock


def test_a_sidecar_that_comes_up_is_waited_for(daprd: Daprd) -> None:
    """A first call that comes before the sidecar is answered when that is ready."""
    daprd.ready = False
    daprd.secrets["key"] = {"key": "value"}
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(dapr_sidecar.get_secret, "secretstore", "key")
        while daprd.probes < 2:
            time.sleep(0.01)
        daprd.ready = True
        assert asked.result(30) == "value"


def test_a_sidecar_that_never_comes_is_waited_for_once(daprd: Daprd, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait is bounded for all calls together: once it is over, the next call looks one time and goes on."""
    monkeypatch.setattr(dapr_sidecar, "WAIT_SECONDS", 0.2)
    daprd.ready = False
    with pytest.raises(DaprUnavailableError, match="not ready"):
        current_sidecar()
    before = daprd.probes
    with pytest.raises(DaprUnavailableError, match="not ready"):
        current_sidecar()
    assert daprd.probes == before + 1


def test_a_sidecar_that_was_ready_is_not_asked_again(daprd: Daprd) -> None:
    """Its health is asked until it is good, and then no more."""
    current_sidecar()
    probes = daprd.probes
    for _ in range(3):
        current_sidecar()
    assert daprd.probes == probes


def test_a_sidecar_that_was_killed_is_found_again(daprd: Daprd, clock: ManualClock) -> None:
    """While it is gone calls say so at once; back at its port it is used again."""
    daprd.secrets["key"] = {"key": "value"}
    assert dapr_sidecar.get_secret("secretstore", "key") == "value"
    daprd.die()
    with pytest.raises(DaprUnavailableError, match="UNAVAILABLE"):
        dapr_sidecar.get_secret("secretstore", "key")
    again = Daprd(clock, grpc_port=daprd.grpc_port)
    again.secrets["key"] = {"key": "rotated"}
    deadline = time.monotonic() + 30
    while True:
        try:
            assert dapr_sidecar.get_secret("secretstore", "key") == "rotated"
            break
        except DaprUnavailableError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    again.close()


def test_a_sidecar_that_hangs_is_given_up(daprd: Daprd, monkeypatch: pytest.MonkeyPatch) -> None:
    """No call waits longer than its own deadline."""
    monkeypatch.setattr(dapr_sidecar, "STATE_SECONDS", 0.2)
    daprd.hold()
    with pytest.raises(DaprUnavailableError, match="DEADLINE_EXCEEDED"):
        dapr_sidecar.get_state("memory", "key")


def test_a_secret_outside_the_scope_is_refused(daprd: Daprd) -> None:
    """A refusal is told apart from a sidecar that is not there, and names no value."""
    daprd.denied.add("key")
    with pytest.raises(DaprRefusedError, match="PERMISSION_DENIED"):
        dapr_sidecar.get_secret("secretstore", "key")


def test_a_secret_of_several_values_is_the_one_of_its_name(daprd: Daprd) -> None:
    """Kubernetes keeps several values under a name; ours has one, and one that is empty is none."""
    daprd.secrets = {"key": {"other": "no", "key": "yes"}, "single": {"data": "only"}, "empty": {}}
    assert dapr_sidecar.get_secret("secretstore", "key") == "yes"
    assert dapr_sidecar.get_secret("secretstore", "single") == "only"
    with pytest.raises(DaprUnavailableError, match="has no value"):
        dapr_sidecar.get_secret("secretstore", "empty")
