"""send: a packet of messages, each with its own text. What an item does not say is taken from the root.

Rule 1: rows come in the order of the items; a list of numbers in one `to` is a row for each of them, all with its id.
Rule 2: `to`, `text` and `send_datetime` go back as they came; an id that was not given is the item's place, from 0.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final, NamedTuple

from lotsman.api import parameters
from lotsman.api.v1.answers.shapes import Answer, Listing
from lotsman.api.v2.call import Call
from lotsman.api.v2.envelope import Envelope, Item, Value, listed, text
from lotsman.domain import money
from lotsman.domain.admission import MOST_RECIPIENTS, Order
from lotsman.domain.lifecycle import STATUS
from lotsman.domain.message import DEFAULT_TTL
from lotsman.domain.msisdn import split_list
from lotsman.domain.refusals import Refusal, Refused
from lotsman.usecases.send_messages import Sent, send_packet, status_of

NAME: Final = "send"
COLUMNS: Final = (
    "id", "server_id", "from", "to", "text", "parts", "status", "error", "send_datetime", "country", "operator", "price",
)  # fmt: skip
_LONGEST_ID: Final = 64
_MOST_CHARACTERS: Final = 16_000_000  # in all messages: ten parts each, if the root gives one text to all
_AT_ONCE: Final = 100  # items judged before others get their turn


def selected(envelope: Envelope) -> bool:
    return envelope.given("send")


async def answer(call: Call) -> Answer:
    request = PacketRequest(call)
    sent = await send_packet(call.platform, call.account, request.orders(), call.now, test=request.test)
    call.origin.note(call.platform.trace, sent.ids[0], call.now, "API-2", call.envelope.in_short())
    return listing(sent, request)


class Echo(NamedTuple):
    """What goes back as it came."""

    to: str
    text: str
    send_datetime: str


class PacketRequest:
    """The orders of a packet; when all were taken, `echoes` has one for each message. Raises Refused: 240, at any moment."""

    def __init__(self, call: Call) -> None:
        self._root, self._now, self._size = call.envelope, call.now, 0
        self._items = items_of(call.envelope.value(NAME))
        self.test = parameters.flag(call.envelope.get("test"))
        self.echoes: list[Echo] = []

    async def orders(self) -> AsyncIterator[Order]:
        for index, item in enumerate(self._items):
            order = self._order(index, item)
            if len(self.echoes) > MOST_RECIPIENTS or self._size > _MOST_CHARACTERS:
                raise Refused(Refusal.SMS_LIST_INVALID)
            yield order
            if index % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)

    def _order(self, index: int, item: Item) -> Order:
        to = _as_written(self._value(item, "to"))
        recipients = (to,) if to.isdecimal() else split_list(to)
        said, send_datetime = self._get(item, "text") or "", self._get(item, "send_datetime") or ""
        self._size += len(to) + len(recipients) * (len(said) + len(send_datetime))
        item_id, objection = _item_id(item.get("id"), index)
        ttl, send_at, callback, ip = DEFAULT_TTL, None, "", ""
        try:
            send_at = parameters.send_datetime(send_datetime or None, self._now)
            callback = parameters.callback(self._get(item, "callback"), self._get(item, "callback_method"))
            ttl = parameters.ttl(self._get(item, "ttl"))
            ip = parameters.ip(self._get(item, "ip"))
        except Refused as refused:
            objection = objection or refused.refusal
        if len(recipients) > 1:
            self.echoes += [Echo(number, said, send_datetime) for number in recipients]
        else:
            self.echoes.append(Echo(to, said, send_datetime))
        return Order(
            text=said,
            sender=(self._get(item, "from") or "").strip(),
            recipients=recipients,
            ttl=ttl,
            send_at=send_at,
            test=self.test,
            callback=callback,
            item_id=item_id,
            ip=ip,
            objection=objection,
        )

    def _get(self, item: Item, name: str) -> str | None:
        found = text(self._value(item, name))
        self._size += len(found or "")
        return found

    def _value(self, item: Item, name: str) -> Value:
        found = item.get(name)
        return self._root.value(name) if found is None or found == "" else found


def items_of(value: Value) -> Sequence[Item]:
    """The messages, or a text whose other parameters stand at the root. What is no object in a list says nothing of
    itself. Raises Refused: 240.
    """
    items = listed(value)
    if items is None:
        items = [{"text": None if isinstance(value, bool) else value}]
    if not 0 < len(items) <= MOST_RECIPIENTS:
        raise Refused(Refusal.SMS_LIST_INVALID)
    return [item if isinstance(item, dict) else {} for item in items]


def _as_written(to: Value) -> str:
    return ",".join(filter(None, map(text, to))) if isinstance(to, list) else text(to) or ""


def _item_id(value: Value, index: int) -> tuple[str, Refusal | None]:
    if value is None or value == "":
        return str(index), None
    item_id = None if isinstance(value, bool) else text(value)
    if item_id is None or len(item_id) > _LONGEST_ID:
        return str(index), Refusal.ID_INVALID
    return item_id, None


def listing(sent: Sent, request: PacketRequest) -> Listing:
    rows = [
        (
            draft.item_id, str(id_), draft.sender or draft.sender_asked, echo.to, echo.text, str(draft.parts),
            str(STATUS[status_of(draft)]), str(draft.error), echo.send_datetime, draft.country, draft.operator,
            money.text(draft.price),
        )
        for id_, draft, echo in zip(sent.ids, sent.drafts, request.echoes, strict=True)
    ]  # fmt: skip
    return Listing(
        name=NAME,
        columns=COLUMNS,
        rows=rows,
        value="",
        totals=(
            ("server_packet_id", str(sent.ids[0])),
            ("balance", money.text(sent.balance)),
            ("cost", money.text(sent.cost)),
        ),
        body="text",
    )
