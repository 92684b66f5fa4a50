"""send=text&to=numbers: API-1 §1."""

from typing import Final

from lotsman.api import parameters
from lotsman.api.v1.answers.shapes import Answer, Listing
from lotsman.api.v1.call import Call
from lotsman.api.v1.request import ApiRequest
from lotsman.domain import columns, money
from lotsman.domain.admission import Order
from lotsman.domain.lifecycle import STATUS
from lotsman.domain.message import DEFAULT_TTL
from lotsman.domain.msisdn import split_list
from lotsman.domain.refusals import Refused
from lotsman.usecases.check_messages import Stored
from lotsman.usecases.send_messages import Sent, send_messages, status_of

NAME: Final = "send"


def selected(request: ApiRequest) -> bool:
    return request.given("send") or request.get("to") is not None


async def answer(call: Call) -> Answer:
    order = order_of(call.request, call.now)
    sent = await send_messages(call.platform, call.account, order, call.now)
    call.origin.note(call.platform.trace, sent.ids[0], call.now, "API-1", call.request.parameters())
    return listing(sent, call, server_packet_id=True)


def order_of(request: ApiRequest, now: int) -> Order:
    """What is wrong with an optional parameter is said only when text, recipients and sender are right."""
    get = request.get
    to = get("to")
    ttl, send_at, callback, ip, objection = DEFAULT_TTL, None, "", "", None
    try:
        send_at = parameters.send_datetime(get("send_datetime"), now)
        callback = parameters.callback(get("callback"), get("callback_method"))
        ttl = parameters.ttl(get("ttl"))
        columns.chosen(get("fields"))
        ip = parameters.ip(get("ip"))
    except Refused as refused:
        objection = refused.refusal
    return Order(
        text=get("send") or "",
        sender=(get("from") or "").strip(),
        recipients=split_list(to) if to else (),
        ttl=ttl,
        send_at=send_at,
        test=parameters.flag(get("test")),
        callback=callback,
        ip=ip,
        objection=objection,
    )


def listing(sent: Sent, call: Call, *, server_packet_id: bool) -> Listing:
    """The answer to an accepted request, in the order of its recipients."""
    fields = columns.chosen(call.request.get("fields"))
    cost, balance = money.text(sent.cost), money.text(sent.balance)
    rows: list[tuple[str, ...]]
    if fields is columns.DEFAULT:
        rows = []
        for message_id, draft in zip(sent.ids, sent.drafts, strict=True):
            row = (str(message_id), draft.msisdn, money.text(draft.price), str(STATUS[status_of(draft)]))
            rows.append((*row, str(draft.error)) if draft.error else row)
    else:
        rows = columns.rows(_as_stored(sent, call.now), fields, call.account.time_zone)
    first = str(sent.ids[0])
    return Listing(
        name=NAME,
        columns=fields,
        rows=rows,
        value="\n".join(map(str, sent.ids)),
        headline=f"SUCCESS=SMS SENT {cost}/{balance}",
        totals=(("balance", balance), ("cost", cost)),
        trailer=(("server_packet_id", first),) if server_packet_id else (),
        tails=columns.TAILS,
    )


def _as_stored(sent: Sent, now: int) -> list[Stored]:
    return [
        Stored(
            id_, d.msisdn, d.price, status_of(d), d.sender, d.sender_asked, now, now, d.parts, d.country, d.operator,
            d.error, d.text, sent.ids[0], d.send_at, d.service, d.item_id,
        )
        for id_, d in zip(sent.ids, sent.drafts, strict=True)
    ]  # fmt: skip
