"""Which addresses count as one client: an IPv4 address, or the network that an IPv6 host owns."""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

__all__ = ["client_of", "is_this_machine"]

# A host usually owns this much of an IPv6 address, and may send from any address inside.
IPV6_PREFIX = 64
# Longer than any address. A proxy may forward what a client invented.
LONGEST = 45
UNKNOWN = "unknown"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_of(peer: Sequence[object] | None) -> str:
    """Return the name under which the sender is counted; `peer` is its address and port."""
    return _name(str(peer[0])[:LONGEST]) if peer else UNKNOWN


def is_this_machine(peer: Sequence[object] | None) -> bool:
    """Return whether the sender is a program on this machine; a Unix socket has no addresses."""
    if not peer:
        return True
    address = _address(str(peer[0]))
    return address is not None and address.is_loopback


@lru_cache(maxsize=4_096)
def _name(host: str) -> str:
    address = _address(host)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address.packed, IPV6_PREFIX), strict=False))
    return str(address or host)


def _address(host: str) -> Address | None:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
