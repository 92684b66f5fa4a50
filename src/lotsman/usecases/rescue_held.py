"""What happens when a node dies: the messages it held are settled by whoever comes after it.

A node that starts again on the same machine knows from its wire journal which parts had left and which were answered;
the rest surely did not leave and is put back. Of a node that is gone with its machine nothing is known: all it held is in
doubt, and the link's policy decides (hold: wait for a receipt until the ttl; resend: send again).
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from lotsman.domain.parts import MESSENGER, WHOLE, Outcome, PartOutcome
from lotsman.store.claims import Held, held_among, held_by, held_ids
from lotsman.store.cluster import LinkRow, all_links, dead_nodes
from lotsman.store.submissions import Submission, record_submissions
from lotsman.usecases import Platform

_BATCH: Final = 500


class Rescued(NamedTuple):
    put_back: int
    in_doubt: int
    taken: int


async def rescue_own(
    platform: Platform, wire: Mapping[int, Mapping[int, str | None]] | None, now: int
) -> Rescued:
    """Settle what the previous process of this node held. `wire`: message -> part -> the SMSC's id, None without a
    response; None when the journal cannot be believed.
    """
    return await _rescue(platform, [platform.node_id], wire, now)


async def rescue_of_dead(platform: Platform, now: int) -> Rescued:
    """Settle what nodes hold that have stopped saying they are alive."""
    dead = await platform.database.read(dead_nodes, now)
    others = [node_id for node_id in dead if node_id != platform.node_id]
    if not others:
        return Rescued(0, 0, 0)
    return await _rescue(platform, others, None, now)


async def messages_held(platform: Platform) -> frozenset[int]:
    """Ids of what the store says this node holds."""
    return frozenset(await platform.database.read(held_ids, platform.node_id))


async def put_back_astray(platform: Platform, ids: Sequence[int], now: int) -> None:
    """This node is said to hold these messages, but never got them: they may be claimed again."""
    links = {link.id: link for link in await platform.database.read(all_links)}
    write = platform.database.write
    for start in range(0, len(ids), _BATCH):
        held = await platform.database.read(held_among, platform.node_id, ids[start : start + _BATCH])
        submissions = [
            _submission(each, links.get(each.link_id), _outcomes(each, {}, "held by nobody"), now)
            for each in held
        ]
        await asyncio.gather(*(write(record_submissions, submission) for submission in submissions))


async def _rescue(
    platform: Platform,
    node_ids: Sequence[int],
    wire: Mapping[int, Mapping[int, str | None]] | None,
    now: int,
) -> Rescued:
    links = {link.id: link for link in await platform.database.read(all_links)}
    put_back = in_doubt = taken = 0
    while held := await platform.database.read(held_by, node_ids, _BATCH):
        submissions = []
        for each in held:
            outcomes = _outcomes(each, None if wire is None else wire.get(each.message_id, {}))
            kinds = {outcome.outcome for outcome in outcomes}
            if Outcome.UNKNOWN in kinds:
                in_doubt += 1
            elif Outcome.PUT_BACK in kinds:
                put_back += 1
            else:
                taken += 1
            submissions.append(_submission(each, links.get(each.link_id), outcomes, now))
        write = platform.database.write
        await asyncio.gather(*(write(record_submissions, submission) for submission in submissions))
    return Rescued(put_back, in_doubt, taken)


def _outcomes(
    held: Held, wire: Mapping[int, str | None] | None, why: str = "node restarted"
) -> list[PartOutcome]:
    if (
        wire is not None
        and (whole := next((part for part in wire if part in {WHOLE, MESSENGER}), None)) is not None
    ):
        return [_outcome(whole, wire[whole], why)]
    found = []
    for part in range(1, held.parts + 1):
        if part in held.taken:
            continue
        if wire is None:
            found.append(PartOutcome(part, Outcome.UNKNOWN, carrier_error="node lost"))
        elif part not in wire:
            found.append(PartOutcome(part, Outcome.PUT_BACK, carrier_error=f"unsent, {why}"))
        else:
            found.append(_outcome(part, wire[part], why))
    return found


def _outcome(part: int, smsc_id: str | None, why: str) -> PartOutcome:
    """Of a part that left; the SMSC's id is None when no response was seen."""
    if smsc_id is None:
        return PartOutcome(part, Outcome.UNKNOWN, carrier_error=f"unanswered, {why}")
    return PartOutcome(part, Outcome.TAKEN, smsc_id)


def _submission(held: Held, link: LinkRow | None, outcomes: Sequence[PartOutcome], now: int) -> Submission:
    return Submission(
        held.message_id,
        held.link_id,
        link.name if link else f"link {held.link_id}",
        held.msisdn,
        now,
        outcomes,
        len(held.taken),
        link is not None and link.in_doubt == "resend",
        held.node_id,
        held.tells,
    )
