"""lotsman message show, export-pcap: the time line of one message, for people and for machines."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import typer

from lotsman.cli.session import fail, printable, with_platform
from lotsman.domain import call as calls
from lotsman.domain import lookup, money, visitor
from lotsman.domain.lifecycle import STATUS, State
from lotsman.domain.parts import MESSENGER, WHOLE, PartState
from lotsman.domain.pdu_in_words import in_hex, in_words, title
from lotsman.domain.refusals import by_code
from lotsman.domain.service import CALLS, Service
from lotsman.domain.trace import NO_ANSWER
from lotsman.smpp.capture import Captured, pcap
from lotsman.usecases import Platform
from lotsman.usecases.xray_message import Kind, Record, Xray, texts_of, xray_message

_PARTS: Final = {WHOLE: "all parts", MESSENGER: "messenger"}
_FINAL_WAIT: Final = 0.2  # seconds between two looks
_PDUS: Final = (Kind.PDU_OUT, Kind.PDU_IN)


class Step(NamedTuple):
    """One entry of the time line."""

    at: int  # ms
    rank: int  # of what happened in the same ms
    what: str
    title: str
    lines: list[str]
    data: bytes = b""  # octets of a PDU


def show(
    message_id: int,
    wait: Annotated[float, typer.Option(help="Seconds to wait until it is final.")] = 0,
    hex_: Annotated[bool, typer.Option("--hex", help="With the octets of each PDU.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Everything known of one message in order of time: request, money, each PDU, each step, each callback."""
    until = time.monotonic() + wait

    async def work(platform: Platform) -> Xray | None:
        return await xray_message(platform, message_id)

    found = with_platform(work)
    while found and found.found.message["due_at"] is not None and time.monotonic() < until:
        time.sleep(_FINAL_WAIT)
        found = with_platform(work)
    if found is None:
        fail(f"no message {message_id}")
    if json_:
        print(json.dumps(_as_json(found), ensure_ascii=False, indent=1))
        return
    for line in [*_head(found), *_time_line(found, octets=hex_), *_foot(found)]:
        print(line)


def export_pcap(
    message_id: int, file: Annotated[Path, typer.Argument(help="Where to write the capture.")]
) -> None:
    """Write the PDUs of a message as a capture file for Wireshark or tshark. Texts and numbers are in it."""

    async def work(platform: Platform) -> Xray | None:
        return await xray_message(platform, message_id)

    found = with_platform(work)
    if found is None:
        fail(f"no message {message_id}")
    pdus = [
        Captured(r.at, r.link_id, r.kind is Kind.PDU_OUT, r.data) for r in found.records if r.kind in _PDUS
    ]
    if not pdus:
        fail(f"no PDU of message {message_id} is kept: it is too old, it went another way, or tracing is off")
    try:
        file.write_bytes(pcap(pdus))
    except OSError as error:
        fail(f"cannot write {file}: {error.strerror}")
    print(f"{len(pdus)} PDUs in {file}")


def steps(x: Xray) -> list[Step]:
    """The time line, in order."""
    found = [*_history(x), *_money(x), *(_traced(x, record) for record in x.records), *_waiting_callbacks(x)]
    return sorted(found, key=lambda step: (step.at, step.rank))


def _head(x: Xray) -> Iterator[str]:
    m = x.found.message
    state = State(m["state"])
    error = f", error {m['error']} {by_code(m['error']).en}" if m["error"] else ""
    service = Service(m["service"]).name
    yield f"message   {m['id']}  ({service}, packet {m['batch_id']}, account {m['account_id']})"
    yield f"to        {m['msisdn']}  {m['country']} {m['operator']}".rstrip()
    asked = f" (asked: {printable(m['sender_asked'])})" if m["sender_asked"] != m["sender"] else ""
    shown = f", goes out as {m['sender_out']}" if m["sender_out"] and m["sender_out"] != m["sender"] else ""
    yield f"from      {printable(m['sender'])}{asked}{shown}"
    yield f"text      {m['text']!r}, parts: {m['parts']}, price {money.text(m['price'])}"
    link = f", link {_link(x, m['link_id'])}" if m["link_id"] else ""
    cost = f", costs {money.fine_text(m['cost'])}" if m["cost"] is not None else ""
    yield f"way       lane {m['lane']}{link}{cost}"
    if x.found.ip:
        yield f"end user  {visitor.masked(x.found.ip)}"
    if m["attributes"]:
        yield _found(m["service"], m["attributes"])
    yield f"state     {state.name} (status {STATUS[state]}{error}), until {at_ms(m['expires_at'])}"


def _time_line(x: Xray, *, octets: bool) -> Iterator[str]:
    for step in steps(x):
        yield f"  {at_ms(step.at)}  {step.what:<8}  {step.title}".rstrip()
        for line in step.lines:
            yield f"{'':>28}  {line}"
        if octets and step.data:
            for line in in_hex(step.data):
                yield f"{'':>28}  {line}"


def _foot(x: Xray) -> Iterator[str]:
    for part in x.found.parts:
        done = f", ended {at_ms(part['done_at'])}" if part["done_at"] else ""
        name = PartState(part["state"]).name
        taken = f"SMSC id {part['smsc_id']}, taken {at_ms(part['taken_at'])}"
        which = _PARTS.get(part["part"], f"part {part['part']}")
        yield f"  {which}: {name}, {taken}{done} {part['carrier_error']}".rstrip()
    if not x.records:
        yield "  no trace: it is too old, it went another way, or tracing is off (LOTSMAN_TRACE_DAYS)"


def _link(x: Xray, link_id: int) -> str:
    return x.links.get(link_id, str(link_id))


def at_ms(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + "Z"


# The steps


def _history(x: Xray) -> Iterator[Step]:
    for line in x.found.message["history"].splitlines():
        at, event, after, *detail = line.split(" ", 3)
        yield Step(int(at), 1, "state", f"{event:<13} -> {after:<11} {' '.join(detail)}".rstrip(), [])


def _money(x: Xray) -> Iterator[Step]:
    m = x.found.message
    for entry in x.entries:
        whole = f" for packet {entry.cause}, {money.text(m['price'])} of it for this message"
        of = whole if entry.cause == m["batch_id"] and entry.amount < 0 else ""
        signed = f"{'-' if entry.amount < 0 else '+'}{money.text(abs(entry.amount))}"
        yield Step(entry.at, 2, "money", f"{entry.kind.name} {signed}{of}", [])


def _traced(x: Xray, record: Record) -> Step:
    if record.kind in _PDUS:
        sent = record.kind is Kind.PDU_OUT
        way = f"{'->' if sent else '<-'} {_link(x, record.link_id)}"
        return Step(record.at, 3, way, title(record.data), in_words(record.data), record.data)
    if record.kind is Kind.REQUEST:
        door, operation, method, path, address, *rest = texts_of(record.data)
        said = [f"{name} = {printable(value)}" for name, value in _pairs(rest)]
        caller = f" from {address}" if address else ""
        return Step(record.at, 0, "request", f"{door} {operation}: {method} {path}{caller}", said)
    if record.kind is Kind.CALLBACK:
        target, status, why, body, took, *rest = texts_of(record.data)
        said = [f"{name} = {printable(value)}" for name, value in _pairs(rest)]
        answer = f"answered {printable(why)} in {took} ms" if status != "0" else f"failed: {printable(why)}"
        if body:
            said.append(f"answer = {printable(body)!r}")
        return Step(record.at, 4, "callback", f"{printable(target)} {answer}", said)
    first, *rest = texts_of(record.data)
    sent = record.kind is Kind.HTTP_OUT
    return Step(
        record.at,
        3,
        f"{'->' if sent else '<-'} {_link(x, record.link_id)}",
        f"{first} {printable(rest[0])}" if sent else f"HTTP {first}" if first != NO_ANSWER else "no answer",
        [printable(each) for each in rest[sent:] if each],
    )


def _waiting_callbacks(x: Xray) -> Iterator[Step]:
    for call in x.callbacks:
        due = f"next try {at_ms(call.due_at)}" if call.due_at is not None else "given up"
        last = f", the last answer: {printable(call.answer)}" if call.answer else ""
        yield Step(
            call.created_at,
            5,
            "callback",
            f"{call.id}: {printable(call.target)}, tries {call.tries}, {due}{last}",
            [],
        )


def _pairs(said: list[str]) -> Iterator[tuple[str, str]]:
    return zip(said[::2], said[1::2], strict=False)


# For machines


def _as_json(x: Xray) -> dict[str, Any]:
    m = dict(x.found.message)
    return {
        "message": m | {"state": State(m["state"]).name, "service": Service(m["service"]).name},
        "parts": [part | {"state": PartState(part["state"]).name} for part in x.found.parts],
        "steps": [
            {"at": step.at, "what": step.what, "title": step.title, "lines": step.lines}
            | ({"hex": step.data.hex()} if step.data else {})
            for step in steps(x)
        ],
    }


def _found(service: int, attributes: str) -> str:
    if service in CALLS:
        record = calls.load(attributes)
        return f"call      {record.duration} s, keys {record.keys or 'none'}"
    return f"found     {lookup.told(lookup.load(attributes))}"
