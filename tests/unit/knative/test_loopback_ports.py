"""Free ports of loopback."""

import socket

import pytest

from knative.local import loopback_ports
from knative.local.loopback_ports import RANGE, free_ports


def test_so_many_as_are_asked_for() -> None:
    """All different, and below what the system gives to others."""
    found = free_ports(3)
    assert len(set(found)) == 3
    assert all(port in RANGE for port in found)


def test_neither_taken_nor_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that somebody listens on, or soon will, is no free one; where there is no other, that is said."""
    with socket.create_server(("127.0.0.1", 0)) as used:
        first = used.getsockname()[1]
        monkeypatch.setattr(loopback_ports, "RANGE", range(first, first + 2))
        monkeypatch.setattr(loopback_ports, "_TRIES", 2)
        with pytest.raises(OSError, match="there are no free ports"):
            free_ports(1, taken={first + 1})
