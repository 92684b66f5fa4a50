"""One request of api2.php, whatever it is wrapped in: a tree of plain values, and how to answer it.

`find` tells the form and never fails; `Source.read` gives the Envelope, or says what is wrong with the document.
Rule 1: the first byte tells JSON from XML; clients declare any Content-Type, or none.
Rule 2: what stands in the document wins over the query beside it; null and "" are no values.
Rule 3: what `text` returns can be stored anywhere: no NUL, no half of a surrogate pair.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from lotsman.api.v1 import request as forms
from lotsman.api.v1.request import ApiRequest, HttpRequest
from lotsman.api.v2 import xml_document
from lotsman.domain.admission import clean
from lotsman.domain.refusals import Refusal, Refused

Form = Literal["json", "xml"]
Value = Any  # of a document: str | bool | None | list | dict; a number is a str, as it was written
Item = Mapping[str, Value]

_BOM: Final = b"\xef\xbb\xbf"
_BLANKS: Final = b" \t\r\n\0"
_EXACT: Final = 2.0**53
_PARAMETERS: Final = (  # one of these makes a form of what is no document
    "apikey", "login", "send", "to", "check", "server_packet_id", "balance", "info", "inbound",
)  # fmt: skip


class Envelope:
    """`get` for a text at the root, `value` for whatever stands there."""

    __slots__ = ("_parameters", "_root")

    def __init__(self, root: Item, parameters: ApiRequest) -> None:
        self._root, self._parameters = root, parameters

    def value(self, name: str) -> Value:
        found = self._root.get(name)
        return self._parameters.get(name) if found is None or found == "" else found

    def get(self, name: str) -> str | None:
        return text(self.value(name))

    def parameters(self) -> Iterator[tuple[str, str]]:
        """All that have a value; lists and objects as JSON."""
        for name, value in self._root.items():
            if value is not None and value != "":
                yield name, text(value) or _document(value)
        yield from self._parameters_beside()

    def _parameters_beside(self) -> Iterator[tuple[str, str]]:
        for name, said in self._parameters.parameters():
            if self._root.get(name) in (None, "") and name not in _DOCUMENTS:
                yield name, said

    def in_short(self) -> Iterator[tuple[str, str]]:
        """All that have a value; of a list or an object only how much it holds."""
        for name, value in self._root.items():
            if value is not None and value != "":
                many = isinstance(value, list | dict)
                yield name, f"{len(value)} items" if many else text(value) or ""
        yield from self._parameters_beside()

    def given(self, name: str) -> bool:
        """Whether it is there at all, even empty: `{"check":""}` still means checking."""
        return self._root.get(name) not in (None, False) or self._parameters.given(name)


class Source(NamedTuple):
    """Where the tree is to be found."""

    form: Form  # the answer's as well
    document: str | bytes  # "": the parameters are all there is
    parameters: ApiRequest  # of the query and of a form in the body
    has_body: bool

    def read(self) -> Envelope:
        """Raises Refused: 10 nothing there, 11 neither JSON nor XML nor a form, 12 bad XML, 13 bad JSON."""
        root: Item = {}
        if self.document:
            root = _json(self.document) if self.form == "json" else xml_document.read(self.document)
        elif not any(map(self.parameters.given, _PARAMETERS)):
            raise Refused(Refusal.INPUT_FORMAT_UNKNOWN if self.has_body else Refusal.INPUT_REQUIRED)
        return Envelope(root, self.parameters)


@dataclass(slots=True)
class _Beside:
    """The query of a request whose body is a document."""

    query: bytes
    body: bytes = b""
    content_type: bytes = b""


def find(http: HttpRequest) -> Source:
    body = http.body.removeprefix(_BOM).strip(_BLANKS)
    if body[:1] in _FORMS:
        return Source(_FORMS[body[:1]], body, forms.read(_Beside(http.query)), has_body=True)
    parameters = forms.read(http)
    for name in _DOCUMENTS:
        document = (parameters.get(name) or "").strip("\ufeff \t\r\n")
        if document:
            form = _FORMS.get(document[:1].encode(errors="replace"), name)
            return Source(form, document, parameters, has_body=True)
    return Source("json", "", parameters, has_body=bool(body))


_FORMS: Final[dict[bytes, Form]] = {b"{": "json", b"[": "json", b"<": "xml"}
_DOCUMENTS: Final[tuple[Form, Form]] = ("json", "xml")  # parameters that hold one


def text(value: Value) -> str | None:
    """A scalar as text; None for null, an empty text, a list or an object."""
    if isinstance(value, str):
        return (value if value.isascii() and "\0" not in value else clean(value)) or None
    if isinstance(value, bool):
        return "1" if value else "0"
    return None


def listed(value: Value) -> list[Value] | None:
    """A list, one object, or several with numbers for names, as PHP writes a list with gaps; None for a scalar."""
    if isinstance(value, dict):
        nested = value and all(isinstance(item, dict) for item in value.values())
        return list(value.values()) if nested else [value]
    return value if isinstance(value, list) else None


def _json(document: str | bytes) -> Item:
    try:
        written = document.decode() if isinstance(document, bytes) else document
        # Line breaks inside strings are wrong, and common where a document is put together by hand.
        root = json.loads(written, parse_int=str, parse_float=_number, parse_constant=str, strict=False)
    except (ValueError, RecursionError):
        raise Refused(Refusal.JSON_INVALID) from None
    if not isinstance(root, dict):
        raise Refused(Refusal.JSON_INVALID)
    return root


def _document(value: Value) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, indent=2)
    except RecursionError:  # the reader goes deeper than the writer
        return "…"


def _number(written: str) -> str:
    """Some languages write every large number as 7.9087964781e10: a phone, too."""
    number = float(written)
    return str(int(number)) if number.is_integer() and abs(number) < _EXACT else written
