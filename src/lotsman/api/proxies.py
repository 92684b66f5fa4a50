"""Where a request comes from: the other end of the connection or, behind proxies we trust, what they say.

Rule 1: X-Forwarded-For is believed from the right, as far as trusted proxies wrote it: the first address that is none of
theirs is the caller's. Whatever stands further left, the caller may have written.
"""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

from lotsman.api.http1 import Request

_FORWARDED: Final = b"x-forwarded-for"
_MOST_HOPS: Final = 20  # proxies that one may have in a row


class Proxies:
    def __init__(self, trusted: Iterable[IPv4Network | IPv6Network] = ()) -> None:
        self._trusted = tuple(trusted)

    def caller(self, http: Request) -> str:
        """An address, or "" when nobody knows it."""
        address = http.peer
        if not self._trusted or not self._are(address):
            return address
        hops = b",".join(http.headers(_FORWARDED)).decode("latin-1").rsplit(",", _MOST_HOPS)[-_MOST_HOPS:]
        for hop in reversed([bare for hop in hops if (bare := _bare(hop.strip()))]):
            address = hop
            if not self._are(hop):
                break
        return address

    def _are(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        parsed = getattr(parsed, "ipv4_mapped", None) or parsed
        return any(parsed in network for network in self._trusted)


NO_PROXIES: Final = Proxies()


def _bare(hop: str) -> str:
    """Some proxies write 192.0.2.1:4711 or [2001:db8::1]:4711."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
