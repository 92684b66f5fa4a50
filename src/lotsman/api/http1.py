"""HTTP/1.x as real clients speak it, without IO: bytes in, requests out; answers as one bytes object.

Strict libraries refuse what these doors must accept: bare LF, `HOST:name`, raw UTF-8, spaces and quotes in the target.
Rule 1: lenient about looks, strict about framing: whatever two readers could measure differently is refused (400).
Rule 2: the outcome depends on the bytes alone, never on how they were cut into pieces.
Rule 3: after a Malformed the connection has no next request.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from http import HTTPStatus
from itertools import pairwise
from typing import Final, NamedTuple

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

_PHRASES: Final = {known.value: known.phrase for known in HTTPStatus}
_METHODS: Final = frozenset({b"GET", b"POST"})  # known to be tokens
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}")  # RFC 9110 §5.6.2; no method is longer
_CHUNK_SIZE = re.compile(rb"0*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\0\r\n]*)?\r\n")  # RFC 9112 §7.1
_LINE_FRAME: Final = 64  # a request line is its target and at most this much around it
_CHUNK_LINE: Final = 4096  # a chunk's size with its extensions, or one trailer
_MAX_CHUNKS: Final = 64 * 1024  # of one body; a client that sends byte by byte fits, a flood of them does not
_CHUNKED: Final = -1  # stands where the length of a body stands


class Malformed(NamedTuple):
    """Bytes that are no request we accept: answer with this status and close."""

    status: int
    reason: str


class Request:
    """One request. `target`, `path` and `query` are raw bytes: nothing is percent-decoded here."""

    __slots__ = (
        "_head",
        "_low",
        "body",
        "keep_alive",
        "method",
        "path",
        "peer",
        "query",
        "target",
        "version",
    )

    def __init__(self, method: str, target: bytes, version: int, head: bytes, low: bytes) -> None:
        self.method = method
        self.target = target
        path, _, self.query = target.partition(b"?")
        self.path = path if path[:1] == b"/" else _path_of_absolute(path)
        self.version = version  # 0 or 1, of HTTP/1.x
        self.body = b""
        self.peer = ""  # the address at the other end of the connection, if it has one
        self._head = head
        self._low = low  # the head in lower case
        if b"\nconnection:" in low:
            wishes = [wish.strip() for wish in self.header(b"connection").lower().split(b",")]
            self.keep_alive = b"close" not in wishes if version else b"keep-alive" in wishes
        else:
            self.keep_alive = version > 0

    @property
    def content_type(self) -> bytes:
        return self.header(b"content-type")

    def header(self, name: bytes) -> bytes:
        """The first header of this name (given in lower case), trimmed and unfolded; empty if there is none."""
        at = self._low.find(b"\n" + name + b":")
        return self._value(at + len(name) + 2) if at >= 0 else b""

    def headers(self, name: bytes) -> Iterator[bytes]:
        """All of them, in order."""
        at = self._low.find(b"\n" + name + b":")
        while at >= 0:
            yield self._value(at + len(name) + 2)
            at = self._low.find(b"\n" + name + b":", at + 1)

    def _value(self, start: int) -> bytes:
        head = self._head
        end = head.find(b"\n", start)
        while head[end + 1 : end + 2] in (b" ", b"\t"):  # obs-fold, RFC 9112 §5.2
            end = head.find(b"\n", end + 1)
        value = head[start:end].strip()
        return value if b"\n" not in value else b" ".join(value.split())


class Reader:
    """The requests of one connection, in order. `feed` what arrived, then call `next` until it has nothing."""

    __slots__ = (
        "_buffer",
        "_chunks",
        "_length",
        "_line_is_good",
        "_max_body",
        "_max_head",
        "_max_target",
        "_request",
        "_scanned",
        "_verdict",
        "wants_continue",
    )

    def __init__(
        self, *, max_target: int = 64 * 1024, max_head: int = 128 * 1024, max_body: int = 8 * 1024 * 1024
    ) -> None:
        self._max_target = max_target
        self._max_head = max_head
        self._max_body = max_body
        self._buffer = bytearray()
        self._scanned = 0  # no head ends before this offset
        self._line_is_good = False  # the request line of an unfinished head was looked at
        self._request: Request | None = None  # a head whose body is still on its way
        self._length = 0  # of that body
        self._chunks: _Chunks | None = None
        self._verdict: Malformed | None = None
        self.wants_continue = False  # the client waits for CONTINUE: write it and clear this

    @property
    def is_idle(self) -> bool:
        """Nothing of a request has arrived: closing now loses nothing."""
        return self._request is None and not self._buffer

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def next(self) -> Request | Malformed | None:
        """The next request, or why there will be none, or None: more bytes are needed."""
        if self._verdict is not None:
            return self._verdict
        try:
            request = self._request or self._read_head()
            if request is None or not self._read_body(request):
                return None
        except _FaultError as fault:
            self._verdict = fault.verdict
            self._buffer.clear()
            self.wants_continue = False
            return self._verdict
        self._request = None
        return request

    def _read_head(self) -> Request | None:
        buffer = self._buffer
        if buffer.startswith((b"\r", b"\n")):  # RFC 9112 §2.2, and clients that end a body with CRLF
            buffer[:] = buffer.lstrip(b"\r\n")
        end = self._end_of_head()
        if end < 0:
            self._judge_unfinished_head()
            return None
        head = self._take(end)
        method, target, version = _request_line(head[: head.find(b"\n")], self._max_target)
        if end > self._max_head:
            raise _FaultError(431, "The head is too large")
        # RFC 9110 §5.5: NUL and a CR by itself are dangerous; readers differ about them
        if b"\0" in head or head.count(b"\r") != head.count(b"\r\n"):
            raise _FaultError(400, "A control character in the head")
        low = head.lower()
        self._scanned = 0
        self._line_is_good = False
        self._length = 0
        if b"content-length" in low or b"transfer-encoding" in low:
            self._length = _body_length(low, version, self._max_body)
            if self._length == _CHUNKED:
                self._chunks = _Chunks(self._max_body, self._max_head)
        self._request = request = Request(method, target, version, head, low)
        if self._length and b"\nexpect:" in low and version:
            self.wants_continue = request.header(b"expect").lower() == b"100-continue"
        return request

    def _end_of_head(self) -> int:
        """The offset after the empty line, or -1. Either line may end with CRLF or with LF alone."""
        buffer, start = self._buffer, self._scanned
        crlf = buffer.find(b"\n\r\n", start)
        bare = buffer.find(b"\n\n", start, crlf + 1 if crlf >= 0 else len(buffer))
        if bare >= 0:
            return bare + 2
        return crlf + 3 if crlf >= 0 else -1

    def _judge_unfinished_head(self) -> None:
        """What is wrong already is said at once: HTTP/0.9 and garbage never send an empty line."""
        buffer = self._buffer
        if buffer and not self._line_is_good:
            end = buffer.find(b"\n", self._scanned)
            if end >= 0:
                _request_line(bytes(buffer[:end]), self._max_target)
                self._line_is_good = True
            else:
                _judge_line_start(buffer, self._max_target)
        if len(buffer) > self._max_head:
            raise _FaultError(431, "The head is too large")
        self._scanned = max(0, len(buffer) - 2)

    def _read_body(self, request: Request) -> bool:
        if self._length > len(self._buffer):
            return False
        if self._chunks is not None:
            if not self._chunks.read(self._buffer):
                return False
            request.body = bytes(self._chunks.body)
            self._chunks = None
        elif self._length:
            request.body = self._take(self._length)
        self.wants_continue = False
        return True

    def _take(self, size: int) -> bytes:
        buffer = self._buffer
        if size == len(buffer):
            taken = bytes(buffer)
            buffer.clear()
        else:
            taken = bytes(memoryview(buffer)[:size])
            del buffer[:size]
        return taken


def response(
    status: int,
    content_type: bytes | str,
    body: bytes,
    *,
    keep_alive: bool,
    extra: bytes = b"",
    head_only: bool = False,
) -> bytes:
    """A whole answer, to be written at once: some clients parse the first piece they get. `extra`: lines with CRLF."""
    prefix = _prefix(status, content_type, keep_alive)
    if head_only:
        return b"%b%d\r\n%b\r\n" % (prefix, len(body), extra)
    return b"%b%d\r\n%b\r\n%b" % (prefix, len(body), extra, body)


@lru_cache(maxsize=1024)
def _prefix(status: int, content_type: bytes | str, keep_alive: bool) -> bytes:
    kind = content_type if isinstance(content_type, str) else content_type.decode("latin-1")
    return (
        f"HTTP/1.1 {status} {_PHRASES.get(status, '')}\r\n"
        f"Content-Type: {kind}\r\n"
        "Access-Control-Allow-Origin: *\r\n"
        f"Connection: {'keep-alive' if keep_alive else 'close'}\r\n"
        "Content-Length: "
    ).encode("latin-1")


class _FaultError(Exception):
    """The bytes are no request we accept."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.verdict = Malformed(status, reason)


def _request_line(line: bytes, max_target: int) -> tuple[str, bytes, int]:
    """Method, raw target, minor version. The target is all between the first space and the last ` HTTP/1.`"""
    _judge_line_start(line, max_target)
    first = line.find(b" ")
    last = line.rfind(b" HTTP/1.")
    if first < 0 or last < first:
        raise _FaultError(400, "Not an HTTP/1 request")
    method = line[:first]
    target = line[first:last].strip(b" ")
    minor = line[last + 8 :].strip()
    if not target or not minor.isdigit() or (method not in _METHODS and _TOKEN.fullmatch(method) is None):
        raise _FaultError(400, "Not an HTTP/1 request")
    if len(target) > max_target:
        raise _FaultError(414, "The request target is too long")
    return method.upper().decode(), target, 0 if minor == b"0" else 1


def _judge_line_start(line: bytes | bytearray, max_target: int) -> None:
    """What can be said of a request line before its end is known; said first of a whole one too (rule 2)."""
    if not line[:1].isalpha():
        raise _FaultError(400, "Not an HTTP/1 request")
    if len(line) > max_target + _LINE_FRAME:
        raise _FaultError(414, "The request target is too long")


def _path_of_absolute(path: bytes) -> bytes:
    """`http://host/path` as for a proxy (RFC 9112 §3.2.2); `*` and `host:port` stay as they are."""
    _, scheme_ended, rest = path.partition(b"://")
    if not scheme_ended:
        return path
    slash = rest.find(b"/")
    return rest[slash:] if slash >= 0 else b"/"


def _body_length(low: bytes, version: int, max_body: int) -> int:
    """RFC 9112 §6.3, refusing what a proxy before us may have measured differently."""
    lengths: list[bytes] = []
    codings: list[bytes] = []
    lines = low.split(b"\n")
    for line, following in pairwise(lines[1:]):
        name, colon, value = line.partition(b":")
        bare = name.strip(b" \t\r\v\f")
        if bare not in (b"content-length", b"transfer-encoding"):
            continue
        if bare != name or not colon or following[:1] in (b" ", b"\t"):
            raise _FaultError(400, "A malformed header that measures the body")
        into = lengths if bare == b"content-length" else codings
        into.extend(item.strip(b" \t\r") for item in value.split(b","))
    if codings:
        if lengths or not version:
            raise _FaultError(400, "Transfer-Encoding where it may not stand")
        if codings[0] != b"chunked":
            raise _FaultError(501, "Unsupported transfer coding")
        if len(codings) > 1:
            raise _FaultError(400, "Transfer-Encoding where it may not stand")
        return _CHUNKED
    if not lengths:
        return 0
    if len(set(lengths)) > 1 or not lengths[0].isdigit():
        raise _FaultError(400, "Bad Content-Length")
    digits = lengths[0].lstrip(b"0") or b"0"
    length = int(digits) if len(digits) < 16 else max_body + 1
    if length > max_body:
        raise _FaultError(413, "The body is too large")
    return length


class _Chunks:
    """A chunked body (RFC 9112 §7.1); lines end with CRLF here, extensions and trailers are skipped."""

    __slots__ = ("_count", "_in_trailers", "_left", "_max_body", "_trailer_room", "body")

    def __init__(self, max_body: int, max_trailers: int) -> None:
        self.body = bytearray()
        self._max_body = max_body
        self._trailer_room = max_trailers
        self._left = 0  # of the current chunk, its closing CRLF included
        self._count = 0
        self._in_trailers = False

    def read(self, buffer: bytearray) -> bool:
        """Consumes what it can; True when the body is whole."""
        while True:
            if self._left and not self._read_chunk(buffer):
                return False
            line = self._read_line(buffer)
            if line is None:
                return False
            if self._in_trailers:
                if line == b"\r\n":
                    return True
                self._trailer_room -= len(line)
                if self._trailer_room < 0:
                    raise _FaultError(431, "The trailers are too large")
            else:
                self._start_chunk(line)

    def _start_chunk(self, line: bytes) -> None:
        match = _CHUNK_SIZE.fullmatch(line)
        if match is None:
            raise _FaultError(400, "Bad chunk")
        size = int(match[1], 16)
        self._count += 1
        if len(self.body) + size > self._max_body or self._count > _MAX_CHUNKS:
            raise _FaultError(413, "The body is too large")
        self._in_trailers = size == 0
        self._left = size + 2 if size else 0

    def _read_chunk(self, buffer: bytearray) -> bool:
        data = min(self._left - 2, len(buffer))
        if data > 0:
            self.body += buffer[:data]
            del buffer[:data]
            self._left -= data
        if self._left > 2 or len(buffer) < 2:
            return False
        if buffer[:2] != b"\r\n":
            raise _FaultError(400, "Bad chunk")
        del buffer[:2]
        self._left = 0
        return True

    def _read_line(self, buffer: bytearray) -> bytes | None:
        end = buffer.find(b"\n", 0, _CHUNK_LINE)
        if end < 0:
            if len(buffer) >= _CHUNK_LINE:
                raise _FaultError(400, "Bad chunk")
            return None
        line = bytes(buffer[: end + 1])
        del buffer[: end + 1]
        if line[-2:] != b"\r\n":
            raise _FaultError(400, "Bad chunk")
        return line
