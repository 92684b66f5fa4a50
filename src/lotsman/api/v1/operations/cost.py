"""send=…&cost=1: what it would cost. API-1 §1.3."""

from lotsman.api import parameters
from lotsman.api.v1.answers.shapes import Answer, Scalar
from lotsman.api.v1.call import Call
from lotsman.api.v1.operations.send import order_of
from lotsman.api.v1.request import ApiRequest
from lotsman.domain import money
from lotsman.usecases.quote_messages import quote_messages


def selected(request: ApiRequest) -> bool:
    return parameters.flag(request.get("cost")) and (request.given("send") or request.get("to") is not None)


async def answer(call: Call) -> Answer:
    order = order_of(call.request, call.now)
    return Scalar("cost", money.text(await quote_messages(call.platform, call.account, order, call.now)))
