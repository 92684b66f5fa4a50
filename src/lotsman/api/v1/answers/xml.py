"""format=xml: as in the samples of API-1: one element per line, values of a row as attributes.

Rule 1: what XML 1.0 §2.2 does not allow in a document becomes U+FFFD; line breaks in attributes are references, or a
parser would read them as spaces (XML 1.0 §3.3.3).
"""

import re
from functools import lru_cache
from typing import Final

from lotsman.api.v1.answers.shapes import Failure, Listing, Record, Registered, Scalar


def scalar(answer: Scalar) -> str:
    return _element(answer.name, answer.value)


def record(answer: Record) -> str:
    fields = "\n".join(_element(name, value) for name, value in answer.fields)
    return f"<{answer.name}>\n{fields}\n</{answer.name}>"


def listing(answer: Listing) -> str:
    totals = "".join(f' {name}="{_attribute(value)}"' for name, value in answer.totals)
    lines = [f"<{answer.name}{totals}>"]
    if answer.body in answer.columns:
        lines += _rows_with_text(answer)
    else:
        templates = _empty_rows(answer.element, answer.columns, answer.tails)
        lines += [templates[len(row)] % tuple(map(_attribute, row)) for row in answer.rows]
    lines.append(f"</{answer.name}>")
    return "\n".join(lines)


def registered(answer: Registered) -> str:
    return record(Record(answer.name, "", answer.fields, ""))


def failure(answer: Failure, _lang: str) -> str:
    said = answer.refusal
    return (
        f"<error><code>{said.code}</code><description>{_content(said.en)}</description>"
        f"<description_ru>{_content(said.ru)}</description_ru></error>"
    )


def _rows_with_text(answer: Listing) -> list[str]:
    body = answer.columns.index(answer.body)
    template = _open_row(answer.columns[:body] + answer.columns[body + 1 :])
    return [
        template % (*map(_attribute, row[:body] + row[body + 1 :]), _content(row[body]))
        for row in answer.rows
    ]


@lru_cache(maxsize=256)
def _empty_rows(element: str, columns: tuple[str, ...], tails: tuple[tuple[str, ...], ...]) -> dict[int, str]:
    """By the length of a row."""
    return {
        len(names): f"<{element}{_places(names)}/>"
        for names in (columns, *(columns + tail for tail in tails))
    }


@lru_cache(maxsize=256)
def _open_row(columns: tuple[str, ...]) -> str:
    return f"<sms{_places(columns)}>%s</sms>"


def _places(columns: tuple[str, ...]) -> str:
    return "".join(f' {column}="%s"' for column in columns)


def _element(name: str, value: str) -> str:
    return f"<{name}>{_content(value)}</{name}>"


_FORBIDDEN: Final = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
_IN_ATTRIBUTE = re.compile(f'[&<>"\t\n\r{_FORBIDDEN}]')
_IN_CONTENT = re.compile(f"[&<>\r{_FORBIDDEN}]")
_REFERENCES: Final = {
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;",
}  # fmt: skip


def _attribute(value: str) -> str:
    return _IN_ATTRIBUTE.sub(_reference, value)


def _content(value: str) -> str:
    return _IN_CONTENT.sub(_reference, value)


def _reference(found: re.Match[str]) -> str:
    return _REFERENCES.get(found[0], "\ufffd")
