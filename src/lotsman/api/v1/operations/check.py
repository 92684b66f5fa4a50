"""check=ids or check=recent: API-1 §2. An id that the account does not have is a row with status -2."""

from typing import Final

from lotsman.api import parameters
from lotsman.api.v1.answers.shapes import Answer, Listing
from lotsman.api.v1.call import Call
from lotsman.api.v1.request import ApiRequest
from lotsman.domain import columns
from lotsman.domain.lifecycle import STATUS, State
from lotsman.domain.refusals import Refusal
from lotsman.usecases.check_messages import Stored, check_messages, recent_messages

NAME: Final = "check"


def selected(request: ApiRequest) -> bool:
    return request.given("check")


async def answer(call: Call) -> Answer:
    request, account = call.request, call.account
    asked = request.get("check")
    fields = columns.chosen(request.get("fields"))
    if asked is not None and asked.strip().lower() == "recent":
        messages = await recent_messages(call.platform, account, call.now)
    else:
        ids = parameters.server_ids(asked)
        found = await check_messages(call.platform, account, ids)
        messages = [message or unknown(id_) for id_, message in zip(ids, found, strict=True)]
    return listing(messages, fields, request, account.time_zone)


def listing(messages: list[Stored], fields: tuple[str, ...], request: ApiRequest, zone: str) -> Listing:
    missing = Refusal.SERVER_ID_NOT_FOUND.said_in(request.lang)
    return Listing(
        name=NAME,
        columns=fields,
        rows=columns.rows(messages, fields, zone),
        value="\n".join(
            str(STATUS[message.state]) if message.created_at else missing for message in messages
        ),
        tails=columns.TAILS,
    )


def unknown(message_id: int) -> Stored:
    """What is said of an id that does not exist for the asker."""
    error = Refusal.SERVER_ID_NOT_FOUND.code
    return Stored(message_id, "", 0, State.REFUSED, "", "", 0, 0, 0, "", "", error, "", 0, None, 0)
