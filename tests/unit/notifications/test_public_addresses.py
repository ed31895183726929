"""Which IP addresses belong to the public internet."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.notifications.outbound.public_addresses import Address, is_public

SPECIAL = [
    ("0.0.0.0", "RFC 1122, section 3.2.1.3: unspecified"),
    ("0.1.2.3", "RFC 1122, section 3.2.1.3: this network"),
    ("10.0.0.1", "RFC 1918"),
    ("172.16.0.1", "RFC 1918"),
    ("172.31.255.254", "RFC 1918"),
    ("192.168.1.1", "RFC 1918"),
    ("100.64.0.1", "RFC 6598: shared by a carrier's customers"),
    ("100.127.255.254", "RFC 6598"),
    ("127.0.0.1", "RFC 1122, section 3.2.1.3: loopback"),
    ("127.255.255.254", "RFC 1122, section 3.2.1.3"),
    ("168.63.129.16", "Microsoft's documentation: Azure's own services"),
    ("169.254.169.254", "RFC 3927: link-local, where clouds keep metadata"),
    ("192.0.0.8", "RFC 7600: dummy"),
    ("192.0.0.170", "RFC 7050: NAT64 discovery"),
    ("192.0.2.1", "RFC 5737: documentation"),
    ("198.51.100.1", "RFC 5737"),
    ("203.0.113.1", "RFC 5737"),
    ("192.88.99.1", "RFC 7526: 6to4's relays"),
    ("198.18.0.1", "RFC 2544: benchmarks"),
    ("198.19.255.254", "RFC 2544"),
    ("224.0.0.1", "RFC 5771: multicast"),
    ("239.255.255.250", "RFC 2365: multicast of an organization"),
    ("240.0.0.1", "RFC 1112, section 4: reserved"),
    ("255.255.255.255", "RFC 919: broadcast"),
    ("::", "RFC 4291, section 2.5.2: unspecified"),
    ("::1", "RFC 4291, section 2.5.3: loopback"),
    ("::93.184.215.14", "RFC 4291, section 2.5.5.1: IPv4-compatible"),
    ("::ffff:127.0.0.1", "RFC 4291, section 2.5.5.2: IPv4-mapped"),
    ("::ffff:93.184.215.14", "RFC 4291, section 2.5.5.2"),
    ("::ffff:0:127.0.0.1", "RFC 2765, section 2.1: IPv4-translated"),
    ("64:ff9b::10.0.0.1", "RFC 6052: NAT64"),
    ("64:ff9b::93.184.215.14", "RFC 6052"),
    ("64:ff9b:1::10.0.0.1", "RFC 8215: NAT64 within a network"),
    ("64:ff9b:1:ffff::1", "RFC 8215"),
    ("100::1", "RFC 6666: discarded"),
    ("2001::1", "RFC 4380: Teredo"),
    ("2001:0:5ef5:79fd::1", "RFC 4380"),
    ("2001:2::1", "RFC 5180: benchmarks"),
    ("2001:20::1", "RFC 7343: ORCHID"),
    ("2001:db8::1", "RFC 3849: documentation"),
    ("2002:7f00:1::1", "RFC 3056: 6to4, of 127.0.0.1"),
    ("2002:5db8:d70e::1", "RFC 3056"),
    ("3fff::1", "RFC 9637: documentation"),
    ("5f00::1", "RFC 9602: segment routing"),
    ("fc00::1", "RFC 4193: unique local"),
    ("fd00:ec2::254", "RFC 4193: where a cloud keeps metadata"),
    ("fe80::1", "RFC 4291, section 2.5.6: link-local"),
    ("fe80::1%1", "RFC 4007: link-local, with its zone"),
    ("fec0::1", "RFC 3879: site-local"),
    ("ff02::1", "RFC 4291, section 2.7: multicast"),
]

PUBLIC = [
    "1.1.1.1",
    "93.184.215.14",
    "100.63.255.255",
    "172.32.0.1",
    "198.20.0.1",
    "2606:4700:4700::1111",
    "2001:4860::8",
]


@pytest.mark.parametrize(("address", "source"), SPECIAL)
def test_a_reserved_address_is_not_public(address: str, source: str) -> None:
    """This covers each reserved range, and each range that embeds an IPv4 address."""
    assert not is_public(ip_address(address)), source


@pytest.mark.parametrize("address", PUBLIC)
def test_an_assigned_address_is_public(address: str) -> None:
    """This includes addresses right beside a reserved range."""
    assert is_public(ip_address(address))


@given(st.ip_addresses())
def test_python_agrees_that_a_public_address_is_global(address: Address) -> None:
    """The standard library's table is never stricter."""
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast
