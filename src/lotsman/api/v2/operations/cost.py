"""send with cost at the root: what the good messages of the packet would cost."""

from lotsman.api import parameters
from lotsman.api.v1.answers.shapes import Answer, Scalar
from lotsman.api.v2.call import Call
from lotsman.api.v2.envelope import Envelope
from lotsman.api.v2.operations import send
from lotsman.domain import money
from lotsman.usecases.quote_messages import quote_packet


def selected(envelope: Envelope) -> bool:
    return send.selected(envelope) and parameters.flag(envelope.get("cost"))


async def answer(call: Call) -> Answer:
    request = send.PacketRequest(call)
    kopecks = await quote_packet(call.platform, call.account, request.orders(), call.now)
    return Scalar("cost", money.text(kopecks))
