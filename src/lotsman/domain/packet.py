"""Many orders, judged one by one and accepted together: the packet of API-2.

Rule 1: a bad order never spoils the others: it is a row with its error and no price.
Rule 2: the same text from the same sender to the same number at the same time is sent once; the rest are 214. Different
texts to one number are what packets are for.
Rule 3: a packet without one good order is accepted, too, and costs nothing. No source shows what the vendor does then;
in API-2 an error at the root always speaks of the request (a key, JSON, money), and clients read the rows by their place.
"""

from typing import Final

from lotsman.domain.account import Account
from lotsman.domain.admission import Admission, Order, admit, clean, shown
from lotsman.domain.lane import EMULATOR, WORD_OF
from lotsman.domain.message import Draft
from lotsman.domain.msisdn import Fault, parse
from lotsman.domain.numbering import Numbering
from lotsman.domain.protection import NOT_WATCHED
from lotsman.domain.refusals import Refusal
from lotsman.domain.routing import NO_ROUTES, RoutingTable
from lotsman.domain.service import which

# API-2 has names of its own for what is missing or malformed in a message.
_IN_A_ROW: Final = {
    Refusal.PHONE_REQUIRED: Refusal.TO_REQUIRED,
    Refusal.SENDER_INVALID: Refusal.FROM_INVALID,
}
_KEPT_TEXT: Final = 2_000  # characters of a text that nobody will send
_KEPT_SENDER: Final = 64


class Packet:
    """`add` its orders; `admission` has a draft for each of their recipients, in order, and one for an order without."""

    def __init__(
        self, account: Account, numbering: Numbering, now: int, routing: RoutingTable = NO_ROUTES
    ) -> None:
        self._account, self._numbering, self._now, self._routing = account, numbering, now, routing
        self._drafts: list[Draft] = []
        self._price = self._parts = 0
        self._watch = NOT_WATCHED
        self._lanes: set[str] = set()
        self._seen: set[tuple[str, str, str, int | None]] = set()

    @property
    def admission(self) -> Admission:
        watch = self._watch if any(self._watch) else None
        lane = next(iter(self._lanes)) if len(self._lanes) == 1 else None
        return Admission(self._drafts, self._price, self._parts, lane, watch)

    def add(self, order: Order) -> None:
        place = len(self._drafts) + 1
        admission = admit(order, self._account, self._numbering, self._now, self._routing, place)
        if isinstance(admission, Refusal):
            error = _IN_A_ROW.get(admission, admission)
            self._drafts += [self._refused(order, to, error) for to in order.recipients or ("",)]
        else:
            if admission.watch is not None:
                self._watch = self._watch.joined(admission.watch)
            self._drafts += [draft if draft.error else self._counted(draft) for draft in admission.drafts]

    def _counted(self, draft: Draft) -> Draft:
        same = (draft.msisdn, draft.sender, draft.text, draft.send_at)
        if same in self._seen:
            return draft._replace(error=Refusal.PHONE_DUPLICATED.code, price=0)
        self._seen.add(same)
        self._price += draft.price
        if draft.send_at is None:
            self._parts += draft.parts
            self._lanes.add(draft.lane)
        return draft

    def _refused(self, order: Order, to: str, error: Refusal) -> Draft:
        number, service = parse(to), which(order.text, order.sender)
        return Draft(
            service=service,
            lane=EMULATOR if order.test else WORD_OF[service],
            msisdn=shown(to) if isinstance(number, Fault) else number,
            sender="",
            sender_asked=clean(order.sender[:_KEPT_SENDER]),
            text=clean(order.text[:_KEPT_TEXT]),
            parts=0,
            price=0,
            country="",
            operator="",
            error=error.code,
            send_at=order.send_at,
            expires_at=(order.send_at or self._now) + order.ttl,
            callback=order.callback,
            item_id=order.item_id,
        )
