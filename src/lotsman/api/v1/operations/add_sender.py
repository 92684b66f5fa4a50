"""add_sender=name&description=...&callback=URL or e-mail: API-1 §9. The operator decides, and `callback` is told."""

from lotsman.api import parameters
from lotsman.api.v1.answers.shapes import Answer, Registered
from lotsman.api.v1.call import Call
from lotsman.api.v1.request import ApiRequest
from lotsman.domain.moderation import Verdict
from lotsman.usecases.register_sender import register_sender


def selected(request: ApiRequest) -> bool:
    return request.given("add_sender")


async def answer(call: Call) -> Answer:
    return await asked(call, test=parameters.flag(call.request.get("test")))


async def asked(call: Call, *, test: bool) -> Answer:
    name, description, callback = (
        (call.request.get(parameter) or "").strip() for parameter in ("add_sender", "description", "callback")
    )
    wish = await register_sender(
        call.platform, call.account, name, description, callback, call.now, test=test
    )
    return Registered(
        name="sender",
        headline="SUCCESS=SENDER ADDED",
        fields=(("sender", wish.name), ("status", str(int(Verdict.PENDING)))),
        value=wish.name,
    )
