"""Everything known of one message, from every node: what was stored of it, and what went over the wires."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from lotsman.domain.ledger import LedgerEntry
from lotsman.domain.smsc_id import candidates
from lotsman.domain.trace import Kind, Record, Stream, receipt_key, texts_of
from lotsman.store.callbacks import CallbackRow, callbacks_of
from lotsman.store.cluster import all_links
from lotsman.store.ledger import entries_of
from lotsman.store.messages import Dossier, dossier
from lotsman.store.trace import Wanted, records
from lotsman.usecases import Platform

__all__ = ["CallbackRow", "Dossier", "Kind", "Record", "Xray", "texts_of", "xray_message"]

_BEFORE: Final = 60_000  # ms: clocks of nodes differ
_AFTER: Final = 60 * 60 * 1000  # ms: a response may come after everything else
_AROUND_RECEIPT: Final = 120_000  # ms: one that comes twice does so soon
_CALLED_WITHIN: Final = 4 * 24 * 60 * 60 * 1000  # ms after the last change: three days of tries


class Xray(NamedTuple):
    found: Dossier
    entries: list[LedgerEntry]
    callbacks: list[CallbackRow]  # still to be made, or given up
    records: list[Record]  # of the trace, in order of time
    links: Mapping[int, str]  # id -> name


async def xray_message(platform: Platform, message_id: int) -> Xray | None:
    read = platform.database.read
    found = await read(dossier, message_id)
    if found is None:
        return None
    batch_id = found.message["batch_id"]
    traced = await read(records, list(_wanted(found)))
    # A request's record has the id of its first message, whose own records are not this one's.
    own = [r for r in traced if r.key != batch_id or batch_id == message_id or r.kind is Kind.REQUEST]
    return Xray(
        found,
        await read(entries_of, message_id, batch_id),
        await read(callbacks_of, message_id),
        own,
        {link.id: link.name for link in await read(all_links)},
    )


def _wanted(found: Dossier) -> Iterator[Wanted]:
    m = found.message
    own = sorted({m["id"], m["batch_id"]})
    taken = [part["taken_at"] for part in found.parts]
    last = max(m["modified_at"], *taken, m["created_at"])
    yield Wanted(Stream.MESSAGES, own, m["created_at"] - _BEFORE, last + _AFTER)
    yield Wanted(Stream.CALLBACKS, [m["id"]], m["created_at"] - _BEFORE, m["modified_at"] + _CALLED_WITHIN)
    keys = sorted(
        {receipt_key(part["link_id"], form) for part in found.parts for form in candidates(part["smsc_id"])}
    )
    for done_at in {part["done_at"] for part in found.parts if part["done_at"] is not None}:
        yield Wanted(Stream.RECEIPTS, keys, done_at - _AROUND_RECEIPT, done_at + _AROUND_RECEIPT)
