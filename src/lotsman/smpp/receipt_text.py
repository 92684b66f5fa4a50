"""The text of a delivery receipt (SMPP 3.4 Appendix B): "id:… sub:… dlvrd:… submit date:… done date:… stat:… err:… text:…".

In: whatever carriers make of it. Out: `Receipt`, or None where neither an id nor a state can be found.
Strategy: one regular expression for the usual spelling. For all others: find the places where a key stands (a
word and a colon, after a blank), a value reaches from its key to the next. Never split at colons: values have them.
Rule 1: the first occurrence of a key counts. Once id and stat are known, `text:` takes all the rest, so that a
message which itself reads "id:1 stat:REJECTD" changes nothing.
Rule 2: values stay strings: ids have letters, dates lengths and time zones that only the carrier knows.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote_plus, unquote_plus

MESSAGE_STATES: Final[dict[int, str]] = {  # SMPP 3.4 §5.2.28 and Appendix B
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}


@dataclass(slots=True)
class Receipt:
    id: str = ""
    stat: str = ""  # upper case, seven letters where the carrier wrote the word out
    err: str = ""
    submit_date: str = ""  # digits as they came
    done_date: str = ""
    sub: str = ""
    dlvrd: str = ""
    text: str = ""
    extra: dict[str, str] = field(default_factory=dict)  # imsi, mcc, mnc … and keys nobody expected


def parse(text: str) -> Receipt | None:
    match = _USUAL(text)
    if match is not None:
        message_id, sub, dlvrd, submitted, done, stat, err, rest = match.groups()
        return Receipt(message_id, stat, err, submitted, done, sub, dlvrd, rest)
    return _parse_unusual(text)


def write(receipt: Receipt) -> str:
    """As Appendix B has it; with `extra`, as subscriber look-ups are answered: id, stat, err and the extra keys"""
    for value in (receipt.id, receipt.stat, receipt.err):
        if not _WORD(value):
            raise ValueError(f"{value!r} cannot stand in a receipt")
    if receipt.extra:
        extra = "".join(f" {key}:{quote_plus(value)}" for key, value in receipt.extra.items())
        return f"id:{receipt.id} stat:{receipt.stat} err:{receipt.err}{extra}"
    for value in (receipt.sub, receipt.dlvrd, receipt.submit_date, receipt.done_date):
        if not _DIGITS(value):
            raise ValueError(f"{value!r} cannot stand in a receipt")
    return (
        f"id:{receipt.id} sub:{receipt.sub} dlvrd:{receipt.dlvrd} submit date:{receipt.submit_date} "
        f"done date:{receipt.done_date} stat:{receipt.stat} err:{receipt.err} text:{receipt.text[:20]}"
    )


def stamp(epoch_ms: int, offset_minutes: int = 0) -> str:
    """YYMMDDhhmm in a zone so many minutes ahead of UTC"""
    return f"{datetime.fromtimestamp(epoch_ms // 1000 + offset_minutes * 60, UTC):%y%m%d%H%M}"


def moment(date: str, offset_minutes: int = 0) -> int | None:
    """The date of a receipt, written in a zone so many minutes ahead of UTC, as milliseconds since the epoch"""
    digits = re.sub(r"[^0-9]", "", date)
    for length, layout in _LAYOUTS:
        if len(digits) == length:
            try:
                local = datetime.strptime(digits, layout).replace(tzinfo=UTC)
            except ValueError:
                continue
            return (int(local.timestamp()) - offset_minutes * 60) * 1000
    return None


_USUAL: Final = re.compile(
    r"id:([^\s:]+) sub:(\d*) dlvrd:(\d*) submit date:(\d+) done date:(\d+) stat:([A-Z]{7}) err:(\w+) [Tt]ext:(.*)",
    re.ASCII | re.DOTALL,
).fullmatch
_KEY: Final = re.compile(
    r"(?:(?<=[\s,;|])|^)(submit[ _]?date|done[ _]?date|[a-z][a-z_]*[0-9]?)\s?:", re.ASCII | re.IGNORECASE
)
_STATE: Final = re.compile(r"\b(ENROUTE|DELIVRD|EXPIRED|DELETED|UNDELIV|ACCEPTD|UNKNOWN|REJECTD)\b").search
_WORD: Final = re.compile(r"[!-9;-~]+").fullmatch  # visible, no blank, no colon
_DIGITS: Final = re.compile(r"[0-9]+", re.ASCII).fullmatch
_NAMES: Final = {
    "submitdate": "submit_date",
    "donedate": "done_date",
    **{name: name for name in ("id", "stat", "err", "sub", "dlvrd", "text")},
    "status": "stat",
    "error": "err",
}
_WRITTEN_OUT: Final = {
    "DELIVERED": "DELIVRD",
    "UNDELIVERABLE": "UNDELIV",
    "UNDELIVERED": "UNDELIV",
    "ACCEPTED": "ACCEPTD",
    "REJECTED": "REJECTD",
}
# 12 digits are read as the standard's with seconds, and only if that is no date as one with a full year
_LAYOUTS: Final = ((10, "%y%m%d%H%M"), (12, "%y%m%d%H%M%S"), (12, "%Y%m%d%H%M"), (14, "%Y%m%d%H%M%S"))


def _parse_unusual(text: str) -> Receipt | None:
    found: dict[str, str] = {}
    extra: dict[str, str] = {}
    name, start = "", 0
    values = found
    for match in _KEY.finditer(text):
        key = match[1].lower()
        own = _NAMES.get(key.replace(" ", "").replace("_", ""))
        if name == "text" and (own is None or own == name or own in found):
            continue  # a word with a colon in somebody's message
        if name:
            values.setdefault(name, text[start : match.start()].strip(_BLANKS))
        name, values = (own, found) if own else (key, extra)
        start = match.end()
        if name == "text" and "id" in found and "stat" in found:
            break
    if name:
        values.setdefault(name, text[start:].strip(_BLANKS))
    stat = found.pop("stat", "").upper().partition(" ")[0] or _stray_state(found)
    if not stat and not found.get("id"):
        return None
    return Receipt(
        stat=_WRITTEN_OUT.get(stat, stat),
        extra={
            key: unquote_plus(value) if "%" in value or "+" in value else value
            for key, value in extra.items()
        },
        **found,
    )


_BLANKS: Final = " \t\r\n\0,;|"


def _stray_state(found: dict[str, str]) -> str:
    # Some carriers forget the key: "done date:180903120816 DELIVRD err:000"
    for name in ("done_date", "submit_date", "dlvrd", "id"):
        match = _STATE(found.get(name, ""))
        if match is not None:
            found[name] = found[name][: match.start()].strip(_BLANKS)
            return match[1]
    return ""
