"""May this be sent, as what, and for how much? Facts in, drafts or one refusal out.

Rule 1: one bad number among many is a row with its error, not a refusal of the request.
Rule 2: the order of the checks is what customers' programs see; it is: text, recipients, sender, optional parameters,
protections, destinations.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from lotsman.domain import sender_id
from lotsman.domain.account import Account
from lotsman.domain.message import DEFAULT_TTL, MOST_PARTS, Draft
from lotsman.domain.msisdn import Fault, parse
from lotsman.domain.numbering import Numbering
from lotsman.domain.protection import Watch
from lotsman.domain.refusals import Refusal
from lotsman.domain.routing import lane_of
from lotsman.domain.service import WITHOUT_TEXT, Service, which
from lotsman.gsm import ucs2
from lotsman.gsm.segmentation import measure

MOST_RECIPIENTS: Final = 10_000  # of one request
_SHOWN_DIGITS: Final = 20  # of a number that is none
_NOT_STORED = re.compile("[\0\ud800-\udfff]")

_FAULTS: Final = {Fault.INVALID: Refusal.PHONE_INVALID, Fault.LENGTH: Refusal.PHONE_LENGTH}


class Order(NamedTuple):
    """A request to send, parsed but not judged."""

    text: str
    sender: str  # "" if none was given
    recipients: Sequence[str]  # as written
    ttl: int = DEFAULT_TTL  # ms
    send_at: int | None = None  # ms
    test: bool = False
    callback: str = ""  # "GET url" or "POST url"; "" is the account's own
    item_id: str = ""  # the customer's own id of it (API-2)
    objection: Refusal | None = None  # to an optional parameter that could not be read


class Admission(NamedTuple):
    drafts: Sequence[Draft]  # one for each recipient, in order
    price: int  # kopecks: the sum of the drafts' prices
    parts: int  # of the good drafts that may leave at once
    lane: int | None  # where they wait for a link; None: in several
    watch: Watch | None = None  # what else to look up when it is stored


def admit(order: Order, account: Account, numbering: Numbering, now: int) -> Admission | Refusal:
    """Judge an order by the account's rights, protections and prices. Money, and what `watch` names, are judged when it
    is stored.

    An admission has at least one draft without error.
    """
    text = order.text
    if not text.isascii() or "\0" in text:
        text = clean(text)
    service = which(text, order.sender)
    if (not text or text.isspace()) and service not in WITHOUT_TEXT:
        return Refusal.TEXT_REQUIRED
    if not order.recipients:
        return Refusal.PHONE_REQUIRED
    protection = account.protection
    parts = measure(text)[1]
    if parts > MOST_PARTS or (protection is not None and parts > protection.most_parts):
        return Refusal.TEXT_TOO_LONG
    if service is not Service.SMS and service in WITHOUT_TEXT:
        parts = 1  # a number is asked about once, whatever the text says beside
    if len(order.recipients) > MOST_RECIPIENTS:
        return Refusal.PHONE_INVALID
    numbers = _numbers(order.recipients)
    if all(isinstance(number, tuple) for number in numbers):
        first = numbers[0]
        assert isinstance(first, tuple)
        return first[1]
    sender = _sender(order.sender, service, account)
    if isinstance(sender, Refusal):
        return sender
    if order.objection is not None:
        return order.objection
    unlisted = None
    if protection is not None:
        refusal = protection.judge(text, service)
        if refusal is not None:
            return refusal
        unlisted = protection.unlisted(text, service, sender)
    return _draft(order, account, numbering, service, text, parts, sender, numbers, unlisted, now)


def clean(text: str) -> str:
    """What no database and no carrier can keep becomes "?": NUL and halves of surrogate pairs."""
    if _NOT_STORED.search(text) is None:
        return text
    return ucs2.mended(text).replace("\0", "?")


_Number = str | tuple[str, Refusal]  # a msisdn, or what was written and why it is none


def _numbers(recipients: Sequence[str]) -> list[_Number]:
    numbers: list[_Number] = []
    seen: set[str] = set()
    for written in recipients:
        number = parse(written)
        if isinstance(number, Fault):
            numbers.append((shown(written), _FAULTS[number]))
        elif number in seen:
            numbers.append((number, Refusal.PHONE_DUPLICATED))
        else:
            seen.add(number)
            numbers.append(number)
    return numbers


def shown(written: str) -> str:
    return "".join(c for c in written if c.isascii() and c.isdigit())[:_SHOWN_DIGITS]


def _sender(asked: str, service: Service, account: Account) -> str | Refusal:
    protection = account.protection
    if protection is not None and service is Service.SMS and protection.bars(asked or account.default_sender):
        return Refusal.SHARED_SENDER_DISABLED
    if service is Service.TWO_WAY:  # a phone can only answer to a number
        return account.two_way_numbers[0] if account.two_way_numbers else Refusal.SENDER_UNREGISTERED
    if not asked:
        wanted = service is Service.SMS  # a phone shows it; what is only looked up has none
        return account.default_sender or (Refusal.FROM_REQUIRED if wanted else "")
    if service is not Service.SMS:
        return (
            asked.upper()
            if sender_id.is_reserved(asked)
            else account.registered(asked) or account.default_sender
        )
    parsed = sender_id.parse(asked)
    if parsed is None:
        return Refusal.SENDER_INVALID
    return account.registered(parsed) or Refusal.SENDER_UNREGISTERED


def _draft(
    order: Order,
    account: Account,
    numbering: Numbering,
    service: Service,
    text: str,
    parts: int,
    sender: str,
    numbers: Sequence[_Number],
    unlisted: Refusal | None,
    now: int,
) -> Admission | Refusal:
    lane = lane_of(service, test=order.test)
    asked = clean(order.sender) or sender
    send_at, expires_at = order.send_at, (order.send_at or now) + order.ttl
    callback = order.callback or account.settings.callback
    place_of, price_of = numbering.place, account.tariff.price
    may_not = unlisted.code if unlisted is not None else 0
    drafts: list[Draft] = []
    total = good = 0
    first_error: Refusal | None = None
    for judged in numbers:
        country = operator = ""
        price = 0
        number, error = judged if isinstance(judged, tuple) else (judged, None)
        if error is None:
            place = place_of(number)
            if place is None:
                error = Refusal.PHONE_INVALID
            else:
                country, operator = place.country, place.operator
                found = price_of(service, country, operator, parts)
                if found is None:
                    error = Refusal.OPERATOR_UNSUPPORTED
                else:
                    price = found
                    total += price
                    good += 1
        if error is not None and first_error is None:
            first_error = error
        drafts.append(
            Draft(service, lane, number, sender, asked, text, parts, price, country, operator,
                  error.code if error else 0, send_at, expires_at, callback, order.item_id, may_not)
        )  # fmt: skip
    if not good:
        return first_error or Refusal.PHONE_INVALID
    at_once = good * parts if send_at is None else 0
    watch = None
    if account.protection is not None:
        watch = account.protection.watch._replace(white=unlisted is not None)
    return Admission(drafts, total, at_once, lane, watch if watch and any(watch) else None)
