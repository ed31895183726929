"""Distinguishes addresses of the public internet from private, local and reserved ones. Pure.

The ranges are those of IANA's special-purpose address registries (RFC 6890). One rule is stricter: an IPv6 prefix that
embeds an IPv4 address is never public, because a gateway may extract that address and deliver to it.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""The IPv6 addresses that are assigned to networks (RFC 4291, section 2.4, and IANA's registry)."""

_SPECIAL: Final[tuple[Network, ...]] = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network, and the unspecified address: RFC 1122, section 3.2.1.3
        "10.0.0.0/8",  # private: RFC 1918
        "100.64.0.0/10",  # shared by a carrier's or a cloud's customers: RFC 6598
        "127.0.0.0/8",  # loopback: RFC 1122, section 3.2.1.3
        "168.63.129.16/32",  # Azure's services for its own machines: Microsoft's documentation
        "169.254.0.0/16",  # link-local, and the clouds' metadata: RFC 3927
        "172.16.0.0/12",  # private: RFC 1918
        "192.0.0.0/24",  # protocol assignments: RFC 6890, section 2.1
        "192.0.2.0/24",  # documentation: RFC 5737
        "192.88.99.0/24",  # 6to4's relays, deprecated: RFC 7526
        "192.168.0.0/16",  # private: RFC 1918
        "198.18.0.0/15",  # benchmarks: RFC 2544
        "198.51.100.0/24",  # documentation: RFC 5737
        "203.0.113.0/24",  # documentation: RFC 5737
        "224.0.0.0/4",  # multicast: RFC 5771
        "240.0.0.0/4",  # reserved: RFC 1112, section 4; includes the broadcast address of RFC 919
        "2001::/23",  # protocol assignments: RFC 2928; Teredo, RFC 4380; benchmarks, RFC 5180; ORCHID, RFC 7343
        "2001:db8::/32",  # documentation: RFC 3849
        "2002::/16",  # 6to4: RFC 3056
        "3fff::/20",  # documentation: RFC 9637
    )
)


def is_public(address: Address) -> bool:
    """Return whether an address belongs to one machine on the public internet."""
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return not any(address in network for network in _SPECIAL)
