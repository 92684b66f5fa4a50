"""The public emulator key on api2.php: judged and priced like a real request, and nothing stored, charged or sent."""

from collections.abc import Awaitable, Callable
from typing import Final

from lotsman.api.v1.answers.shapes import Answer
from lotsman.api.v1.emulator import ACCOUNT, BALANCE, FIRST_ID
from lotsman.api.v1.operations.inbound import listing as no_messages
from lotsman.api.v1.operations.info import record
from lotsman.api.v2.call import Call
from lotsman.api.v2.operations import balance, check, cost, send
from lotsman.domain.packet import Packet
from lotsman.usecases.send_messages import Sent


async def _send(call: Call) -> Answer:
    request = send.PacketRequest(call)
    packet = Packet(ACCOUNT, call.platform.numbering, call.now)
    async for order in request.orders():
        packet.add(order)
    admission = packet.admission
    ids = range(FIRST_ID, FIRST_ID + len(admission.drafts))
    return send.listing(Sent(ids, admission.drafts, admission.price, BALANCE), request)


async def _check(call: Call) -> Answer:
    packet = check.packet_asked(call.envelope)
    asked = check.ids_of(call.envelope.value("check")) if packet is None else [str(check.packet_id(packet))]
    return check.listing([(id_, check.unknown(id_)) for id_ in asked], ACCOUNT.time_zone)


async def _balance(call: Call) -> Answer:
    return balance.scalar(call, BALANCE)


async def _inbound(_call: Call) -> Answer:
    return no_messages([], ACCOUNT.time_zone)


async def _info(_call: Call) -> Answer:
    return record(ACCOUNT, BALANCE)


ANSWERS: Final[dict[str, Callable[[Call], Awaitable[Answer]]]] = {
    "cost": cost.answer,
    "send": _send,
    "check": _check,
    "inbound": _inbound,
    "balance": _balance,
    "info": _info,
}
