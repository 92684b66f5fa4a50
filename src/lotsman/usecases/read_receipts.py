"""Who may bring receipts to our door, and how they are read: the links whose carriers call us, running or not."""

from collections.abc import Mapping

from lotsman.carriers.port import ReceiptReader
from lotsman.carriers.registry import receipt_reader
from lotsman.store.cluster import all_links
from lotsman.usecases import Platform

__all__ = ["ReceiptReader", "receipt_readers"]


async def receipt_readers(platform: Platform) -> Mapping[str, tuple[str, ReceiptReader]]:
    """A link's number, or its name, -> its name and what reads its receipts. Links that are misconfigured have none."""
    found: dict[str, tuple[str, ReceiptReader]] = {}
    for link in await platform.database.read(all_links):
        try:
            reader = receipt_reader(link.id, link.kind, link.settings)
        except (LookupError, TypeError, ValueError):
            continue
        if reader is not None:
            found[link.name] = found[str(link.id)] = (link.name, reader)
    return found
