"""An answer and the style it was asked for -> content type and bytes.

The only place that knows format and charset together.
Rule 1: a character that the charset lacks is never an error: RULES say what stands for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Final, NamedTuple

from lotsman.api.charset import UTF_8, Charset, Unencodable
from lotsman.api.v1.answers import json, text, value, xml
from lotsman.api.v1.answers.shapes import Answer, Failure, Listing, Record, Registered, Scalar
from lotsman.api.v1.request import Format, Lang


@dataclass(frozen=True, slots=True)
class Style:
    """How the caller wants to be answered; read before anything can fail."""

    format: Format = "text"
    lang: Lang = "en"  # only failures in text and v are said in one language
    charset: Charset = UTF_8


class Rules(NamedTuple):
    content_type: str
    unencodable: Unencodable  # what stands for a character that the charset lacks
    declaration: str = ""  # in front of the body unless it is UTF-8


RULES: Final[dict[Format, Rules]] = {
    "text": Rules("text/plain", "?"),
    "xml": Rules("text/xml", "xml", '<?xml version="1.0" encoding="{}"?>\n'),
    "json": Rules("application/json", "json"),
    "v": Rules("text/plain", "?"),
}

_MODULES: Final[dict[Format, ModuleType]] = {"text": text, "xml": xml, "json": json, "v": value}
RENDERERS: Final[dict[tuple[Format, type[Answer]], Callable[..., str]]] = {
    (form, shape): getattr(module, name)
    for form, module in _MODULES.items()
    for shape, name in (
        (Scalar, "scalar"),
        (Record, "record"),
        (Listing, "listing"),
        (Registered, "registered"),
        (Failure, "failure"),
    )
}


def render(answer: Answer, style: Style) -> tuple[str, bytes]:
    rules = RULES[style.format]
    renderer = RENDERERS[style.format, type(answer)]
    body = renderer(answer, style.lang) if type(answer) is Failure else renderer(answer)
    charset = style.charset
    if rules.declaration and charset is not UTF_8:
        body = rules.declaration.format(charset.mime) + body
    return f"{rules.content_type}; charset={charset.mime}", charset.encode(body, rules.unencodable)
