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
from lotsman.api.v2.envelope import Envelope, Item, Value, text
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
_AT_ONCE: Final = 100  # items judged before others get their turn


def selected(envelope: Envelope) -> bool:
    return envelope.given("send")


async def answer(call: Call) -> Answer:
    request = Request(call)
    sent = await send_packet(call.platform, call.account, request.orders(), call.now, test=request.test)
    return listing(sent, request)


class Echo(NamedTuple):
    """What goes back as it came."""

    to: str
    text: str
    send_datetime: str


class Request:
    """The orders of a packet; when all were taken, `echoes` has one for each message."""

    def __init__(self, call: Call) -> None:
        """Raises Refused: 240."""
        self._root, self._now = call.envelope, call.now
        self._items = items_of(call.envelope.value(NAME))
        self.test = parameters.flag(call.envelope.get("test"))
        self.echoes: list[Echo] = []

    async def orders(self) -> AsyncIterator[Order]:
        """Raises Refused: 240."""
        for index, item in enumerate(self._items):
            yield self._order(index, item)
            if len(self.echoes) > MOST_RECIPIENTS:
                raise Refused(Refusal.SMS_LIST_INVALID)
            if index % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)

    def _order(self, index: int, item: Item) -> Order:
        to, recipients = _recipients(self._value(item, "to"))
        said, send_datetime = self._get(item, "text") or "", self._get(item, "send_datetime")
        item_id, objection = _item_id(item.get("id"), index)
        ttl, send_at = DEFAULT_TTL, None
        try:
            send_at = parameters.send_datetime(send_datetime, self._now)
            ttl = parameters.ttl(self._get(item, "ttl"))
        except Refused as refused:
            objection = objection or refused.refusal
        if len(recipients) > 1:
            self.echoes += [Echo(number, said, send_datetime or "") for number in recipients]
        else:
            self.echoes.append(Echo(to, said, send_datetime or ""))
        return Order(
            text=said,
            sender=(self._get(item, "from") or "").strip(),
            recipients=recipients,
            ttl=ttl,
            send_at=send_at,
            test=self.test,
            item_id=item_id,
            objection=objection,
        )

    def _get(self, item: Item, name: str) -> str | None:
        return text(self._value(item, name))

    def _value(self, item: Item, name: str) -> Value:
        found = item.get(name)
        return self._root.value(name) if found is None or found == "" else found


def items_of(value: Value) -> Sequence[Item]:
    """A list of objects; one object; several with numbers for names, as PHP writes a list with gaps; a text, whose other
    parameters stand at the root. What is no object in a list says nothing of itself. Raises Refused: 240.
    """
    if isinstance(value, dict):
        nested = value and all(isinstance(item, dict) for item in value.values())
        value = list(value.values()) if nested else [value]
    elif not isinstance(value, list):
        said = "" if isinstance(value, bool) else text(value)
        value = [{"text": said}]
    if not 0 < len(value) <= MOST_RECIPIENTS:
        raise Refused(Refusal.SMS_LIST_INVALID)
    return [item if isinstance(item, dict) else {} for item in value]


def _recipients(value: Value) -> tuple[str, Sequence[str]]:
    """As it was written, and the numbers in it."""
    written = ",".join(filter(None, map(text, value))) if isinstance(value, list) else text(value) or ""
    return written, (written,) if written.isdecimal() else split_list(written)


def _item_id(value: Value, index: int) -> tuple[str, Refusal | None]:
    if value is None or value == "":
        return str(index), None
    item_id = None if isinstance(value, bool) else text(value)
    if item_id is None or len(item_id) > _LONGEST_ID:
        return str(index), Refusal.ID_INVALID
    return item_id, None


def listing(sent: Sent, request: Request) -> Listing:
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
