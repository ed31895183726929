"""Finding free ports on loopback."""

import socket

import pytest

from knative.local import free_ports
from knative.local.free_ports import PORT_RANGE, find_free_ports


def test_the_ports_are_different_and_in_the_range() -> None:
    """The range is below the ports of outgoing connections."""
    found = find_free_ports(3)
    assert len(set(found)) == 3
    assert all(port in PORT_RANGE for port in found)


def test_used_and_reserved_ports_are_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """If no other port is left, an error is raised."""
    with socket.create_server(("127.0.0.1", 0)) as used:
        first = used.getsockname()[1]
        monkeypatch.setattr(free_ports, "PORT_RANGE", range(first, first + 2))
        monkeypatch.setattr(free_ports, "_ATTEMPTS", 2)
        with pytest.raises(OSError, match="there are no free ports"):
            find_free_ports(1, reserved={first + 1})
