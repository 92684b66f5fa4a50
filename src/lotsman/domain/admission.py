"""May this be sent, as what, and for how much? Facts in, drafts or one refusal out.

Rule 1: one bad number among many is a row with its error, not a refusal of the request.
Rule 2: the order of the checks is what customers' programs see; it is: text, recipients, sender, optional parameters,
protections, destinations.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from lotsman.domain import sender_id, speech
from lotsman.domain.account import Account
from lotsman.domain.fallback import Fallback
from lotsman.domain.lane import EMULATOR, WORD_OF
from lotsman.domain.message import DEFAULT_TTL, MOST_PARTS, Draft
from lotsman.domain.msisdn import Fault, parse
from lotsman.domain.numbering import Numbering, Place
from lotsman.domain.protection import Watch
from lotsman.domain.refusals import Refusal
from lotsman.domain.route import Ask
from lotsman.domain.routing import NO_ROUTES, RoutingTable
from lotsman.domain.sender_class import class_of
from lotsman.domain.service import CALLS, WITHOUT_TEXT, Service, which
from lotsman.domain.tariff import LANDLINE, CallPrice, Tariff
from lotsman.domain.text_class import TextClass, classify
from lotsman.gsm import ucs2
from lotsman.gsm.segmentation import measure

MOST_RECIPIENTS: Final = 10_000  # of one request
_SHOWN_DIGITS: Final = 20  # of a number that is none
_FLASH_CODE = re.compile(r"[0-9]{3,8}")
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
    ip: str = ""  # of the end user whose doing it is
    objection: Refusal | None = None  # to an optional parameter that could not be read


class Admission(NamedTuple):
    drafts: Sequence[Draft]  # one for each recipient, in order
    price: int  # kopecks: the sum of the drafts' prices
    parts: int  # of the good drafts that may leave at once
    lane: str | None  # where they wait for a link; None: in several
    watch: Watch | None = None  # what else to look up when it is stored
    refusal: Refusal | None = None  # why nothing of it may be sent; None: some of it may


def admit(
    order: Order,
    account: Account,
    numbering: Numbering,
    now: int,
    routing: RoutingTable = NO_ROUTES,
    place: int = 1,
) -> Admission | Refusal:
    """Judge an order by the account's rights, protections, prices and ways. Money, and what `watch` names, are judged
    when it is stored. `place`: which of its packet it is.

    An admission has at least one draft without error.
    """
    judged = judge(order, account, numbering, now, routing, place)
    return judged if isinstance(judged, Refusal) or judged.refusal is None else judged.refusal


def judge(
    order: Order, account: Account, numbering: Numbering, now: int, routing: RoutingTable, place: int
) -> Admission | Refusal:
    """The same with its drafts even when nothing of it may be sent: for whoever wants to know why."""
    text = order.text
    if not text.isascii() or "\0" in text:
        text = clean(text)
    service = which(text, order.sender)
    if (not text or text.isspace()) and service not in WITHOUT_TEXT:
        return Refusal.TEXT_REQUIRED
    if not order.recipients:
        return Refusal.PHONE_REQUIRED
    protection = account.protection
    parts = 1
    if service in CALLS:
        unfit = _unfit_for_a_call(text, service)
        if unfit is not None:
            return unfit
    else:
        parts = measure(text)[1]
        if parts > MOST_PARTS or (protection is not None and parts > protection.most_parts):
            return Refusal.TEXT_TOO_LONG
        if service is not Service.SMS and service in WITHOUT_TEXT:
            parts = 1  # a number is asked about once, whatever the text says beside
        if service is Service.VIBER:
            parts = 1  # a messenger takes texts whole
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
    judged = _Judged(
        service,
        text,
        parts,
        sender,
        unlisted.code if unlisted is not None else 0,
        classify(text, max(len(numbers), place)),
        EMULATOR if order.test else WORD_OF[service],
        EMULATOR if order.test else routing.common_lane(service),
        order.send_at or now,
        class_of(service, sender, account.shared_senders) if account.tariff.fine else "",
    )
    return _draft(order, account, numbering, routing, judged, numbers)


def _unfit_for_a_call(text: str, service: Service) -> Refusal | None:
    if service is Service.FLASHCALL:
        return None if _FLASH_CODE.fullmatch(text.strip()) else Refusal.FLASHCALL_CODE
    return Refusal.TEXT_TOO_LONG if len(text) > speech.LONGEST else None


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
    if service is Service.VIBER_SMS and not account.default_sender:  # it may have to be an SMS
        return Refusal.FROM_REQUIRED
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


class _Judged(NamedTuple):
    """What is the same for all recipients of an order."""

    service: Service
    text: str
    parts: int
    sender: str
    unlisted: int  # the Refusal code of a number that is on no white list
    text_class: TextClass
    idle: str  # the lane of its service; of the emulator when it is a test
    lane: str  # where all of them go; "": each has to be asked for
    leaves_at: int  # ms
    sender_class: str  # "" where no price asks for it


# lane, why it is refused, country, operator, price, minutes that it pays
_Destination = tuple[str, Refusal | None, str, str, int, int]


def _draft(
    order: Order,
    account: Account,
    numbering: Numbering,
    routing: RoutingTable,
    judged: _Judged,
    numbers: Sequence[_Number],
) -> Admission:
    service, text, parts, sender, unlisted, text_class, idle, _, leaves_at, _ = judged
    asked = clean(order.sender) or sender
    send_at, expires_at = order.send_at, leaves_at + order.ttl
    callback = order.callback or account.settings.callback
    drafts: list[Draft] = []
    lanes: set[str] = set()
    total = good = 0
    first_error: Refusal | None = None
    for number in numbers:
        error: Refusal | None
        shown_as, fallback, minutes = sender, None, 1
        if not isinstance(number, str):
            msisdn, error = number
            lane, country, operator, price = idle, "", "", 0
        elif service is Service.VIBER_SMS:
            msisdn = number
            to, shown_as, fallback = _two_ways(number, judged, account, numbering, routing)
            lane, error, country, operator, price, minutes = to
        else:
            msisdn = number
            lane, error, country, operator, price, minutes = _destination(
                number, judged, account, numbering, routing
            )
        if error is None:
            total += price
            good += 1
            lanes.add(lane)
        elif first_error is None:
            first_error = error
        drafts.append(
            Draft(service, lane, msisdn, shown_as, asked, text, parts, price, country, operator,
                  error.code if error else 0, send_at, expires_at, callback, order.item_id, unlisted, text_class,
                  fallback, order.ip, minutes=minutes)
        )  # fmt: skip
    watch = None
    if account.protection is not None:
        watch = account.protection.watch._replace(white=unlisted != 0)
    return Admission(
        drafts,
        total,
        good * parts if send_at is None else 0,
        lanes.pop() if len(lanes) == 1 else None,
        watch if watch and any(watch) else None,
        None if good else first_error,
    )


def _destination(
    msisdn: str, judged: _Judged, account: Account, numbering: Numbering, routing: RoutingTable
) -> _Destination:
    service = judged.service
    place = numbering.place(msisdn)
    if place is None:
        return judged.idle, Refusal.PHONE_INVALID, "", "", 0, 1
    country, operator = place.country, place.operator
    priced = price_of(account.tariff, service, place, judged.text, judged.parts, msisdn, judged.sender_class)
    if priced is None:
        return judged.idle, Refusal.OPERATOR_UNSUPPORTED, country, operator, 0, 1
    price, minutes = priced
    lane = judged.lane
    if not lane:
        ask = Ask(
            service, account.id, judged.sender, judged.text_class, country, operator, msisdn,
            account.tariff.at_home(price // judged.parts), judged.leaves_at,
        )  # fmt: skip
        lane = routing.lane(ask)
        if not lane:
            return judged.idle, Refusal.OPERATOR_UNSUPPORTED, country, operator, 0, 1
    return lane, None, country, operator, price, minutes


def _two_ways(
    msisdn: str, judged: _Judged, account: Account, numbering: Numbering, routing: RoutingTable
) -> tuple[_Destination, str, Fallback | None]:
    """By messenger, and as an SMS where that fails; where no messenger is connected, as an SMS at once.
    -> where it goes, whom it is from, and its other way.
    """
    idle, sender, priced = judged.idle, account.default_sender, account.tariff.price
    place = numbering.place(msisdn)
    if place is None:
        return (idle, Refusal.PHONE_INVALID, "", "", 0, 1), judged.sender, None
    country, operator = place.country, place.operator
    messenger = priced(Service.VIBER, country, operator, 1, msisdn)
    shown_as = class_of(Service.SMS, sender, account.shared_senders)
    sms = priced(Service.SMS, country, operator, judged.parts, msisdn, shown_as)
    refused: _Destination = (idle, Refusal.OPERATOR_UNSUPPORTED, country, operator, 0, 1)
    if messenger is None or sms is None:
        return refused, judged.sender, None
    if idle is EMULATOR:
        return (idle, None, country, operator, max(messenger, sms), 1), judged.sender, None
    at_home = account.tariff.at_home
    by_messenger = Ask(
        Service.VIBER_SMS, account.id, judged.sender, judged.text_class, country, operator, msisdn,
        at_home(messenger), judged.leaves_at,
    )  # fmt: skip
    part_price = at_home(sms // judged.parts)
    as_sms = by_messenger._replace(service=Service.SMS, sender=sender, part_price=part_price)
    lane, other = routing.lane(by_messenger), routing.lane(as_sms)
    if not other:
        return refused, judged.sender, None
    if not lane:
        return (other, None, country, operator, sms, 1), sender, None
    fallback = Fallback(other, sender, messenger, sms)
    return (lane, None, country, operator, fallback.price, 1), judged.sender, fallback


def price_of(
    tariff: Tariff, service: Service, place: Place, text: str, parts: int, msisdn: str, sender_class: str
) -> CallPrice | None:
    """Of a whole message, and of a call the minutes that it pays; None where the tariff does not serve the destination."""
    if service not in CALLS:
        price = tariff.price(service, place.country, place.operator, parts, msisdn, sender_class)
        return CallPrice(price, 1) if price is not None else None
    minutes = speech.minutes(text) if service is Service.VOICE else 1
    operator = LANDLINE if place.kind == "fixed" else place.operator
    return tariff.call_price(service, place.country, operator, minutes, msisdn)
