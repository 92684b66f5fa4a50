"""Accept messages: judged, priced, stored, charged; answered only when all of that is on disk."""

import asyncio
from collections.abc import AsyncIterable, Sequence
from typing import Any, NamedTuple

from lotsman import metrics
from lotsman.domain.account import Account
from lotsman.domain.admission import Admission, Order, admit
from lotsman.domain.breakers import NO_TICKET, Ticket
from lotsman.domain.lifecycle import State
from lotsman.domain.message import Draft, Outgoing
from lotsman.domain.packet import Packet
from lotsman.domain.refusals import Refusal, Refused, by_code
from lotsman.domain.routing import LinkTerms
from lotsman.store.messages import Acceptance, Accepted, accept
from lotsman.store.usage import known_among
from lotsman.usecases import Platform


class Sent(NamedTuple):
    ids: Sequence[int]  # one for each draft
    drafts: Sequence[Draft]
    cost: int  # kopecks
    balance: int  # kopecks, after it


async def send_messages(platform: Platform, account: Account, order: Order, now: int) -> Sent:
    """Raises Refused when nothing of the order was accepted; then nothing is stored and nothing charged."""
    admission = admit(order, account, platform.numbering, now, platform.routing)
    if isinstance(admission, Refusal):
        raise Refused(admission)
    return await _accepted(platform, account, admission, now, test=order.test, packet=False)


async def send_packet(
    platform: Platform, account: Account, orders: AsyncIterable[Order], now: int, *, test: bool
) -> Sent:
    """Many orders, stored and charged as one; a bad one is a draft with its error. Raises Refused: 112."""
    packet = Packet(account, platform.numbering, now, platform.routing)
    async for order in orders:
        packet.add(order)
    return await _accepted(platform, account, packet.admission, now, test=test, packet=True)


async def _accepted(
    platform: Platform, account: Account, admission: Admission, now: int, *, test: bool, packet: bool
) -> Sent:
    ticket = NO_TICKET
    if account.guard is not None and not test:
        admission, ticket = await _guarded(platform, account, admission, now, packet=packet)
    accepted = await _store(platform, account, admission, now, ticket, test=test, packet=packet)
    if isinstance(accepted, Refusal):
        raise Refused(accepted)
    drafts = accepted.drafts
    metrics.ACCEPTED.inc(sum(not draft.error for draft in drafts))
    cost = admission.price if drafts is admission.drafts else sum(draft.price for draft in drafts)
    if ticket.marked:
        drafts = [d._replace(error=Refusal.HELD.code) if d.held and not d.error else d for d in drafts]
    return Sent(accepted.ids, drafts, cost, accepted.balance)


async def _guarded(
    platform: Platform, account: Account, admission: Admission, now: int, *, packet: bool
) -> tuple[Admission, Ticket]:
    """What the breakers leave of it; raises Refused when that is nothing."""
    breakers = platform.breakers
    asked = breakers.doubtful(account, admission.drafts, now)
    if asked:
        breakers.learn(account, asked, await platform.database.read(known_among, account.id, asked, now))
    admission = breakers.judge(account, admission, now)
    if not packet and all(draft.error for draft in admission.drafts):
        raise Refused(next(by_code(d.error) for d in admission.drafts if d.error))
    ticket = breakers.charge(account, admission.drafts, now)
    if isinstance(ticket, Refusal):
        raise Refused(ticket)
    return admission, ticket


def status_of(draft: Draft) -> State:
    """The state in which an accepted draft is shown in the answer to its own request."""
    if draft.held and draft.error in {0, Refusal.HELD.code}:
        return State.DEFERRED
    if draft.error:
        return State.REFUSED
    return State.ACCEPTED if draft.send_at is None else State.DEFERRED


def _store(
    platform: Platform,
    account: Account,
    admission: Admission,
    now: int,
    ticket: Ticket,
    *,
    test: bool,
    packet: bool,
) -> "asyncio.Future[Accepted | Refusal]":
    """Write it, and pass it to the link that has room for it. Nobody who stops listening can interrupt this."""
    handoff = platform.handoff
    lane, parts = admission.lane, admission.parts
    link_id = handoff.reserve(lane, parts) if parts and lane is not None else None
    future: asyncio.Future[Accepted | Refusal] = asyncio.get_running_loop().create_future()

    def done(result: Any) -> None:
        if isinstance(result, Accepted):
            if link_id is not None:
                handoff.deliver(link_id, parts, _outgoing(result, acceptance.terms))
            elif parts:
                handoff.wake(lane)
        elif link_id is not None:
            handoff.release(link_id, parts)
        if ticket is not NO_TICKET:
            refusal = None if isinstance(result, Accepted) else _why(result)
            platform.breakers.settle(account, ticket, refusal, admission.drafts)
        if not future.done():
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

    cost = 0 if test else admission.price
    marked = ticket.marked or any(draft.ip for draft in admission.drafts)
    acceptance = Acceptance(
        account.id, now, cost, admission.drafts, link_id, platform.node_id, admission.watch, ticket.meters,
        platform.process, marked, packet, platform.routing.terms_of(link_id) if link_id is not None else None,
    )  # fmt: skip
    try:
        platform.database.submit(accept, acceptance, done)
    except Exception:
        if link_id is not None:
            handoff.release(link_id, parts)
        if ticket is not NO_TICKET:
            platform.breakers.settle(account, ticket, Refusal.SYSTEM_ERROR, admission.drafts)
        raise
    return future


def _outgoing(accepted: Accepted, terms: LinkTerms | None) -> list[Outgoing]:
    none_taken: frozenset[int] = frozenset()
    strict = terms is not None and terms.senders.strict
    return [
        Outgoing(
            id_, d.service, d.msisdn, (strict and terms and terms.sender_out(d.service, d.sender)) or d.sender,
            d.text, d.parts, d.expires_at, none_taken, d.callback != "", d.lane,
        )
        for id_, d in zip(accepted.ids, accepted.drafts, strict=True)
        if not d.error and d.send_at is None and not d.held
    ]  # fmt: skip


def _why(result: Any) -> Refusal:
    return result if isinstance(result, Refusal) else Refusal.SYSTEM_ERROR
