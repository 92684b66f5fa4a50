"""balance: true and anything else but "sms" mean roubles."""

from lotsman.api.v1.answers.shapes import Answer, Scalar
from lotsman.api.v2.call import Call
from lotsman.api.v2.envelope import Envelope
from lotsman.domain import money
from lotsman.usecases.read_balance import read_balance


def selected(envelope: Envelope) -> bool:
    return envelope.given("balance")


async def answer(call: Call) -> Answer:
    return scalar(call, await read_balance(call.platform, call.account))


def scalar(call: Call, kopecks: int) -> Scalar:
    if (call.envelope.get("balance") or "").strip().lower() == "sms":
        return Scalar("balance", str(call.account.tariff.sms_for(kopecks)))
    return Scalar("balance", money.text(kopecks))
