"""inbound=all, new, a date or UNIX time: API-1 §5. Newest first; `new` marks what it returns as seen."""

from collections.abc import Sequence
from typing import Final

from lotsman.api import parameters
from lotsman.api.v1.answers.shapes import Answer, Listing
from lotsman.api.v1.call import Call
from lotsman.api.v1.request import ApiRequest
from lotsman.domain.columns import local_time
from lotsman.usecases.read_inbound import Inbound, new_inbound, read_inbound

NAME: Final = "inbound"
COLUMNS: Final = ("id", "phone", "num", "text", "created", "seen")


def selected(request: ApiRequest) -> bool:
    return request.given("inbound")


async def answer(call: Call) -> Answer:
    asked = (call.request.get("inbound") or "all").strip()
    if asked.lower() == "new":
        found = await new_inbound(call.platform, call.account)
    else:
        zone = call.account.time_zone
        since = None if asked.lower() == "all" else parameters.since(asked, zone)
        found = await read_inbound(call.platform, call.account, since)
    return listing(found, call.account.time_zone)


def listing(messages: Sequence[Inbound], zone: str) -> Listing:
    rows = [
        (str(m.id), m.phone, m.number, m.text, local_time(m.created_at, zone), str(int(m.seen)))
        for m in messages
    ]
    return Listing(
        name=NAME,
        columns=COLUMNS,
        rows=rows,
        value="\n".join(m.text.replace("\n", "\\n") for m in messages),
        body="text",
        quoted=frozenset({"text", "created"}),
    )
