"""balance=rur|sms: API-1 §3. Anything but sms means roubles."""

from lotsman.api.v1.answers.shapes import Answer, Scalar
from lotsman.api.v1.call import Call
from lotsman.api.v1.request import ApiRequest
from lotsman.domain import money
from lotsman.domain.account import Account
from lotsman.usecases.read_balance import read_balance


def selected(request: ApiRequest) -> bool:
    return request.given("balance")


async def answer(call: Call) -> Answer:
    return scalar(call.request, call.account, await read_balance(call.platform, call.account))


def scalar(request: ApiRequest, account: Account, kopecks: int) -> Scalar:
    if (request.get("balance") or "").strip().lower() == "sms":
        return Scalar("balance", str(account.tariff.sms_for(kopecks)))
    return Scalar("balance", money.text(kopecks))
