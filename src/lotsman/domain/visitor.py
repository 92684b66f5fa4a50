"""The end user whose doing a message is: the address of the visitor of our customer's site (parameter `ip`)."""

from ipaddress import IPv6Address, ip_address, ip_network


def parse(text: str) -> str | None:
    """An address, IPv4 or IPv6, in its one spelling; None for anything else."""
    try:
        found = ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        if found.scope_id is not None:
            return None
        found = found.ipv4_mapped or found
    return str(found)


def home(ip: str) -> str:
    """What one visitor has at hand: an IPv4 address, or the 64 bits of a network that IPv6 gives to each home."""
    return str(ip_network(f"{ip}/64", strict=False)) if ":" in ip else ip


def masked(ip: str) -> str:
    """As logs and screens show it."""
    if ":" not in ip:
        return f"{ip.rpartition('.')[0]}.x"
    return f"{ip_network(f'{ip}/48', strict=False).network_address}x"
