"""The parameters of one api.php call, out of the query and the body, in any charset and any of the shapes clients send.

Bytes come in; an ApiRequest answers for values by name. Reading never fails.
Rule 1: an empty value is no value; the body wins over the query, the last of equal names over the others.
Rule 2: names are ASCII in every charset; values are in the request's charset, those of a JSON body in UTF-8.
Rule 3: what `get` returns can be stored anywhere: no NUL, no half of a surrogate pair.
"""

import json
import re
from binascii import a2b_qp
from itertools import islice
from typing import Final, Literal, Protocol

from lotsman.api.charset import UTF_8, Charset, find
from lotsman.api.charsets_by_hand import QUESTION, decode_leniently

Format = Literal["text", "xml", "json", "v"]
Lang = Literal["en", "ru"]
Raw = str | bytes | list["Raw"]  # urlencoded (bytes seen as Latin-1) | as they are | the items of `name[]`

MAX_PARAMETERS: Final = 1000  # of the query, and of the body; the rest is not read
MAX_WORD: Final = 64 * 1024  # of a value that may be ASCII in a charset that is not
MAX_PART_HEAD: Final = 4096  # a longer one is no field

_FORMATS: Final[dict[str, Format]] = {"xml": "xml", "json": "json", "v": "v"}
_TEXTS: Final = frozenset({"send", "description", "add_template"})  # the other values are words in ASCII
_BOM: Final = b"\xef\xbb\xbf"
_MAX_LONE: Final = 10_000  # signs of percent that encode nothing; a value with more is not percent-encoded
_LONE_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_BOUNDARY = re.compile(rb'(?i)boundary=(?:"([^"]+)"|([^\s;"]+))')
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
_FIELD_NAME = re.compile(rb'(?i)content-disposition:[^\r\n]*?[;\s]name=(?:"([^"\r\n]*)"|([^\s;"]+))')


class HttpRequest(Protocol):
    """What is read of an HTTP request."""

    query: bytes
    body: bytes

    @property
    def content_type(self) -> bytes: ...


class ApiRequest:
    """One call: `get` for its parameters; how it wants to be answered."""

    __slots__ = ("_raw", "_values", "charset", "format", "lang")

    def __init__(self, raw: dict[str, Raw], values: dict[str, str | None]) -> None:
        self._raw = raw
        self._values = values  # decoded already; these hide the raw ones
        self.charset: Charset = UTF_8
        if "charset" in raw or "charset" in values:
            self.charset = find((self.get("charset") or "").strip())
        form = self.get("format")
        self.format: Format = "text" if form is None else _FORMATS.get(form.strip().lower(), "text")
        lang = self.get("lang")
        self.lang: Lang = "ru" if lang is not None and lang.strip().lower() == "ru" else "en"

    def get(self, name: str) -> str | None:
        """The value of a parameter; None when it was not given or is empty."""
        values = self._values
        if name in values:
            return values[name]
        raw = self._raw.get(name)
        if raw is None:
            return None
        value = values[name] = self._decode(name, raw) or None
        return value

    def given(self, name: str) -> bool:
        """Whether the parameter is there at all, even empty: an empty `send` still means sending."""
        return name in self._raw or name in self._values

    def parameters(self) -> list[tuple[str, str]]:
        """All that have a value."""
        values, raw = self._values, self._raw
        if raw.keys() - values.keys():
            for name in raw:
                self.get(name)
        return [(name, value) for name, value in values.items() if value is not None]

    def _decode(self, name: str, raw: Raw) -> str:
        if isinstance(raw, str):
            if "%" not in raw and self.charset.carries_ascii and raw.isascii():
                return _clean(raw.replace("+", " "))
            raw = _percent_decode(raw)
        elif isinstance(raw, list):
            return ",".join(self._decode(name, item) for item in raw)
        text = self.charset.decode(raw)
        if not self.charset.carries_ascii and name not in _TEXTS:
            text = self._ascii_reading(raw, text)
        return _clean(text)

    def _ascii_reading(self, raw: bytes, text: str) -> str:
        """In UTF-16, BASE64 and the like some clients encode the text alone, some every value: a key or a number in
        plain ASCII is taken as it stands.
        """
        is_word = len(raw) <= MAX_WORD and raw.isascii()
        if is_word and (not text.isascii() or self.charset.encode(text) != raw):
            return raw.decode()
        return text


def read(request: HttpRequest) -> ApiRequest:
    raw = _urlencoded(request.query)
    values: dict[str, str | None] = {}
    if request.body:
        body = request.body.removeprefix(_BOM)
        said = _json_values(body)
        fields: dict[str, Raw] = {}
        if said is None:
            fields = _multipart(body, request.content_type) or _urlencoded(body)
        else:
            values = {name: value for name, value in said.items() if value is not None}
            fields = dict.fromkeys(said.keys() - values.keys(), "")
        for name, value in fields.items():
            if value or name not in raw:  # an empty value hides nothing
                raw[name] = value
    return ApiRequest(raw, values)


def _clean(text: str) -> str:
    return text.replace("\0", "?") if "\0" in text else text


# ---- application/x-www-form-urlencoded, as PHP reads it --------------------------------------------------------------


def _urlencoded(data: bytes) -> dict[str, Raw]:
    fields: dict[str, Raw] = {}
    if data:
        for pair in data.decode("latin-1").split("&", MAX_PARAMETERS)[:MAX_PARAMETERS]:
            name, _, value = pair.partition("=")
            if name.isidentifier():
                fields[name] = value
            else:
                _put(fields, _percent_decode(name), value)
    return fields


def _put(fields: dict[str, Raw], name: bytes, value: Raw) -> None:
    """`name[]` and `name[key]` gather a list; anything else replaces what was there."""
    plain, bracket, _ = name.decode("ascii", "replace").strip().partition("[")
    present = fields.get(plain)
    if bracket and isinstance(present, list):
        if value:
            present.append(value)
    else:
        fields[plain] = [value] if bracket and value else value


def _percent_decode(raw: str) -> bytes:
    """Leniently: what is no `%XX` stays as it is; `+` is a space."""
    data = raw.replace("+", " ").encode("latin-1")
    if b"%" not in data:
        return data
    whole, mended = _LONE_PERCENT.subn(b"%25", data, _MAX_LONE)
    if mended == _MAX_LONE:
        return data
    # Quoted-printable is the same code with another sign, and binascii reads it twice as fast as a regex can.
    return a2b_qp(whole.replace(b"=", b"=3D").replace(b"%", b"="))


# ---- multipart/form-data ---------------------------------------------------------------------------------------------


def _multipart(body: bytes, content_type: bytes) -> dict[str, Raw] | None:
    """The fields (of a file, its contents) with CRLF or LF lines; None if this is no multipart body."""
    delimiter = _delimiter(body, content_type)
    if delimiter is None:
        return None
    fields: dict[str, Raw] = {}
    for part in (b"\n" + body).split(b"\n" + delimiter, MAX_PARAMETERS + 1)[1 : MAX_PARAMETERS + 1]:
        head_end = _EMPTY_LINE.search(part, 0, MAX_PART_HEAD)
        if head_end is None:
            continue
        name = _FIELD_NAME.search(part, 0, head_end.start())
        if name is not None:
            crlf = part.startswith(b"\r\n") and part.endswith(b"\r")
            _put(fields, name[1] or name[2] or b"", part[head_end.end() : -1 if crlf else None])
    return fields


def _delimiter(body: bytes, content_type: bytes) -> bytes | None:
    declared = _BOUNDARY.search(content_type)
    if declared is not None:
        delimiter: bytes = b"--" + (declared[1] or declared[2])
        if delimiter in body:
            return delimiter
    first_line = body[:200].lstrip().partition(b"\n")[0].rstrip()
    if len(first_line) > 2 and first_line.startswith(b"--") and b"form-data" in body[:4096]:
        return first_line
    return None


# ---- JSON ------------------------------------------------------------------------------------------------------------


def _json_values(body: bytes) -> dict[str, str | None] | None:
    """The scalars and the lists of scalars of a JSON object, None where a name has neither; None if the body is none."""
    if body[:64].lstrip()[:1] != b"{":
        return None
    try:
        # Numbers stay as they were written: a phone is not a float.
        found = json.loads(
            decode_leniently(body, "utf-8"), parse_int=str, parse_float=str, parse_constant=str
        )
    except (ValueError, RecursionError):
        return None
    values: dict[str, str | None] = {}
    for name, value in islice(found.items(), MAX_PARAMETERS):
        scalars = [_scalar(item) for item in value] if isinstance(value, list) else [_scalar(value)]
        text = ",".join(scalar for scalar in scalars if scalar)
        text = text.encode("utf-8", QUESTION).decode()  # JSON can spell half of a surrogate pair
        values[name] = _clean(text.removeprefix("\ufeff")) or None
    return values


def _scalar(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    return None
