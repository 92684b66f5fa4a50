"""What would it cost? The same judgement and the same price as sending, and nothing stored."""

from collections.abc import AsyncIterable

from lotsman.domain.account import Account
from lotsman.domain.admission import Order, admit
from lotsman.domain.packet import Packet
from lotsman.domain.refusals import Refusal, Refused
from lotsman.usecases import Platform


async def quote_messages(platform: Platform, account: Account, order: Order, now: int) -> int:
    """Kopecks; raises Refused as sending would."""
    admission = admit(order, account, platform.numbering, now)
    if isinstance(admission, Refusal):
        raise Refused(admission)
    return admission.price


async def quote_packet(platform: Platform, account: Account, orders: AsyncIterable[Order], now: int) -> int:
    """Kopecks for the good ones."""
    packet = Packet(account, platform.numbering, now)
    async for order in orders:
        packet.add(order)
    return packet.admission.price
