"""An answer of api2.php in JSON or XML. The shapes are those of API-1, and so is the XML.

Rule 1: in JSON counts and sums are numbers and all else is text, as on the page of version 2.5; the caller's own id is
what it looks like. Before 2.5 everything was text, and an account may ask for that (`legacy_strings`).
Rule 2: money is written from kopecks with two decimals; it is never a float.
"""

import re
from collections.abc import Callable
from json.encoder import encode_basestring as _string
from typing import Final

from lotsman.api.v1.answers import json as json_of_v1
from lotsman.api.v1.answers import xml
from lotsman.api.v1.answers.shapes import Answer, Failure, Listing, Pairs, Record, Registered, Scalar
from lotsman.api.v2.envelope import Form

_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,14}")

Writer = Callable[[str], str]


def render(answer: Answer, form: Form, *, legacy: bool = False) -> tuple[str, bytes]:
    """Content type and body."""
    if form == "xml":
        return "text/xml; charset=utf-8", _xml(answer).encode()
    writers = {} if legacy else _WRITERS
    return "application/json; charset=utf-8", _json(answer, writers).encode()


def _xml(answer: Answer) -> str:
    if isinstance(answer, Scalar):
        return xml.scalar(answer)
    if isinstance(answer, Record):
        return xml.record(answer)
    if isinstance(answer, Listing):
        return xml.listing(answer)
    if isinstance(answer, Registered):
        return xml.registered(answer)
    return xml.failure(answer, "")


def _json(answer: Answer, writers: dict[str, Writer]) -> str:
    if isinstance(answer, Failure):
        return json_of_v1.failure(answer, "")
    if isinstance(answer, Registered):
        return json_of_v1.registered(answer)
    if isinstance(answer, Scalar):
        return "{" + _members([answer], writers) + "}"
    if isinstance(answer, Record):
        totals = {name: writers[name] for name in ("balance",) if name in writers}
        return f'{{"{answer.name}":{{{_members(answer.fields, totals)}}}}}'
    head = _members(answer.totals, writers)
    template = "{" + ",".join(f'"{column}":%s' for column in answer.columns) + "}"
    cells = [writers.get(column, _string) for column in answer.columns]
    rows = ",".join(
        [
            template % tuple([cell(value) for cell, value in zip(cells, row, strict=True)])
            for row in answer.rows
        ]
    )
    return f'{{{head}{"," if head else ""}"{answer.name}":[{rows}]}}'


def _members(pairs: Pairs, writers: dict[str, Writer]) -> str:
    return ",".join([f'"{name}":{writers.get(name, _string)(value)}' for name, value in pairs])


def _id(value: str) -> str:
    """A number, unless it would not come back as it was written."""
    return value if _WHOLE.fullmatch(value) else _string(value)


_WRITERS: Final[dict[str, Writer]] = {
    "id": _id,
    **dict.fromkeys(("parts", "status", "error", "price", "balance", "cost"), str),
}
