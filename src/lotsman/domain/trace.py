"""The trace: what went over the wires for each message, gathered in memory and kept in compressed blocks.

It is a diagnosis, not the ledger: a crash loses what was not yet written (a second), and what cannot be written is dropped.
Rule 1: gathering is one tuple in a list; everything else (keys, masking, packing) is done later, off the event loop.
Rule 2: a receipt is known by the carrier's id alone when it comes, so its key is made of link and id; all else has the
message's id, and a request that of its first message.
"""

import re
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from struct import Struct
from struct import pack as packed
from struct import unpack as unpacked
from typing import Final, NamedTuple

from lotsman.domain.traced_text import without_text

MOST_WAITING: Final = 100_000  # records in memory; more are counted and dropped
LARGEST_BLOCK: Final = 5_000  # records
_HEAD: Final = Struct(
    ">IIBII"
)  # key's place among the block's keys, ms after its first, kind, link id, length
_LEVEL: Final = 1
_SEPARATOR: Final = "\0"


class Kind(IntEnum):
    REQUEST = 1
    PDU_OUT = 2
    PDU_IN = 3
    HTTP_OUT = 4  # a request to a carrier
    HTTP_IN = 5  # its answer
    CALLBACK = 6


class Stream(IntEnum):
    """Blocks of records that are alike in what they are found by."""

    MESSAGES = 1  # around acceptance and submission: keys of a block lie close together
    RECEIPTS = 2  # keys are all over the place; found by time
    CALLBACKS = 3


class Record(NamedTuple):
    key: int
    at: int  # ms
    kind: Kind
    link_id: int  # 0: no link
    data: bytes  # a PDU, or texts (`texts`)


class Block(NamedTuple):
    """A row of the store."""

    stream: Stream
    first_at: int  # ms
    last_at: int
    lowest: int  # key
    highest: int
    keys: bytes  # sorted, eight octets each
    body: bytes  # compressed
    records: int = 0  # how many; not stored


_Raw = tuple[int | str, int, Kind, int, bytes]  # as Record; a str is the carrier's id in a receipt


class Trace:
    """What this process has seen since the last `take`. Switched off it keeps nothing."""

    __slots__ = ("dropped", "on", "texts", "waiting")

    def __init__(self, *, on: bool = False, texts: bool = True) -> None:
        self.on, self.texts = on, texts
        self.waiting: dict[Stream, list[_Raw]] = {stream: [] for stream in Stream}
        self.dropped = 0

    def note(self, key: int, at: int, kind: Kind, link_id: int, data: bytes) -> None:
        if self.on:
            self.waiting[Stream.MESSAGES].append((key, at, kind, link_id, data))

    def note_receipt(self, smsc_id: str, at: int, kind: Kind, link_id: int, data: bytes) -> None:
        if self.on:
            self.waiting[Stream.RECEIPTS].append((smsc_id, at, kind, link_id, data))

    def note_callback(self, key: int, at: int, data: bytes) -> None:
        if self.on:
            self.waiting[Stream.CALLBACKS].append((key, at, Kind.CALLBACK, 0, data))

    def take(self) -> dict[Stream, list[_Raw]]:
        taken, self.waiting = self.waiting, {stream: [] for stream in Stream}
        for records in taken.values():
            self.dropped += max(0, len(records) - MOST_WAITING)
            del records[MOST_WAITING:]
        return taken


def receipt_key(link_id: int, smsc_id: str) -> int:
    """63 bits; ids of two carriers that are alike differ."""
    written = f"{link_id} {smsc_id}".encode()
    return zlib.crc32(written) << 31 | zlib.adler32(written) & 0x7FFFFFFF


def blocks(taken: dict[Stream, list[_Raw]], *, texts: bool) -> Iterator[Block]:
    """`texts` False: texts of messages become stars of the same length."""
    for stream, raw in taken.items():
        records = _keyed(raw) if stream is Stream.RECEIPTS else raw
        if not texts:
            records = [_masked(*record) for record in records]
        records.sort(key=itemgetter(0))  # stable: of one key in the order of time
        for start in range(0, len(records), LARGEST_BLOCK):
            yield pack(stream, records[start : start + LARGEST_BLOCK])  # type: ignore[arg-type]


def _keyed(raw: list[_Raw]) -> list[_Raw]:
    """A receipt and its answer are noted soon after each other: a key is made once."""
    keys: dict[tuple[int, int | str], int] = {}
    keyed: list[_Raw] = []
    for smsc_id, at, kind, link_id, data in raw:
        name = (link_id, smsc_id)
        key = keys.get(name)
        if key is None:
            key = keys[name] = receipt_key(link_id, str(smsc_id))
        keyed.append((key, at, kind, link_id, data))
    return keyed


def pack(stream: Stream, records: Sequence[tuple[int, int, Kind, int, bytes]]) -> Block:
    """Of at least one record, sorted by key."""
    first = min(map(itemgetter(1), records))
    last = max(map(itemgetter(1), records))
    keys: list[int] = []
    heads, before, place = [], None, -1
    head = _HEAD.pack
    texts = []
    for key, at, kind, link_id, data in records:
        if key != before:
            keys.append(key)
            before, place = key, place + 1
        heads.append(head(place, at - first, kind, link_id, len(data)))
        texts.append(data)
    body = b"".join([len(records).to_bytes(4), *heads, *texts])
    octets = packed(f">{len(keys)}Q", *keys)
    return Block(stream, first, last, keys[0], keys[-1], octets, zlib.compress(body, _LEVEL), len(records))


def has_any(keys: bytes, wanted: Sequence[int]) -> bool:
    """Whether a block with these keys has one of those."""
    found = _numbers(keys)
    return any((at := bisect_left(found, key)) < len(found) and found[at] == key for key in wanted)


def unpack(block: Block, wanted: Iterable[int]) -> list[Record]:
    """The block's records with those keys. Raises ValueError for a damaged one."""
    try:
        body, keys, wanted = zlib.decompress(block.body), _numbers(block.keys), frozenset(wanted)
        count = int.from_bytes(body[:4])
        data = 4 + count * _HEAD.size
        found = []
        for place, after, kind, link_id, length in _HEAD.iter_unpack(body[4:data]):
            if keys[place] in wanted:
                found.append(
                    Record(
                        keys[place], block.first_at + after, Kind(kind), link_id, body[data : data + length]
                    )
                )
            data += length
    except (zlib.error, IndexError, ValueError) as error:
        raise ValueError(f"a damaged block of the trace: {error}") from None
    return found


def _numbers(octets: bytes) -> tuple[int, ...]:
    return unpacked(f">{len(octets) // 8}Q", octets)


def _masked(key: int | str, at: int, kind: Kind, link_id: int, data: bytes) -> _Raw:
    if kind in {Kind.PDU_IN, Kind.PDU_OUT}:
        return key, at, kind, link_id, without_text(data)
    if kind in {Kind.REQUEST, Kind.CALLBACK}:
        said = texts_of(data)
        for n in range(WORDS + 1, len(said), 2):
            if said[n - 1] in _TEXTS:
                said[n] = _stars(said[n])
        return key, at, kind, link_id, as_data(said)
    first, *rest = texts_of(data)
    if kind is Kind.HTTP_OUT:
        url, *rest = rest
        return key, at, kind, link_id, as_data((first, url.partition("?")[0], *map(_stars, rest)))
    return key, at, kind, link_id, as_data((first, *(map(_stars, rest) if first != NO_ANSWER else rest)))


def _stars(text: str) -> str:
    return "*" * len(text)


# Records that are texts. A request: door, operation, method, path, the caller's address; a callback: target, HTTP status,
# what is said of it, the beginning of the answer, ms it took; both then names and values in turn. To a carrier: method,
# address, body; its answer: HTTP status, body, or NO_ANSWER and why.

NO_ANSWER: Final = "0"
WORDS: Final = 5  # before the names and values
_TEXTS: Final = frozenset({"send", "text", "message"})
_SECRETS: Final = frozenset({"apikey", "password", "ip"})
_LIKE_A_SECRET: Final = re.compile(
    r"""(?i)((?:key|token|secret|login|pass\w*|psw|pwd)["']?\s*[=:]\s*["']?)[^&"'\s,}]+"""
)
_LONGEST: Final = 1_000  # characters of a value
_MOST: Final = 40  # parameters


def as_data(said: Iterable[str]) -> bytes:
    return _SEPARATOR.join(said).encode("utf-8", "replace")


def texts_of(data: bytes) -> list[str]:
    return data.decode("utf-8", "replace").split(_SEPARATOR)


def without_secrets(text: str) -> str:
    """An address or a body as links write them, without what looks like a key or a password."""
    return _LIKE_A_SECRET.sub(r"\1***", text.replace(_SEPARATOR, "?"))


def shown(parameters: Iterable[tuple[str, str]]) -> list[str]:
    """Names and values in turn, without keys and passwords, and without the end of what is long."""
    said: list[str] = []
    for name, value in islice(parameters, _MOST):
        said += (name, "***" if _is_secret(name) else value)
    if sum(map(len, said)) > _LONGEST:
        return [each[:_LONGEST] for each in said]
    return said


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return name.strip().lower() in _SECRETS
