"""What would it cost? The same judgement and the same price as sending, and nothing stored."""

from collections.abc import AsyncIterable, Sequence

from lotsman.domain.account import Account
from lotsman.domain.admission import Admission, Order, admit
from lotsman.domain.message import Draft
from lotsman.domain.packet import Packet
from lotsman.domain.protection import by_lists
from lotsman.domain.refusals import Refusal, Refused, by_code
from lotsman.store.phone_lists import listed
from lotsman.usecases import Platform


async def quote_messages(platform: Platform, account: Account, order: Order, now: int) -> int:
    """Kopecks; raises Refused as sending would."""
    admission = admit(order, account, platform.numbering, now, platform.routing)
    if isinstance(admission, Refusal):
        raise Refused(admission)
    drafts = await _by_lists(platform, account, admission)
    if all(draft.error for draft in drafts):
        raise Refused(by_code(drafts[0].error))
    return sum(draft.price for draft in drafts)


async def quote_packet(platform: Platform, account: Account, orders: AsyncIterable[Order], now: int) -> int:
    """Kopecks for the good ones."""
    packet = Packet(account, platform.numbering, now, platform.routing)
    async for order in orders:
        packet.add(order)
    return sum(draft.price for draft in await _by_lists(platform, account, packet.admission))


async def _by_lists(platform: Platform, account: Account, admission: Admission) -> Sequence[Draft]:
    """The drafts as black and white lists leave them. That asking does not make a loop: 243 is left to sending."""
    if admission.watch is None:
        return admission.drafts
    msisdns = [draft.msisdn for draft in admission.drafts if not draft.error]
    found = await platform.database.read(listed, account.id, msisdns)
    return by_lists(admission.drafts, found.black, found.white)
