"""The API document as data: a file in cases/ is a section, a case in it is a request and the answers it must get.

    [[case]]
    is = "one recipient"                          what is being said, as a sentence
    as = "customer"                               whose key is added (stand/doors.py); "nobody": none is
    before = ["send=…", {as = …, ask = …}]        requests made earlier
    minutes_later = 60                            how much later this one is made
    ask = "send=Hello&to=79087964781"             the query; `body` and `content_type` make it a POST
    text, xml, json, v = "…"                      the whole answer in each format, to the byte; each on a fresh stand
    answer = "…"                                  instead of them: to the request as it stands, no format added
    refused = 204                                 instead of them: this error, in all formats, in English and Russian
    charset = "windows-1251"                      of the answer, if it is not UTF-8
    stored, balance                               what is true afterwards; after a refusal nothing has changed

In `ask` and `body`, {71 Я} is a run of 71 letters and {key of customer} the key itself.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from stand.doors import KEYS

FORMATS = ("text", "xml", "json", "v")
CONTENT_TYPES = {"text": "text/plain", "xml": "text/xml", "json": "application/json", "v": "text/plain"}
FORM = "application/x-www-form-urlencoded"

_HERE = Path(__file__).parent / "cases"
_RUN = re.compile(r"\{(\d+) (.)\}")
_KEY = re.compile(r"\{key of ([^}]+)\}")


@dataclass(frozen=True)
class Exchange:
    """One request, and the answer it must get."""

    style: str  # "text", "v in Russian", ...
    query: str
    body: str
    content_type: str
    answer: str
    answer_type: str
    charset: str


@dataclass(frozen=True)
class Case:
    section: str
    is_: str
    as_: str
    before: tuple[str, ...]  # queries
    minutes_later: int
    exchanges: tuple[Exchange, ...]
    refused: int
    stored: int | None
    balance: str | None
    row_errors: frozenset[int] = field(default_factory=frozenset)  # errors of single messages that it shows

    def __str__(self) -> str:
        return f"{self.section}: {self.is_}"


@cache
def cases() -> tuple[Case, ...]:
    return tuple(
        _case(path.stem, fields)
        for path in sorted(_HERE.glob("*.toml"))
        for fields in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    )


@cache
def error_texts() -> dict[int, tuple[str, str]]:
    """Code -> English, Russian."""
    texts = tomllib.loads((_HERE / "1.5-errors.toml").read_text(encoding="utf-8"))["texts"]
    return {int(code): (english, russian) for code, (english, russian) in texts.items()}


def as_asked(who: str, query: str) -> str:
    """The query as it is sent: with the key of whoever asks, unless it is nobody."""
    query = _spelled_out(query)
    if who == "nobody":
        return query
    return f"{query}&apikey={KEYS[who]}" if query else f"apikey={KEYS[who]}"


def _case(section: str, fields: dict[str, Any]) -> Case:
    said = dict(fields)
    who = said.pop("as", "customer")
    before = tuple(
        as_asked(step["as"], step["ask"]) if isinstance(step, dict) else as_asked(who, step)
        for step in said.pop("before", [])
    )
    case = Case(
        section,
        said.pop("is"),
        who,
        before,
        said.pop("minutes_later", 0),
        tuple(_exchanges(who, said)),
        said.get("refused", 0),
        said.pop("stored", None),
        said.pop("balance", None),
        frozenset(int(code) for code in re.findall(r'"error":"(\d+)"', said.get("json", ""))) - {0},
    )
    known = {
        "ask",
        "body",
        "content_type",
        "content_type_of_answer",
        "answer",
        "refused",
        "charset",
        *FORMATS,
    }
    if not case.exchanges or said.keys() - known:
        raise ValueError(f"{case}: {said.keys() - known or 'no answer'}")
    return case


def _exchanges(who: str, said: dict[str, Any]) -> Iterator[Exchange]:
    query = as_asked(who, said["ask"])
    if "answer" in said:
        answer_type = said.get("content_type_of_answer", "text/plain")
        yield _exchange("as it stands", query, said["answer"], answer_type, said)
    for form in FORMATS:
        if form in said:
            yield _exchange(form, f"{query}&format={form}", said[form], CONTENT_TYPES[form], said)
    if "refused" in said:
        code = said["refused"]
        english, russian = error_texts()[code]
        for style, parameters, answer in (
            ("text", "format=text", f"ERROR={code}: {english.upper()}"),
            ("text in Russian", "format=text&lang=ru", f"ERROR={code}: {russian}"),
            ("xml", "format=xml", _XML_ERROR % (code, english, russian)),
            ("json", "format=json", _JSON_ERROR % (code, english, russian)),
            ("v", "format=v", english),
            ("v in Russian", "format=v&lang=ru", russian),
        ):
            answer_type = CONTENT_TYPES[style.partition(" ")[0]]
            yield _exchange(style, f"{query}&{parameters}", answer, answer_type, said)


_XML_ERROR = "<error><code>%d</code><description>%s</description><description_ru>%s</description_ru></error>"
_JSON_ERROR = '{"error":{"code":"%d","description":"%s","description_ru":"%s"}}'


def _exchange(style: str, query: str, answer: str, answer_type: str, said: dict[str, Any]) -> Exchange:
    body, content_type = _spelled_out(said.get("body", "")), said.get("content_type", FORM)
    charset = said.get("charset", "utf-8")
    return Exchange(style, query, body, content_type, answer, answer_type, charset)


def _spelled_out(text: str) -> str:
    text = _RUN.sub(lambda run: run[2] * int(run[1]), text)
    return _KEY.sub(lambda key: KEYS[key[1]], text)
