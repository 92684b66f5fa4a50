"""info: who am I? The values of API-1 §4, one level deeper."""

from lotsman.api.v1.answers.shapes import Answer
from lotsman.api.v1.operations.info import record
from lotsman.api.v2.call import Call
from lotsman.api.v2.envelope import Envelope
from lotsman.usecases.read_balance import read_balance


def selected(envelope: Envelope) -> bool:
    return envelope.given("info")


async def answer(call: Call) -> Answer:
    return record(call.account, await read_balance(call.platform, call.account))
