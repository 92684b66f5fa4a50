"""Between a node and its PostgreSQL: passes everything on, but can lose the answer to a COMMIT.

In: the directory of the server's socket. Out: a directory with a socket of its own to connect to.
The server has committed, the client will never know: what a failover does to whoever was waiting.
"""

import contextlib
import shutil
import socket
import tempfile
import threading
from pathlib import Path
from typing import Self

_SOCKET = ".s.PGSQL.5432"
_COMMIT = b"COMMIT\0"  # the end of a Query message


class LossyLine:
    """`with LossyLine(server) as line:` connect to `line.directory`; `line.lose(3)`; `line.lost` counts."""

    def __init__(self, server: str) -> None:
        self.directory = tempfile.mkdtemp(prefix="lotsman-lossy-")
        self.lost = 0
        self._server = f"{server}/{_SOCKET}"
        self._to_lose = 0
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"{self.directory}/{_SOCKET}")
        Path(self.directory).chmod(0o755)
        Path(self.directory, _SOCKET).chmod(0o777)
        self._listener.listen()
        threading.Thread(target=self._accept, name="lossy", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        _end(self._listener)
        shutil.rmtree(self.directory)

    def lose(self, answers: int) -> None:
        """Lose the answers to the next so many commits, and the connections with them."""
        with self._lock:
            self._to_lose += answers

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                threading.Thread(target=self._ask, args=(client, server), daemon=True).start()
                threading.Thread(target=_answer, args=(client, server), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if data.endswith(_COMMIT) and self._loses():
                    _end(client)  # before the server can answer
                    server.sendall(data)
                    self.lost += 1
                    return  # `_answer` closes the server's side once it has committed
                server.sendall(data)
        _end(server)

    def _loses(self) -> bool:
        with self._lock:
            if self._to_lose:
                self._to_lose -= 1
                return True
            return False


def _answer(client: socket.socket, server: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := server.recv(65536):
            client.sendall(data)
    _end(client)
    _end(server)


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
