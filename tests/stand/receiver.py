"""A customer's script: an HTTP server on a thread that notes what it is told and answers as a test wants."""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Told:
    method: str
    path: str
    pairs: dict[str, str]


@dataclass
class Receiver:
    """`answer(told)` -> (status, body); the default is 200, OK."""

    answer: Callable[[Told], tuple[int, bytes]] = field(default=lambda _told: (200, b"OK"))
    told: list[Told] = field(default_factory=list)

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                said = body if self.command == "POST" else parts.query
                told = Told(self.command, self.path, dict(parse_qsl(said, keep_blank_values=True)))
                receiver.told.append(told)
                status, answer = receiver.answer(told)
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", answer.decode())
                self.send_header("Content-Length", str(len(answer)))
                with contextlib.suppress(OSError):  # a node that was killed does not listen any more
                    self.end_headers()
                    self.wfile.write(answer)

            do_POST = do_GET  # noqa: N815 as the library calls it

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def statuses(self, server_id: str) -> list[str]:
        """What was told of one message, in order."""
        return [told.pairs["status"] for told in self.told if told.pairs.get("server_id") == server_id]
