"""The client of the Dapr sidecar: its wait at startup, its deadlines, reconnection and errors."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from functions.chassis.runtime import dapr_sidecar
from functions.chassis.runtime.dapr_sidecar import DaprRejectedError, DaprUnavailableError, current_sidecar
from tests.daprd import Daprd
from tests.functions import ManualClock


def test_the_first_call_waits_for_a_starting_sidecar(daprd: Daprd) -> None:
    """A call before the sidecar is ready returns after the sidecar is ready."""
    daprd.ready = False
    daprd.secrets["key"] = {"key": "value"}
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(dapr_sidecar.get_secret, "secretstore", "key")
        while daprd.probes < 2:
            time.sleep(0.01)
        daprd.ready = True
        assert call.result(30) == "value"


def test_the_wait_for_a_sidecar_is_bounded(daprd: Daprd, monkeypatch: pytest.MonkeyPatch) -> None:
    """All calls share one time limit. After it, each call checks the sidecar's health once."""
    monkeypatch.setattr(dapr_sidecar, "STARTUP_SECONDS", 0.2)
    daprd.ready = False
    with pytest.raises(DaprUnavailableError, match="not ready"):
        current_sidecar()
    before = daprd.probes
    with pytest.raises(DaprUnavailableError, match="not ready"):
        current_sidecar()
    assert daprd.probes == before + 1


def test_the_health_of_a_ready_sidecar_is_not_checked_again(daprd: Daprd) -> None:
    """There is no health request after the first success."""
    current_sidecar()
    probes = daprd.probes
    for _ in range(3):
        current_sidecar()
    assert daprd.probes == probes


def test_a_restarted_sidecar_is_used_again(daprd: Daprd, clock: ManualClock) -> None:
    """Calls fail at once while the sidecar is down, and succeed after its restart at the same port."""
    daprd.secrets["key"] = {"key": "value"}
    assert dapr_sidecar.get_secret("secretstore", "key") == "value"
    daprd.die()
    with pytest.raises(DaprUnavailableError, match="UNAVAILABLE"):
        dapr_sidecar.get_secret("secretstore", "key")
    restarted = Daprd(clock, grpc_port=daprd.grpc_port)
    restarted.secrets["key"] = {"key": "rotated"}
    deadline = time.monotonic() + 30
    while True:
        try:
            assert dapr_sidecar.get_secret("secretstore", "key") == "rotated"
            break
        except DaprUnavailableError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    restarted.close()


def test_a_hanging_call_ends_at_its_deadline(daprd: Daprd, monkeypatch: pytest.MonkeyPatch) -> None:
    """No call waits longer than its deadline."""
    monkeypatch.setattr(dapr_sidecar, "STATE_SECONDS", 0.2)
    daprd.hold()
    with pytest.raises(DaprUnavailableError, match="DEADLINE_EXCEEDED"):
        dapr_sidecar.get_state("memory", "key")


def test_a_secret_outside_the_scope_is_rejected(daprd: Daprd) -> None:
    """The error differs from that of a sidecar that is down."""
    daprd.denied.add("key")
    with pytest.raises(DaprRejectedError, match="PERMISSION_DENIED"):
        dapr_sidecar.get_secret("secretstore", "key")


def test_a_secret_with_several_values_has_one_under_its_name(daprd: Daprd) -> None:
    """A Kubernetes secret has several values: its own name is preferred, and no value is an error."""
    daprd.secrets = {"key": {"other": "no", "key": "yes"}, "single": {"data": "only"}, "empty": {}}
    assert dapr_sidecar.get_secret("secretstore", "key") == "yes"
    assert dapr_sidecar.get_secret("secretstore", "single") == "only"
    with pytest.raises(DaprUnavailableError, match="has no value"):
        dapr_sidecar.get_secret("secretstore", "empty")
