"""The public emulator key: judged and priced like a real request, and nothing stored, charged or sent.

It behaves as the vendor's own does: ids start at 10000, and `check` knows none of them.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from lotsman.api import parameters
from lotsman.api.v1.answers.shapes import Answer
from lotsman.api.v1.call import Call
from lotsman.api.v1.operations import (
    add_sender,
    add_template,
    balance,
    check,
    cost,
    inbound,
    info,
    list_senders,
    send,
)
from lotsman.domain import columns
from lotsman.domain.account import Account, Standing
from lotsman.domain.admission import admit
from lotsman.domain.prices import Destination
from lotsman.domain.refusals import Refusal, Refused
from lotsman.domain.service import Service
from lotsman.domain.tariff import Tariff
from lotsman.usecases.send_messages import Sent

KEY: Final = "XXXXXXXXXXXXYYYYYYYYYYYYZZZZZZZZXXXXXXXXXXXXYYYYYYYYYYYYZZZZZZZZ"
FIRST_ID: Final = 10_000
BALANCE: Final = 2_000_697  # kopecks

_PRICES: Final[dict[Destination, int]] = {
    **{(service, "", ""): 481 for service in Service},
    (Service.HLR, "", ""): 17,
    (Service.PING, "", ""): 17,
}
ACCOUNT: Final = Account(
    id=0,
    login="emulator@example.com",
    name="Букин Геннадий",
    phone="79000000000",
    created_at=1_275_547_541_000,
    standing=Standing.ACTIVE,
    credit_limit=0,
    default_sender="INFORM",
    any_sender=True,
    time_zone="Europe/Moscow",
    tariff=Tariff(5, "emulator", _PRICES),
    senders=("INFORM", "SMSPILOT", "test"),
)


async def _send(call: Call) -> Answer:
    order = send.order_of(call.request, call.now)
    admission = admit(order, ACCOUNT, call.platform.numbering, call.now)
    if isinstance(admission, Refusal):
        raise Refused(admission)
    ids = range(FIRST_ID, FIRST_ID + len(admission.drafts))
    sent = Sent(ids, admission.drafts, admission.price, BALANCE)
    return send.listing(sent, call, server_packet_id=False)


async def _check(call: Call) -> Answer:
    request = call.request
    fields = columns.chosen(request.get("fields"))
    asked = request.get("check")
    ids = [] if asked is not None and asked.strip().lower() == "recent" else parameters.server_ids(asked)
    return check.listing([check.unknown(id_) for id_ in ids], fields, request, ACCOUNT.time_zone)


async def _balance(call: Call) -> Answer:
    return balance.scalar(call.request, ACCOUNT, BALANCE)


async def _inbound(_call: Call) -> Answer:
    return inbound.listing([], ACCOUNT.time_zone)


async def _info(_call: Call) -> Answer:
    return info.record(ACCOUNT, BALANCE)


async def _add_sender(call: Call) -> Answer:
    return await add_sender.asked(call, test=True)


async def _add_template(call: Call) -> Answer:
    return await add_template.asked(call, test=True)


async def _list(call: Call) -> Answer:
    return list_senders.listing([], call.account)


ANSWERS: Final[dict[str, Callable[[Call], Awaitable[Answer]]]] = {
    "cost": cost.answer,
    "send": _send,
    "check": _check,
    "inbound": _inbound,
    "balance": _balance,
    "add_sender": _add_sender,
    "add_template": _add_template,
    "list": _list,
    "info": _info,
}
