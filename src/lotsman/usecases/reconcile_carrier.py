"""What a carrier says that it carried, beside what we say that it took."""

from collections.abc import Iterator

from lotsman.domain.reconciliation import CarrierLine, Difference, Reconciliation
from lotsman.store.cluster import all_links
from lotsman.store.reconciliation import reconciled
from lotsman.usecases import Platform

__all__ = ["Difference", "Reconciliation", "reconcile"]


async def reconcile(
    platform: Platform, link: str, lines: Iterator[CarrierLine], start: int, end: int
) -> Reconciliation:
    """`start`, `end`: ms; of our parts only those taken in between are missed. Raises LookupError, BadList."""
    link_id = next((row.id for row in await platform.database.read(all_links) if row.name == link), None)
    if link_id is None:
        raise LookupError(f"no link {link}; `lotsman carrier list` shows all")
    return await platform.database.read(reconciled, link_id, lines, start, end)
