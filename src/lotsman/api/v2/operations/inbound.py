"""inbound: true, with or without `since`; "new" as in API-1. No source shows an item: it has API-1's names."""

from lotsman.api import parameters
from lotsman.api.v1.answers.shapes import Answer
from lotsman.api.v1.operations.inbound import listing
from lotsman.api.v2.call import Call
from lotsman.api.v2.envelope import Envelope
from lotsman.usecases.read_inbound import new_inbound, read_inbound


def selected(envelope: Envelope) -> bool:
    return envelope.given("inbound")


async def answer(call: Call) -> Answer:
    zone = call.account.time_zone
    since = (call.envelope.get("since") or "").strip()
    if (call.envelope.get("inbound") or "").strip().lower() == "new":
        return listing(await new_inbound(call.platform, call.account), zone)
    found = await read_inbound(call.platform, call.account, parameters.since(since, zone) if since else None)
    return listing(found, zone)
