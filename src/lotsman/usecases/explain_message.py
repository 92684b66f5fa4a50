"""What becomes of a message, and why: the judgement of sending with every reason, and nothing stored.

Rule 1: the same functions decide as when it is sent; what is added here only says why.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lotsman.domain.account import Account
from lotsman.domain.admission import Admission, Order, clean, judge, price_of
from lotsman.domain.fallback import goes_as
from lotsman.domain.lane import EMULATOR
from lotsman.domain.lifecycle import State
from lotsman.domain.message import Draft
from lotsman.domain.msisdn import Fault, parse
from lotsman.domain.numbering import Place
from lotsman.domain.protection import by_lists, fingerprint, may_loop, turned_down
from lotsman.domain.refusals import Refusal, by_code
from lotsman.domain.route import Ask
from lotsman.domain.routing import NO_WAY, Decision
from lotsman.domain.sender_class import class_of
from lotsman.domain.service import Service, which
from lotsman.domain.text_class import TextClass
from lotsman.gsm.segmentation import Encoding, culprits, measure
from lotsman.store import cluster
from lotsman.store.cluster import LinkStatus
from lotsman.store.messages import dossier
from lotsman.store.phone_lists import Listed, listed
from lotsman.store.screening import seen_lately
from lotsman.usecases import Platform

__all__ = ["Explanation", "Fate", "LinkStatus", "explain_order", "explain_stored"]


class Explanation(NamedTuple):
    written: str  # the number as it was asked for
    msisdn: str  # "" when it is none
    place: Place | None  # country, operator, and how we know
    service: Service
    text: str
    encoding: Encoding
    culprits: str  # characters that force UCS-2
    parts: int
    text_class: TextClass
    sender: str  # the name it is sent under, before a link replaces it
    error: Refusal | None  # why it is refused
    price: int  # kopecks
    test: bool
    decision: Decision  # routes and links with their reasons; NO_WAY when it did not come so far
    links: Mapping[int, LinkStatus]  # what the nodes say of their links now
    listed: Listed
    looped: bool  # the same text went to this number lately


class Fate(NamedTuple):
    """What did become of a stored message."""

    state: State
    lane: str
    link_id: int | None
    price: int  # kopecks


async def explain_order(
    platform: Platform, account: Account, order: Order, now: int, *, sent: bool = False
) -> list[Explanation]:
    """One for each recipient, in order. `sent`: it went out before, and is no repetition of itself."""
    admission = judge(order, account, platform.numbering, now, platform.routing, 1)
    statuses = await platform.database.read(cluster.statuses)
    drafts = admission.drafts if isinstance(admission, Admission) else ()
    found, looped, judged = await _looked_up(platform, account, admission, now, sent=sent)
    return [
        _explained(
            platform, account, order, written, judged[n] if drafts else admission, now,
            _Facts(statuses, found, bool(drafts) and fingerprint(drafts[n]) in looped),
        )
        for n, written in enumerate(order.recipients)
    ]  # fmt: skip


async def explain_stored(platform: Platform, message_id: int, now: int) -> tuple[Explanation, Fate] | None:
    """The same for a message of ours, as it would be judged now, and what became of it; None when there is none."""
    found = await platform.database.read(dossier, message_id)
    if found is None:
        return None
    row = found.message
    account = await platform.directory.by_id(row["account_id"])
    if account is None:
        return None
    order = Order(
        row["text"], row["sender_asked"], [row["msisdn"]], row["expires_at"] - (row["send_at"] or row["created_at"]),
        row["send_at"], test=row["lane"] == EMULATOR, callback=row["callback"],
    )  # fmt: skip
    [explanation] = await explain_order(platform, account, order, now, sent=True)
    return explanation, Fate(State(row["state"]), row["lane"], row["link_id"], row["price"])


class _Facts(NamedTuple):
    links: Mapping[int, LinkStatus]
    listed: Listed
    looped: bool


async def _looked_up(
    platform: Platform, account: Account, admission: Admission | Refusal, now: int, *, sent: bool
) -> tuple[Listed, frozenset[int], Sequence[Draft]]:
    """What acceptance would look up under its lock: lists and recent texts."""
    if isinstance(admission, Refusal) or admission.watch is None:
        drafts = () if isinstance(admission, Refusal) else admission.drafts
        return Listed(frozenset(), frozenset()), frozenset(), drafts
    good = [draft for draft in admission.drafts if not draft.error]
    found = await platform.database.read(listed, account.id, [draft.msisdn for draft in good])
    black = found.black if admission.watch.black else frozenset()
    judged = by_lists(admission.drafts, black, found.white)
    seen: frozenset[int] = frozenset()
    if admission.watch.loop and not sent:
        prints = [fingerprint(draft) for draft in judged if may_loop(draft)]
        seen = await platform.database.read(seen_lately, account.id, prints, now)
        loop = Refusal.LOOP_PROTECTION.code
        judged = [turned_down(d, loop) if may_loop(d) and fingerprint(d) in seen else d for d in judged]
    return found, seen, judged


def _explained(
    platform: Platform,
    account: Account,
    order: Order,
    written: str,
    judged: Draft | Admission | Refusal,
    now: int,
    facts: _Facts,
) -> Explanation:
    number = parse(written)
    msisdn = "" if isinstance(number, Fault) else number
    text = clean(order.text)
    encoding, parts = measure(text)
    place = platform.numbering.place(msisdn) if msisdn else None
    draft = judged if isinstance(judged, Draft) else None
    decision = NO_WAY
    if draft is not None and place is not None and not order.test and draft.parts:
        service = goes_as(draft.service, draft.sender)
        asked = Service.VIBER if service is Service.VIBER_SMS else service  # its price
        tariff, shown_as = account.tariff, class_of(asked, draft.sender, account.shared_senders)
        priced = price_of(tariff, asked, place, text, 1, msisdn, shown_as)
        if priced is not None:
            decision = platform.routing.decide(
                Ask(
                    service, account.id, draft.sender, draft.text_class, place.country, place.operator, msisdn,
                    tariff.at_home(priced.kopecks), order.send_at or now,
                )
            )  # fmt: skip
    error = judged if isinstance(judged, Refusal) else None
    if draft is not None and draft.error:
        error = by_code(draft.error)
    return Explanation(
        written=written,
        msisdn=msisdn,
        place=place,
        service=draft.service if draft else which(text, order.sender),
        text=text,
        encoding=encoding,
        culprits=culprits(text) if encoding is Encoding.UCS2 else "",
        parts=draft.parts if draft else parts,
        text_class=draft.text_class if draft else TextClass.SINGLE,
        sender=draft.sender if draft else order.sender,
        error=error,
        price=draft.price if draft else 0,
        test=order.test,
        decision=decision,
        links=facts.links,
        listed=facts.listed,
        looped=facts.looped,
    )
