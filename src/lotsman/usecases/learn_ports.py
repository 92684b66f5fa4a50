"""Which network numbers are in, as look-ups found it: what was learned, and forgetting what is too old to be believed."""

from lotsman.domain.portability import Port
from lotsman.store.lookups import forget_ports, learned, learned_of
from lotsman.usecases import Platform

Mark = tuple[int, str]  # ms, number: how far somebody has read


async def ports_after(platform: Platform, mark: Mark, most: int) -> list[Port]:
    """The oldest first."""
    return await platform.database.read(learned, mark, most)


async def port_of(platform: Platform, msisdn: str) -> Port | None:
    return await platform.database.read(learned_of, msisdn)


async def forget_old_ports(platform: Platform, before: int) -> int:
    """-> how many numbers."""
    return await platform.database.write(forget_ports, before)
