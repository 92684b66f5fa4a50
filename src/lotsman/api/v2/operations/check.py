"""check: messages by their ids, or those of a packet. An id that the account does not have is a row with status -2.

Rule 1: as many rows as ids were asked for, in their order: clients read them by place.
Rule 2: what a look-up found stands in more columns behind the others, if a row has any.
"""

import json
from collections.abc import Sequence
from typing import Final

from lotsman.api.v1.answers.shapes import Answer, Listing
from lotsman.api.v2.call import Call
from lotsman.api.v2.envelope import Envelope, Value, listed, text
from lotsman.domain import money
from lotsman.domain.columns import local_time
from lotsman.domain.lifecycle import STATUS, State
from lotsman.domain.refusals import Refusal, Refused
from lotsman.usecases.check_messages import Stored, check_messages, check_packet

NAME: Final = "check"
COLUMNS: Final = ("id", "server_id", "status", "modified", "error", "price", "to")
_MOST_IDS: Final = 10_000
_LONGEST_ID: Final = 18  # digits
_UNKNOWN: Final = Stored(
    0, "", 0, State.REFUSED, "", "", 0, 0, 0, "", "", Refusal.SERVER_ID_NOT_FOUND.code, "", 0, None, 0
)


def selected(envelope: Envelope) -> bool:
    return envelope.given("check") or packet_asked(envelope) is not None


async def answer(call: Call) -> Answer:
    packet = packet_asked(call.envelope)
    if packet is not None:
        found = await check_packet(call.platform, call.account, packet_id(packet))
        if not found:
            raise Refused(Refusal.SERVER_PACKET_ID_INVALID)
        return listing([(str(message.id), message) for message in found], call.account.time_zone)
    asked = ids_of(call.envelope.value("check"))
    ids = [int(id_) for id_ in asked if _is_id(id_)]
    messages = iter(await check_messages(call.platform, call.account, ids))
    rows = [(id_, (next(messages) if _is_id(id_) else None) or unknown(id_)) for id_ in asked]
    return listing(rows, call.account.time_zone)


def packet_asked(envelope: Envelope) -> str | None:
    """server_packet_id; sms-pilot-py calls it server_pocket_id."""
    return envelope.get("server_packet_id") or envelope.get("server_pocket_id")


def packet_id(written: str) -> int:
    """Raises Refused: 304."""
    number = written.strip()  # of more than `int` would: U+001F is a blank to strip alone
    if not _is_id(number):
        raise Refused(Refusal.SERVER_PACKET_ID_INVALID)
    return int(number)


def ids_of(value: Value) -> list[str]:
    """As written: of {"server_id": …}, of scalars, of a text with commas, one of them or a list. Raises Refused: 300, 303."""
    items = listed(value)
    if items is None:
        ids = [] if isinstance(value, bool) else (text(value) or "").split(",")
    else:
        ids = [text(item.get("server_id") if isinstance(item, dict) else item) or "" for item in items]
    if not any(ids):
        raise Refused(Refusal.SERVER_ID_REQUIRED)
    if len(ids) > _MOST_IDS:
        raise Refused(Refusal.IDS_INVALID)
    return [id_.strip() for id_ in ids]


def unknown(written: str) -> Stored:
    """What is said of an id that does not exist for the asker, or is none."""
    if _is_id(written):
        return _UNKNOWN
    error = Refusal.SERVER_ID_INVALID if written else Refusal.SERVER_ID_REQUIRED
    return _UNKNOWN._replace(error=error.code)


def listing(rows: Sequence[tuple[str, Stored]], zone: str) -> Listing:
    """Rows are (server_id as it was asked for, message)."""
    found = [json.loads(message.attributes) if message.attributes else {} for _, message in rows]
    names = tuple(dict.fromkeys(name for attributes in found for name in attributes))
    return Listing(
        name=NAME,
        columns=COLUMNS + names,
        rows=[
            (
                message.item_id or "0", id_, str(STATUS[message.state]),
                local_time(message.modified_at, zone) if message.modified_at else "", str(message.error),
                money.text(message.price), message.msisdn, *(str(attributes.get(name, "")) for name in names),
            )
            for (id_, message), attributes in zip(rows, found, strict=True)
        ],
        value="",
    )  # fmt: skip


def _is_id(written: str) -> bool:
    return written.isascii() and written.isdigit() and len(written) <= _LONGEST_ID
