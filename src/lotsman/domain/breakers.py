"""Circuit-breakers: what stops a leaked key before it costs money. One for a node; decides from memory, `now` is given.

`judge` turns drafts down or marks them as held (countries, bursts); `charge` says whether messages and money stay within the
limits: yes, no, or "let the store decide" (Ticket.meters). What was stopped is a trip, told to the operator by the next report.
Rule 1: tests (test=1) cost nothing and go nowhere: they do not come here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from lotsman.domain import visitor
from lotsman.domain.account import Account
from lotsman.domain.admission import Admission
from lotsman.domain.bursts import Bursts
from lotsman.domain.gauge import Gauge, Use, since, slot_of
from lotsman.domain.limits import HOLD, HOUR, OFF, Cap, Guard
from lotsman.domain.message import Draft
from lotsman.domain.protection import turned_down
from lotsman.domain.refusals import Refusal
from lotsman.domain.service import WITHOUT_TEXT

IDLE: Final = 5_000  # ms without a message after which a node forgets what it counted: the store knows
PER_IP: Final = "ip:"  # begins the scope of an end user


class Meter(NamedTuple):
    """A count that the store has to check and to add to."""

    scope: str  # "", the hash of a key, or PER_IP and an address
    cap: Cap
    slot: int
    first: int  # the first slot that counts
    unreported: Use  # of this node
    use: Use


class Ticket(NamedTuple):
    """What was charged to which gauges, until it is stored or not."""

    meters: tuple[Meter, ...]  # empty: memory has decided
    gauges: tuple[tuple[Gauge, int, Use], ...]  # of memory: gauge, slot, use
    marked: bool = False  # some draft is held, or has the address of an end user


NO_TICKET: Final = Ticket((), ())


class Trip(NamedTuple):
    """Something was stopped."""

    account_id: int
    api_key: str  # hash of the key whose own limit it was; "": the account's
    limit: str  # its name
    detail: str  # what exactly: a country, a block of numbers


class Breakers:
    def __init__(self) -> None:
        self._gauges: dict[tuple[int, str, int], Gauge] = {}  # account, scope, span
        self._bursts: dict[int, tuple[Bursts, int]] = {}  # account -> since which release
        self._seen_at: dict[int, int] = {}  # account -> ms of its last message: of whom the store is asked
        self._held: defaultdict[int, int] = defaultdict(int)  # account -> how many wait
        self._new_numbers: list[tuple[int, str, int]] = []  # account, msisdn, ms
        self._trips: defaultdict[Trip, int] = defaultdict(int)

    # ---- countries and bursts ----------------------------------------------------------------------------------------

    def doubtful(self, account: Account, drafts: Sequence[Draft], now: int) -> list[str]:
        """Numbers that the store should be asked about before `judge`; nearly always none."""
        guard = account.guard
        if guard is None or not guard.limits.watches_bursts:
            return []
        numbers = list(dict.fromkeys(d.msisdn for d in drafts if _is_message(d)))
        return self._bursts_of(account.id, guard).doubtful(guard.limits, numbers, now)

    def learn(self, account: Account, asked: Sequence[str], known: Sequence[str]) -> None:
        if account.guard is not None:
            self._bursts_of(account.id, account.guard).learn(asked, known)

    def judge(self, account: Account, admission: Admission, now: int) -> Admission:
        """The admission without what may not be sent, and with what has to wait for approval marked."""
        guard = account.guard
        if guard is None or (guard.limits.countries == OFF and not guard.limits.watches_bursts):
            return admission
        self._seen_at[account.id] = now
        drafts = [
            draft if draft.error else self._judged(account.id, guard, draft, now)
            for draft in admission.drafts
        ]
        at_once = [d for d in drafts if not (d.error or d.held) and d.send_at is None]
        lanes = {draft.lane for draft in at_once}
        return admission._replace(
            drafts=drafts,
            price=sum(draft.price for draft in drafts),
            parts=sum(draft.parts for draft in at_once) if admission.parts else 0,
            lane=admission.lane if len(lanes) != 1 else next(iter(lanes)),
        )

    def _judged(self, account_id: int, guard: Guard, draft: Draft, now: int) -> Draft:
        limits, reason = guard.limits, ""
        if limits.countries != OFF and draft.country not in guard.open:
            self._trips[Trip(account_id, "", "countries", draft.country or "unknown")] += 1
            if limits.countries != HOLD:
                return turned_down(draft, Refusal.COUNTRY_CLOSED.code)
            reason = f"country {draft.country or 'unknown'}"
        elif limits.watches_bursts and _is_message(draft):
            broken = self._bursts_of(account_id, guard).judge(limits, draft.msisdn, now)
            if broken:
                block = draft.msisdn[:-4] + "xxxx" if broken != "fresh" else ""
                self._trips[Trip(account_id, "", broken, block)] += 1
                reason = f"{broken} {block}".strip()
            else:
                self._new_numbers.append((account_id, draft.msisdn, now))
        if not reason:
            return draft
        if self._held[account_id] >= limits.held:
            self._trips[Trip(account_id, "", "held", "")] += 1
            return turned_down(draft, Refusal.HELD_TOO_MANY.code)
        self._held[account_id] += 1
        return draft._replace(held=reason)

    def _bursts_of(self, account_id: int, guard: Guard) -> Bursts:
        found = self._bursts.get(account_id)
        if found is None:
            found = self._bursts[account_id] = (Bursts(), guard.released_at)
        elif found[1] < guard.released_at:
            found[0].start_anew()
            found = self._bursts[account_id] = (found[0], guard.released_at)
        return found[0]

    # ---- messages and money ------------------------------------------------------------------------------------------

    def charge(self, account: Account, drafts: Sequence[Draft], now: int) -> Ticket | Refusal:
        """Count what an order asks for, or say which limit it would break. `settle` the ticket when it is stored."""
        guard = account.guard
        if guard is None:
            return NO_TICKET
        marked = any(draft.held or draft.ip for draft in drafts)
        meters = self._visitors(guard, drafts, now) if guard.limits.ip_hour else ()
        if not guard.scopes:
            return Ticket(meters, (), marked)
        good = [draft.price for draft in drafts if not draft.error]
        use = Use(len(good), sum(good))
        found, far = [], True
        for scope, caps in guard.scopes:
            for cap in caps:
                gauge = self._gauge(account.id, scope, cap.span)
                gauge.used_at = now
                first = since(now, cap.span, guard.released_at)
                used, unknown = gauge.measure(first)
                used = used.plus(use)
                broken = broken_by(cap, used)
                if broken is not None:
                    self.tripped(account.id, scope, broken)
                    self._let_go(account.id, drafts)
                    return broken
                far = far and gauge.is_far(used, unknown.plus(use), Use(cap.messages, cap.kopecks), now)
                found.append((scope, cap, gauge, slot_of(now, cap.span), first))
        if far:
            charged = tuple((gauge, slot, use) for _, _, gauge, slot, _ in found)
            for gauge, slot, _ in charged:
                gauge.add(slot, use)
            return Ticket(meters, charged, marked)
        near = tuple(
            Meter(scope, cap, slot, first, gauge.unreported(first), use)
            for scope, cap, gauge, slot, first in found
        )
        return Ticket((*near, *meters), (), marked)

    def _visitors(self, guard: Guard, drafts: Sequence[Draft], now: int) -> tuple[Meter, ...]:
        uses: defaultdict[str, int] = defaultdict(int)
        for draft in drafts:
            if draft.ip and not draft.error:
                uses[visitor.home(draft.ip)] += 1
        cap = Cap(HOUR, guard.limits.ip_hour, 0, Refusal.LIMIT_PER_IP, None)
        first = since(now, HOUR, guard.released_at)
        slot = slot_of(now, HOUR)
        return tuple(Meter(PER_IP + home, cap, slot, first, Use(), Use(n)) for home, n in uses.items())

    def settle(
        self, account: Account, ticket: Ticket, refusal: Refusal | None, drafts: Sequence[Draft]
    ) -> None:
        """The order was stored, or not. Held drafts that were not stored do not wait."""
        if refusal is None:
            for meter in ticket.meters:
                gauge = self._gauges.get((account.id, meter.scope, meter.cap.span))
                if gauge is not None:
                    gauge.stored(meter.slot, meter.use)
            return
        for gauge, slot, use in ticket.gauges:
            gauge.take_back(slot, use)
        self._let_go(account.id, drafts)
        for meter in ticket.meters:
            if refusal in {meter.cap.too_many, meter.cap.too_dear}:
                self.tripped(account.id, meter.scope, refusal)
                return

    def _let_go(self, account_id: int, drafts: Sequence[Draft]) -> None:
        held = sum(1 for draft in drafts if draft.held)
        if held:
            self._held[account_id] -= held

    def tripped(self, account_id: int, scope: str, refusal: Refusal) -> None:
        ip = scope.startswith(PER_IP)
        detail = visitor.masked(scope.removeprefix(PER_IP).partition("/")[0]) if ip else ""
        self._trips[Trip(account_id, "" if ip else scope, _NAMES[refusal], detail)] += 1

    def _gauge(self, account_id: int, scope: str, span: int) -> Gauge:
        key = (account_id, scope, span)
        gauge = self._gauges.get(key)
        if gauge is None:
            gauge = self._gauges[key] = Gauge()
        return gauge

    # ---- report ------------------------------------------------------------------------------------------------------

    def report(self, now: int) -> "Report | None":
        """What the store shall know, and what it is asked; None when nothing has happened for a while."""
        for key, gauge in list(self._gauges.items()):
            if gauge.used_at < now - IDLE and not gauge.owes:
                del self._gauges[key]
        for account_id, at in list(self._seen_at.items()):
            if at < now - IDLE:
                del self._seen_at[account_id]
                self._held.pop(account_id, None)
        if not (self._gauges or self._seen_at or self._trips or self._new_numbers):
            return None
        gauges = dict(self._gauges)
        uses = [
            (*key, slot, *use)
            for key, gauge in gauges.items()
            for slot, use in sorted(gauge.report().items())
        ]
        report = Report(now, gauges, uses, list(self._seen_at), self._new_numbers, dict(self._trips))
        self._new_numbers, self._trips = [], defaultdict(int)
        return report

    def reported(self, report: "Report", known: "Known") -> None:
        views: defaultdict[tuple[int, str, int], dict[int, Use]] = defaultdict(dict)
        for account_id, scope, span, slot, messages, kopecks in known.uses:
            views[account_id, scope, span][slot] = Use(messages, kopecks)
        for key, gauge in report.gauges.items():
            gauge.reported(views[key], report.at)
        for account_id in report.accounts:
            self._held[account_id] = known.held.get(account_id, 0)
        for account_id, msisdn, at in known.numbers:
            found = self._bursts.get(account_id)
            if found is not None and at > found[1]:
                found[0].seen_elsewhere([(msisdn, at)], report.at)

    def lost(self, report: "Report") -> None:
        for gauge in report.gauges.values():
            gauge.lost()
        self._new_numbers = [*report.numbers, *self._new_numbers]
        self.stopped(report.trips)

    def stopped(self, trips: Mapping[Trip, int]) -> None:
        """To be told with the next report."""
        for trip, times in trips.items():
            self._trips[trip] += times


class Report(NamedTuple):
    at: int  # ms
    gauges: dict[tuple[int, str, int], Gauge]  # account, scope, span
    uses: Sequence[tuple[int, str, int, int, int, int]]  # account, scope, span, slot, messages, kopecks
    accounts: Sequence[int]  # of which the store is asked what waits, and which new numbers there are
    numbers: Sequence[tuple[int, str, int]]  # account, msisdn, ms: new ones that were let pass
    trips: dict[Trip, int]  # -> how many messages or orders were stopped


class Known(NamedTuple):
    """The store's answer to a report."""

    uses: Sequence[tuple[int, str, int, int, int, int]]
    held: dict[int, int]
    numbers: Sequence[tuple[int, str, int]]


def broken_by(cap: Cap, use: Use) -> Refusal | None:
    if cap.messages and use.messages > cap.messages:
        return cap.too_many
    return cap.too_dear if cap.kopecks and use.kopecks > cap.kopecks else None


def _is_message(draft: Draft) -> bool:
    return not draft.error and draft.service not in WITHOUT_TEXT


_NAMES: Final = {
    Refusal.LIMIT_PER_SECOND: "per_second",
    Refusal.LIMIT_PER_MINUTE: "per_minute",
    Refusal.LIMIT_PER_HOUR: "per_hour",
    Refusal.LIMIT_PER_DAY: "per_day",
    Refusal.LIMIT_SPEND_HOUR: "spend_hour",
    Refusal.LIMIT_SPEND_DAY: "spend_day",
    Refusal.LIMIT_PER_IP: "ip_hour",
}
