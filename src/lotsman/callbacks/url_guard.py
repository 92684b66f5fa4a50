"""Whom the courier may connect to: public addresses, and what the operator allows.

Every address that a name stands for is judged at the moment of connecting, and that very address is connected to; so a
name that changes its mind between a check and a call (DNS rebinding) gains nothing.
Rule 1: an address that carries another one inside (mapped, 6to4, Teredo, NAT64) is as good as the one inside.
"""

import ipaddress
import socket
from collections.abc import Sequence
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

from lotsman.callbacks.names import Names
from lotsman.domain.callback import is_odd_number

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# What `is_global` does not say: ranges that are routed here and there, or stand for a carrier's inside.
_NEVER: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.175.48.0/24", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "fec0::/10", "ff00::/8", "100::/64",
        "2001:db8::/32", "2001:2::/48", "2001:10::/28", "2001:20::/28", "3fff::/20", "5f00::/16",
    )
)  # fmt: skip
_TRANSLATED: Final = tuple(
    map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96"))
)  # NAT64
_SIX_TO_FOUR: Final = ipaddress.IPv6Network("2002::/16")
_COMPATIBLE: Final = ipaddress.IPv6Network("::/96")


class Forbidden(OSError):
    """The address is not one that callbacks may go to."""


class UrlGuard:
    def __init__(self, allowed: Sequence[str] = ()) -> None:
        """`allowed`: networks that may be called although they are private. Raises ValueError."""
        self._allowed: Final = tuple(ipaddress.ip_network(text.strip()) for text in allowed if text.strip())

    def permits(self, address: str) -> bool:
        """Whether this IP address (not a name) may be connected to."""
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return all(self._is_allowed(each) or _is_public(each) for each in (parsed, *_inside(parsed)))

    def _is_allowed(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self._allowed)


def _is_public(address: Address) -> bool:
    if not address.is_global or address.is_multicast:
        return False
    return not any(address.version == network.version and address in network for network in _NEVER)


def _inside(address: Address) -> list[Address]:
    """The IPv4 addresses that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address.teredo is not None:
        return list(address.teredo)
    if any(address in network for network in _TRANSLATED) or address in _COMPATIBLE:
        return [last]
    if address in _SIX_TO_FOUR:
        return [ipaddress.IPv4Address((int(address) >> 80) & 0xFFFFFFFF)]
    return []


class GuardedResolver(AbstractResolver):
    """Names -> addresses that the guard permits; one that is not permitted forbids the whole name.

    aiohttp asks it for every name, and connects to what it answers. Addresses written as such never come here: aiohttp
    takes them as they are, so the courier asks `permits_literal` first.
    """

    def __init__(self, guard: UrlGuard, names: AbstractResolver | None = None) -> None:
        """`names`: who knows addresses, None: the system."""
        self._guard = guard
        self._resolver = names or Names()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if not found or not all(self._guard.permits(each["host"]) for each in found):
            raise Forbidden("this address may not be called")
        return found

    async def close(self) -> None:
        await self._resolver.close()


def permits_literal(guard: UrlGuard, host: str) -> bool:
    """False for an IP address that is not permitted, and for other spellings of one, as 127.1: some take them as they are,
    and never ask for the name. Names go on to be resolved.
    """
    try:
        ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return not is_odd_number(host)
    return guard.permits(host.strip("[]"))
