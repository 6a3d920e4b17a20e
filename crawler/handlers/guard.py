"""Which addresses may be connected to. Pure: an address and a permission in, a reason to refuse out.

    a name -> the system's resolver -> addresses -> [refusal] -> a socket

It is asked where a socket is made, with the address that the socket is for, and not where a URL is
read: 2130706433, 0x7f.1 and a name that points to another place since the last look are all 127.0.0.1
there. The registries are IANA's of special-purpose addresses (RFC 6890), as Python's ipaddress knows them.
"""

from __future__ import annotations

import enum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address


class Reach(enum.IntEnum):
    """How far a request may go beyond the open web."""

    PUBLIC = 0
    LOOPBACK = 1  # this machine too: a person typed its name into Scrapy's shell
    PRIVATE = 2  # addresses inside a network too: the site file says allow_private


def _networks(*names: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(name) for name in names)


_METADATA = _networks(
    "169.254.0.0/16",  # AWS, Azure, Google, OpenStack and others: 169.254.169.254, ECS: 169.254.170.2
    "100.100.100.200/32",  # Alibaba
    "168.63.129.16/32",  # Azure's wire server, a public number that is answered by the host
    "192.0.0.192/32",  # Oracle
    "fd00:ec2::/32",  # AWS
    "fd20:ce::254/128",  # Google
)
"""Where clouds tell a machine its secrets. No newspaper lives there, whatever a site file says."""

_NEVER = _networks(
    "0.0.0.0/8",  # "this network" (RFC 791); Linux connects 0.0.0.0 to itself
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
)
"""Unspecified, link-local, site-local (deprecated), multicast, reserved, broadcast."""

_NOT_PUBLIC = _networks(
    "192.88.99.0/24",  # 6to4 relays (RFC 7526), which Python takes for global
    "3fff::/20",  # documentation (RFC 9637), newer than some Pythons
    "2001::/32",  # Teredo (RFC 4380): a tunnel, whose other end is what its address says
)
_UNICAST = IPv6Network("2000::/3")
"""All that is given out on the IPv6 internet (RFC 4291, 2.4); what is beyond is local or a translation."""

_TRANSLATIONS = (
    (IPv6Network("::ffff:0:0/96"), 96),  # IPv4-mapped: the system connects by IPv4 (RFC 4291, 2.5.5.2)
    (IPv6Network("::ffff:0:0:0/96"), 96),  # IPv4-translated (RFC 2765)
    (IPv6Network("64:ff9b::/96"), 96),  # NAT64 (RFC 6052)
    (IPv6Network("2002::/16"), 16),  # 6to4 (RFC 3056)
)
"""IPv6 networks whose addresses stand for an IPv4 address, and the bit at which that one begins."""


@lru_cache(maxsize=1_024)
def refusal(address: str, reach: Reach) -> str | None:
    """Why an address, as a socket takes it, is not connected to; None when it may be."""
    parsed = _parse(address)
    if parsed is None:
        return f"refused: {address} is no address"
    inner = _embedded(parsed)
    shown = f"{address} ({inner})" if inner else address
    judged = inner or parsed
    if _within(judged, _METADATA):
        return f"refused: {shown} is link-local or where clouds keep their secrets; no site file allows it"
    if _within(judged, _NEVER):
        return f"refused: {shown} is an address of no single machine; no site file allows it"
    if reach is Reach.PRIVATE or (reach is Reach.LOOPBACK and judged.is_loopback) or is_public(judged):
        return None
    return f"refused: {shown} is not a public address; allow_private = true in the site file allows it"


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet."""
    if _within(address, (*_METADATA, *_NEVER, *_NOT_PUBLIC)) or not address.is_global:
        return False
    return address.version == 4 or address in _UNICAST


def _parse(address: str) -> Address | None:
    try:
        # A zone names an interface of ours; it says nothing of who is asked (RFC 4007, 11).
        return ip_address(address.partition("%")[0])
    except ValueError:
        return None


def _embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for: what is connected to in the end."""
    if isinstance(address, IPv4Address):
        return None
    number = int(address)
    for network, start in _TRANSLATIONS:
        if address in network:
            return IPv4Address((number >> (128 - start - 32)) & 0xFFFFFFFF)
    # IPv4-compatible (deprecated, RFC 4291, 2.5.5.1); :: and ::1 are addresses of their own.
    return IPv4Address(number) if 1 < number < 1 << 32 else None


def _within(address: Address, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
