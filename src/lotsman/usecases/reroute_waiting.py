"""Routes have changed: what waits for a link is given the way that it would be given now.

Rule 1: only what waits. What a link holds stays with it, and what it puts back is looked at with the next change.
Rule 2: a message for which there is no way any more keeps the one it has, until its ttl.
"""

import hashlib
from typing import Final

from lotsman.domain.account import Account
from lotsman.domain.fallback import goes_as
from lotsman.domain.lane import EMULATOR
from lotsman.domain.route import Ask
from lotsman.domain.routing import RoutingTable
from lotsman.store.rerouting import (
    AT_FIRST,
    WaitingMessage,
    lanes_waiting,
    note_rerouted,
    reroute,
    rerouted_for,
    waiting_in,
)
from lotsman.usecases import Platform

_CHUNK: Final = 1_000  # messages of one write: acceptance waits behind it


async def reroute_waiting(platform: Platform, now: int) -> int:
    """-> how many messages wait in another lane now. Cheap while nothing has changed; call it every second."""
    routing, read = platform.routing, platform.database.read
    mark = _mark(routing)
    if mark == await read(rerouted_for):
        return 0
    moved = 0
    for lane in await read(lanes_waiting):
        if lane == EMULATOR:
            continue
        place = AT_FIRST
        while rows := await read(waiting_in, lane, place, _CHUNK):
            place = rows[-1].place
            payers = {
                number: await platform.directory.by_id(number) for number in {row.account_id for row in rows}
            }
            ways = [(row.message_id, routing.lane(_ask(row, payers[row.account_id], now))) for row in rows]
            changes = [(message_id, way) for message_id, way in ways if way and way != lane]
            if changes:
                moved += await platform.database.write(reroute, changes)
    await platform.database.write(note_rerouted, mark)
    return moved


def _ask(row: WaitingMessage, payer: Account | None, now: int) -> Ask:
    part_price = row.price // max(row.parts, 1)
    return Ask(
        goes_as(row.service, row.sender), row.account_id, row.sender, row.text_class, row.country, row.operator, row.msisdn,
        payer.tariff.at_home(part_price) if payer else part_price, now,
    )  # fmt: skip


def _mark(routing: RoutingTable) -> int:
    """A number for all that ways hang on; another one as soon as any of it is another."""
    said = repr((list(routing.routes), sorted(routing.links.items())))
    return int.from_bytes(hashlib.blake2b(said.encode(), digest_size=7).digest(), "big")
