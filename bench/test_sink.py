"""Checks of the message centre that the measurements trust:  .venv/bin/pytest bench/test_sink.py"""

import os
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SUBMIT, DELIVER, UNBIND, TRANSCEIVER, ENQUIRE = 4, 5, 6, 9, 0x15
RECEIVER, TRANSMITTER = 1, 2
RESP = 0x80000000


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    binary = tmp_path_factory.mktemp("sink") / "smsc_sink"
    subprocess.run(
        ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", binary, HERE / "smsc_sink.c"], check=True
    )
    return binary


@pytest.fixture
def start(program):
    """start("-d", "50"): a running sink; at the end it must stop cleanly."""
    sinks = []

    def started(*args):
        sinks.append(Sink(program, *args))
        return sinks[-1]

    yield started
    for sink in sinks:
        for client in sink.clients:
            client.socket.close()
        sink.process.send_signal(signal.SIGTERM)
        sink.process.communicate(timeout=10)
        assert sink.process.returncode == 0


class Sink:
    def __init__(self, program, *args):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        argv = [program, "-p", str(self.port), "-q", *args]
        self.clients = []
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        self.until(self.listens)

    def listens(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def stats(self):
        self.process.send_signal(signal.SIGUSR1)
        pairs = dict(pair.split("=") for pair in self.process.stdout.readline().split())
        return {key: float(value) for key, value in pairs.items()}

    def until(self, condition, patience=5):
        end = time.monotonic() + patience
        while not condition():
            assert time.monotonic() < end, "it never came true"
            time.sleep(0.01)

    def client(self, bind=TRANSCEIVER, system_id=b"u"):
        self.clients.append(Client(self.port, bind, system_id))
        return self.clients[-1]


class Client:
    def __init__(self, port, bind, system_id):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.settimeout(3)
        self.sequence = 0
        if bind:
            assert self.call(bind, system_id + b"\0p\0\0\x34\0\0\0")[:2] == (RESP | bind, 0)

    def pdu(self, command, body=b"", sequence=None):
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        return struct.pack(">4I", 16 + len(body), command, 0, sequence) + body

    def send(self, command, body=b"", sequence=None):
        self.socket.sendall(self.pdu(command, body, sequence))

    def receive(self):
        """(command, status, sequence, body)"""
        length, *head = struct.unpack(">4I", self._exactly(16))
        return *head, self._exactly(length - 16)

    def call(self, command, body=b""):
        self.send(command, body)
        return self.receive()

    def hears_nothing(self, seconds=0.2):
        self.socket.settimeout(seconds)
        try:
            self.receive()
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(3)
        return False

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data


def message(to=b"79001234567", receipt=1, text=b"hello"):
    return b"\0\x05\0INFO\0\x01\x01" + to + b"\0\0\0\0\0\0" + bytes([receipt, 0, 0, 0, len(text)]) + text


def test_a_message_gets_an_id_and_a_whole_receipt(start):
    sink = start()
    client = sink.client()
    command, status, sequence, body = client.call(SUBMIT, message())
    assert (command, status, sequence) == (RESP | SUBMIT, 0, 2)
    smsc_id = body.rstrip(b"\0")
    command, status, sequence, body = client.receive()
    assert command == DELIVER
    assert body.startswith(b"\0\x01\x0179001234567\0\x05\0INFO\0\x04")
    assert b"id:" + smsc_id + b" sub:001 dlvrd:001 submit date:" in body
    assert b" stat:DELIVRD err:000 text:hello" in body
    tlvs = b"\0\x1e" + struct.pack(">H", len(smsc_id) + 1) + smsc_id + b"\0" + b"\x04\x27\0\x01\x02"
    assert body.endswith(tlvs)
    client.send(DELIVER | RESP, b"\0", sequence)
    sink.until(lambda: sink.stats()["dlr_resp"] == 1)
    assert sink.stats()["dlr_open"] == 0


def test_other_commands_are_answered_as_the_protocol_has_it(start):
    client = start().client()
    assert client.call(ENQUIRE)[:2] == (RESP | ENQUIRE, 0)
    assert client.call(3, b"\0")[:2] == (RESP, 3)  # query_sm: generic_nack
    assert client.call(SUBMIT, b"\0\0\0")[:2] == (RESP | SUBMIT, 1)  # truncated
    assert client.call(UNBIND)[:2] == (RESP | UNBIND, 0)
    with pytest.raises(EOFError):
        client.receive()


def test_pdus_may_come_byte_by_byte_or_thousands_at_once(start):
    client = start().client()
    for octet in client.pdu(SUBMIT, message(receipt=0)):
        client.socket.sendall(bytes([octet]))
    assert client.receive()[0] == RESP | SUBMIT
    client.socket.sendall(b"".join(client.pdu(SUBMIT, message(receipt=0)) for _ in range(5000)))
    assert len({client.receive()[3] for _ in range(5000)}) == 5000


def test_receipts_go_to_the_receiver_within_its_window_and_again_after_a_lost_session(start):
    sink = start("-d", "50", "-w", "10")
    sender, receiver, stranger = (
        sink.client(TRANSMITTER),
        sink.client(RECEIVER),
        sink.client(system_id=b"another"),
    )
    assert receiver.call(SUBMIT, message())[:2] == (RESP | SUBMIT, 4)
    for _ in range(25):
        sender.send(SUBMIT, message())
    ids = [sender.receive()[3].rstrip(b"\0") for _ in range(25)]
    assert sender.hears_nothing()
    assert stranger.hears_nothing()
    receipts = [receiver.receive() for _ in range(10)]
    assert receiver.hears_nothing()  # the window is full
    for receipt in receipts[:3]:
        receiver.send(DELIVER | RESP, b"\0", receipt[2])
    receipts += [receiver.receive() for _ in range(3)]
    receiver.socket.close()
    sink.until(lambda: sink.stats()["sessions"] == 2)
    receiver = sink.client(RECEIVER)
    again = []
    for _ in range(22):  # the ten unanswered ones first, all in order
        receipt = receiver.receive()
        again.append(receipt[3])
        receiver.send(DELIVER | RESP, b"\0", receipt[2])
    assert all(smsc_id in body for smsc_id, body in zip(ids[3:], again, strict=True))
    sink.until(lambda: sink.stats()["dlr_resp"] == 25)
    stats = sink.stats()
    assert (stats["dlr_resent"], stats["dlr_open"], stats["dlr_sent"]) == (10, 0, 35)


def test_responses_and_receipts_take_the_time_they_are_told(start):
    sink = start("-l", "100", "-d", "100", "-x")
    client = sink.client()
    begun = time.monotonic()
    command, _, _, body = client.call(SUBMIT, message())
    answered = time.monotonic()
    assert command == RESP | SUBMIT
    assert 0.09 < answered - begun < 0.3
    int(body.rstrip(b"\0"), 16)
    assert client.receive()[0] == DELIVER
    assert 0.09 < time.monotonic() - answered < 0.3
    client.send(SUBMIT, message())
    client.socket.close()  # gone before its response: the sink must not mind
    sink.until(lambda: sink.stats()["sessions"] == 0)


def test_a_share_of_messages_is_refused(start):
    client = start("-e", "0.5", "-s", "0x14").client()
    for _ in range(2000):
        client.send(SUBMIT, message(receipt=0))
    statuses = [client.receive()[1] for _ in range(2000)]
    assert set(statuses) == {0, 0x14}
    assert 900 < statuses.count(0) < 1100


@pytest.mark.parametrize(
    "junk",
    [b"GET / HTTP/1.0\r\n\r\n", b"\xff" * 4096, b"\0\0\0\x05" + b"\0" * 20],
    ids=["http", "a huge length", "a tiny length"],
)
def test_garbage_ends_its_own_session_only(start, junk):
    sink = start()
    hostile = sink.client(bind=None)
    hostile.socket.sendall(junk)
    unbound = sink.client(bind=None)
    assert unbound.call(SUBMIT, message())[:2] == (RESP | SUBMIT, 4)


def test_hundreds_of_sessions_share_the_receipts(start):
    sink = start()
    clients = [sink.client() for _ in range(300)]
    for client in clients:
        client.send(SUBMIT, message())
    for client in clients:
        assert client.receive()[0] in {RESP | SUBMIT, DELIVER}
    for client in clients:
        client.socket.close()
    sink.until(lambda: sink.stats()["sessions"] == 0)
    heir, inherited = sink.client(), 0
    while not heir.hears_nothing():
        inherited += 1
    assert 0 < inherited <= 300


def test_a_peer_that_never_reads_is_held_back(start, tmp_path):
    log = tmp_path / "submits.log"
    sink = start("-o", str(log))
    client = sink.client()
    client.socket.setblocking(False)
    blob = b"".join(client.pdu(SUBMIT, message()) for _ in range(1000))
    end, offset = time.monotonic() + 2, 0
    while time.monotonic() < end:
        try:
            offset = (offset + client.socket.send(blob[offset:])) % len(blob)
        except BlockingIOError:
            time.sleep(0.05)
    resident = int(Path(f"/proc/{sink.process.pid}/statm").read_text().split()[1]) * os.sysconf(
        "SC_PAGE_SIZE"
    )
    assert resident < 200 * 2**20
    submits = sink.stats()["submits"]
    assert len(log.read_text().splitlines()) == submits > 0
