"""Which hosts a webhook may reach."""

import pytest

from functions.chassis.runtime.environment import SettingsError
from functions.notifications.outbound.deadline import Deadline
from functions.notifications.outbound.reach import ANYWHERE, ForbiddenAddressError, Reach, read_reach

PUBLIC = "93.184.215.14"


class Resolver:
    """Returns the same addresses for every name, and records the names."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int) -> list[str]:
        """Return the addresses."""
        self.asked.append(host)
        return self.addresses


def resolve(reach: Reach, host: str, *addresses: str, scheme: str = "https") -> list[str]:
    """Resolve a host with these addresses."""
    return reach.resolve(scheme, host, 443, deadline=Deadline(), lookup=Resolver(*addresses))


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "hooks.localhost",  # RFC 6761
        "tasks",
        "tasks.todo.svc",
        "Tasks.Todo.SVC",
        "tasks.todo.svc.cluster.local",
        "tasks.todo.svc.cluster.local.",
        "printer.local",  # RFC 6762
        "metadata.google.internal",
        "router.home.arpa",  # RFC 8375
        "2130706433",
        "0x7f000001",
    ],
)
def test_an_internal_name_is_rejected_before_the_lookup(host: str) -> None:
    """This covers services of a cluster, this machine and single labels."""
    resolver = Resolver(PUBLIC)
    with pytest.raises(ForbiddenAddressError, match="not public"):
        Reach().resolve("https", host, 443, deadline=Deadline(), lookup=resolver)
    assert resolver.asked == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.96.0.1", "64:ff9b::a00:1", "::ffff:10.0.0.1", "fe80::1%1"])
def test_a_public_name_with_a_private_address_is_rejected(address: str) -> None:
    """Every address of the name must be public."""
    with pytest.raises(ForbiddenAddressError, match="not public"):
        resolve(Reach(), "hooks.example.com", address)
    with pytest.raises(ForbiddenAddressError, match="not public"):
        resolve(Reach(), "hooks.example.com", PUBLIC, address)


def test_no_search_path_is_applied() -> None:
    """In a cluster the search path makes tasks.todo one of its services."""
    resolver = Resolver(PUBLIC)
    assert Reach().resolve("https", "tasks.todo", 443, deadline=Deadline(), lookup=resolver) == [PUBLIC]
    assert resolver.asked == ["tasks.todo."]


def test_an_address_is_checked_like_a_name() -> None:
    """A public address is allowed, and loopback is not."""
    assert resolve(Reach(), PUBLIC, PUBLIC) == [PUBLIC]
    with pytest.raises(ForbiddenAddressError, match="not public"):
        resolve(Reach(), "::1", "::1")


def test_a_public_host_needs_tls() -> None:
    """A public address is posted to by https only."""
    with pytest.raises(ForbiddenAddressError, match="must be https"):
        resolve(Reach(), "hooks.example.com", PUBLIC, scheme="http")


def test_an_impossible_name_is_rejected() -> None:
    """Another attempt would not help."""
    with pytest.raises(ForbiddenAddressError, match="no host"):
        Reach().resolve("https", "a..b.example", 443, deadline=Deadline())


def test_in_development_every_host_is_allowed() -> None:
    """This includes this machine, without TLS."""
    assert resolve(ANYWHERE, "localhost", "127.0.0.1", scheme="http") == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("relay.hooks.svc.cluster.local", "10.96.0.7"),
        ("a.tools.internal", "fd00::7"),
        ("hooks.example.com", "10.20.3.4"),
        ("10.20.3.4", "10.20.3.4"),
        ("hooks.example.com", "64:ff9b::5db8:d70e"),
    ],
)
def test_listed_hosts_are_allowed(host: str, address: str) -> None:
    """The list has names, patterns of names, and networks. They need no TLS."""
    listed = "relay.hooks.svc.cluster.local, *.tools.internal,10.20.0.0/16,64:ff9b::/96"
    reach = read_reach({"WEBHOOKS_MAY_REACH": listed})
    assert resolve(reach, host, address, scheme="http") == [address]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("relay.other.svc.cluster.local", "10.96.0.7"),
        ("tools.internal", "fd00::7"),
        ("eviltools.internal", "fd00::7"),
        ("hooks.example.com", "10.21.0.1"),
        ("hooks.other.svc", "10.20.3.4"),
    ],
)
def test_neighbours_of_listed_hosts_are_rejected(host: str, address: str) -> None:
    """A listed network does not allow internal names."""
    reach = read_reach({"WEBHOOKS_MAY_REACH": "relay.hooks.svc.cluster.local,*.tools.internal,10.20.0.0/16"})
    with pytest.raises(ForbiddenAddressError, match="not public"):
        resolve(reach, host, address)


@pytest.mark.parametrize("listed", ["10.0.0.0/33", "10.0.0.1/8", "a b", "http://x/", "*", "10.0.0", "hooks.*.svc"])
def test_a_wrong_entry_prevents_the_start(listed: str) -> None:
    """The message names the variable."""
    with pytest.raises(SettingsError, match="cannot start: WEBHOOKS_MAY_REACH"):
        read_reach({"WEBHOOKS_MAY_REACH": f"10.1.0.0/16,{listed}"})


def test_without_a_list_only_the_internet_is_allowed() -> None:
    """An empty list means the same."""
    assert read_reach({}) == read_reach({"WEBHOOKS_MAY_REACH": " , "}) == Reach()
