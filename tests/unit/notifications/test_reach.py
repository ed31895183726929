"""Where a webhook may lead."""

import pytest

from functions.chassis.runtime.environment import SettingsError
from functions.notifications.channels.deadline import Deadline
from functions.notifications.channels.reach import ANYWHERE, Reach, RefusedError, listed_reach

PUBLIC = "93.184.215.14"


class Resolver:
    """Knows one answer for every name, and what it was asked."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int) -> list[str]:
        """Answer."""
        self.asked.append(host)
        return self.addresses


def resolve(reach: Reach, host: str, *addresses: str, scheme: str = "https") -> list[str]:
    """Resolve a host that has these addresses."""
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
def test_a_name_of_the_inside_is_not_even_looked_up(host: str) -> None:
    """A cluster's services, this machine, and single labels are refused by name."""
    resolver = Resolver(PUBLIC)
    with pytest.raises(RefusedError, match="not public"):
        Reach().resolve("https", host, 443, deadline=Deadline(), lookup=resolver)
    assert resolver.asked == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.96.0.1", "64:ff9b::a00:1", "::ffff:10.0.0.1", "fe80::1%1"])
def test_a_public_name_that_leads_inside_is_refused(address: str) -> None:
    """What counts is what a name resolves to, and every one of its addresses."""
    with pytest.raises(RefusedError, match="not public"):
        resolve(Reach(), "hooks.example.com", address)
    with pytest.raises(RefusedError, match="not public"):
        resolve(Reach(), "hooks.example.com", PUBLIC, address)


def test_a_name_is_looked_up_as_it_stands() -> None:
    """No search path completes it, with which a cluster makes tasks.todo one of its services."""
    resolver = Resolver(PUBLIC)
    assert Reach().resolve("https", "tasks.todo", 443, deadline=Deadline(), lookup=resolver) == [PUBLIC]
    assert resolver.asked == ["tasks.todo."]


def test_an_address_stands_for_itself() -> None:
    """An address is checked like what a name resolves to."""
    assert resolve(Reach(), PUBLIC, PUBLIC) == [PUBLIC]
    with pytest.raises(RefusedError, match="not public"):
        resolve(Reach(), "::1", "::1")


def test_outside_there_is_tls() -> None:
    """A public address is posted to by https only."""
    with pytest.raises(RefusedError, match="must be https"):
        resolve(Reach(), "hooks.example.com", PUBLIC, scheme="http")


def test_what_has_no_hosts_name_is_refused() -> None:
    """A name that no resolver can be asked for will not get better."""
    with pytest.raises(RefusedError, match="no host"):
        Reach().resolve("https", "a..b.example", 443, deadline=Deadline())


def test_in_development_everything_is_in_reach() -> None:
    """This machine too, without TLS."""
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
def test_what_the_operator_lists_is_in_reach(host: str, address: str) -> None:
    """By name, by what is below a name, or by network; without TLS too."""
    listed = "relay.hooks.svc.cluster.local, *.tools.internal,10.20.0.0/16,64:ff9b::/96"
    reach = listed_reach({"WEBHOOKS_MAY_REACH": listed})
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
def test_what_is_beside_the_list_stays_out_of_reach(host: str, address: str) -> None:
    """A neighbour is not listed, and a network does not vouch for the names of the inside."""
    reach = listed_reach({"WEBHOOKS_MAY_REACH": "relay.hooks.svc.cluster.local,*.tools.internal,10.20.0.0/16"})
    with pytest.raises(RefusedError, match="not public"):
        resolve(reach, host, address)


@pytest.mark.parametrize("listed", ["10.0.0.0/33", "10.0.0.1/8", "a b", "http://x/", "*", "10.0.0", "hooks.*.svc"])
def test_a_wrong_list_stops_the_function(listed: str) -> None:
    """One line names the variable and the entry."""
    with pytest.raises(SettingsError, match="cannot start: WEBHOOKS_MAY_REACH"):
        listed_reach({"WEBHOOKS_MAY_REACH": f"10.1.0.0/16,{listed}"})


def test_without_a_list_nothing_is_listed() -> None:
    """Not set, or empty, is the public internet alone."""
    assert listed_reach({}) == listed_reach({"WEBHOOKS_MAY_REACH": " , "}) == Reach()
