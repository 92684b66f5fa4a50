"""add_template=text with ____ for what changes&callback=URL: API-1 §9. The operator decides, and `callback` is told."""

from lotsman.api import parameters
from lotsman.api.v1.answers.shapes import Answer, Registered
from lotsman.api.v1.call import Call
from lotsman.api.v1.request import ApiRequest
from lotsman.domain.moderation import Verdict
from lotsman.usecases.register_template import register_template


def selected(request: ApiRequest) -> bool:
    return request.given("add_template")


async def answer(call: Call) -> Answer:
    return await asked(call, test=parameters.flag(call.request.get("test")))


async def asked(call: Call, *, test: bool) -> Answer:
    text, callback = call.request.get("add_template") or "", (call.request.get("callback") or "").strip()
    template_id = await register_template(call.platform, call.account, text, callback, call.now, test=test)
    return Registered(
        name="template",
        headline="SUCCESS=TEMPLATE ADDED",
        fields=(("id", str(template_id)), ("status", str(int(Verdict.PENDING)))),
        value=str(template_id),
    )
