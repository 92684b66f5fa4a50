"""The other end of a trunk: SIPp, which nobody here wrote, plays one scenario to every call; an ear takes its RTP.

    async with a_trunk(tmp_path, answers()) as trunk:
        ...
        await trunk.until_seen("CANCEL")
        trunk.ear.streams  # what was said, a stream for each call

Baresip cannot call from a host that has loopback alone, though all of this stays on loopback: `needs_an_address` says so.
"""

import asyncio
import contextlib
import re
import shutil
import socket
import struct
import wave
from collections import defaultdict
from math import sqrt
from pathlib import Path

from stand.harbour import HOST, PATIENCE

EVENTS = 101  # payload type of keys (RFC 4733)
_HEADERS = "[last_Via:]\n[last_From:]\n[last_To:];tag=[pid]S[call_number]\n[last_Call-ID:]\n"
_CONTACT = "Contact: <sip:[local_ip]:[local_port];transport=[transport]>\n"
_INVITE = """<recv request="INVITE" crlf="true" rrs="true"><action>
<ereg regexp=".*" search_in="hdr" header="From:" assign_to="1"/>
<ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="2"/></action></recv>
<Reference variables="1,2"/>"""


class Ear:
    """What comes in by RTP, in order, a list of payloads for each stream; `press` sends keys back."""

    def __init__(self):
        self.streams = defaultdict(list)  # SSRC -> (sequence number, payload)
        self._sources = {}
        self._transport = None

    def connection_made(self, transport):
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def connection_lost(self, _):
        pass

    def error_received(self, _):
        pass

    def datagram_received(self, data, source):
        if len(data) > 12:
            ssrc = struct.unpack(">I", data[8:12])[0]
            self.streams[ssrc].append((struct.unpack(">H", data[2:4])[0], data[12:]))
            self._sources[ssrc] = source

    def octets(self, ssrc):
        """Silence stands for packets that a busy machine lost"""
        packets = self.streams[ssrc]
        by_place = {(number - packets[0][0]) & 0xFFFF: payload for number, payload in packets}
        lost = b"\xd5" * len(packets[0][1])
        return b"".join(by_place.get(place, lost) for place in range(max(by_place) + 1))

    def press(self, digit, source=None):
        """A key, by three packets of its begin and three of its end, to the only or to the given source"""
        event = "0123456789*#".index(digit)
        to = source or next(iter(self._sources.values()))
        for number, (end, length) in enumerate([(0, 160), (0, 320), (0, 480), (1, 640), (1, 640), (1, 640)]):
            head = struct.pack(">BBHII", 0x80, EVENTS | (0x80 if number == 0 else 0), 1000 + number, 8000, 77)
            self._transport.sendto(head + struct.pack(">BBH", event, end << 7 | 10, length), to)


class Trunk:
    def __init__(self, port, ear, messages):
        self.port, self.ear, self._messages = port, ear, messages

    def seen(self, method):
        """How many requests of this kind SIPp got, repetitions left out"""
        text = self._messages.read_text(errors="replace") if self._messages.exists() else ""
        found = re.findall(rf"^{method} sip:[^\r\n]*\r?\n(?:.+\r?\n)*?Call-ID: *(\S+)", text, re.MULTILINE)
        return len(set(found))

    def header(self, name):
        """Of the requests that SIPp got, each value once"""
        text = self._messages.read_text(errors="replace")
        return list(dict.fromkeys(re.findall(rf"^{name}: *([^\r\n]*)", text, re.MULTILINE)))

    async def until_seen(self, method, count=1, patience=PATIENCE):
        async with asyncio.timeout(patience):
            await _when(lambda: self.seen(method) >= count)


@contextlib.asynccontextmanager
async def a_trunk(folder, scenario):
    """A SIP server on a free port of loopback; `scenario` is what one of the functions below made"""
    assert shutil.which("sipp"), "these tests need SIPp: make packages (Debian: sip-tester)"
    needs_an_address()
    loop = asyncio.get_running_loop()
    transport, ear = await loop.create_datagram_endpoint(Ear, (HOST, 0))
    port = _free_port()
    path, messages = Path(folder) / f"{port}.xml", Path(folder) / f"{port}.log"
    path.write_text(_whole(scenario.replace("[ear]", str(ear.port))))
    sipp = await asyncio.create_subprocess_exec(
        "sipp", "-sf", path, "-i", HOST, "-p", str(port), "-nostdin", "-trace_msg", "-message_file", messages,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE):
            await _when(lambda: _taken(port))
        yield Trunk(port, ear, messages)
    finally:
        with contextlib.suppress(ProcessLookupError):
            sipp.kill()
        await sipp.wait()
        transport.close()


async def _when(asked):
    while not asked():  # noqa: ASYNC110 another process and the kernel: nobody tells
        await asyncio.sleep(0.02)


# What a trunk may do with a call


def answers(after=0.05, ringing=True, hangs_up_after=None):
    """It rings, it is answered, what is said goes to the ear; we hang up, or the other side does"""
    ring = _response("180 Ringing") if ringing else ""
    body = f"{_INVITE}{ring}{_pause(after)}{_response('200 OK', sdp=True)}" + _recv("ACK")
    if hangs_up_after is None:
        return body + _recv("BYE") + _response("200 OK", to_tag=False)
    bye = (
        "BYE [next_url] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
        "From: <sip:callee@[local_ip]>;tag=[pid]S[call_number]\nTo:[$1]\n[last_Call-ID:]\nCSeq: 1 BYE\n"
        "Max-Forwards: 70\nContent-Length: 0\n\n"
    )
    return body + _pause(hangs_up_after) + _send(bye, retrans=True) + '<recv response="200"/>'


def refuses(status, *, rings_for=None):
    """It says no, at once or after ringing"""
    ring = "" if rings_for is None else _response("180 Ringing") + _pause(rings_for)
    return f"{_INVITE}{ring}{_response(status, retrans=True)}" + _recv("ACK")


def rings_for_ever(*, provisional="180 Ringing", after=0.0):
    """Nobody answers until the caller gives up, and then the trunk says so"""
    gone = f"SIP/2.0 487 Request Terminated\n{_HEADERS}CSeq:[$2]\nContent-Length: 0\n\n"
    return (
        f"{_INVITE}{_pause(after)}{_response(provisional)}"
        + _recv("CANCEL")
        + _response("200 OK")
        + _send(gone, retrans=True)
        + _recv("ACK")
    )


def wants_a_password(user, password):
    """Digest (RFC 3261 §22): only who knows the password hears that the callee is busy, the others are forbidden"""
    challenge = (
        f"SIP/2.0 401 Unauthorized\n{_HEADERS}[last_CSeq:]\n"
        'WWW-Authenticate: Digest realm="trunk", nonce="47ebe028cda119c35d4877b383027d28"\nContent-Length: 0\n\n'
    )
    check = f'<action><verifyauth assign_to="3" username="{user}" password="{password}"/></action>'
    return (
        f"{_INVITE}{_send(challenge, retrans=True)}{_recv('ACK')}"
        f'<recv request="INVITE" crlf="true">{check}</recv><nop hide="true" test="3" next="known"/>'
        + _response("403 Forbidden", retrans=True)
        + '<recv request="ACK" next="done"/><label id="known"/>'
        + _response("486 Busy Here", retrans=True)
        + _recv("ACK")
        + '<label id="done"/>'
    )


def answers_options():
    return _recv("OPTIONS") + _response("200 OK")


# The sound


def correlation(stream, path):
    """How like the sound of a stream (A-law) is to that of a WAV file: 1 is the same"""
    with wave.open(str(path), "rb") as sound:
        count = min(sound.getnframes(), len(stream))
        said = struct.unpack(f"<{count}h", sound.readframes(count))
    heard = [_ALAW[octet] for octet in stream[:count]]
    product = sum(a * b for a, b in zip(said, heard, strict=True))
    return product / sqrt(sum(a * a for a in said) * sum(b * b for b in heard) or 1)


def _linear(octet):
    """ITU-T G.711, A-law"""
    octet ^= 0x55
    segment, step = (octet & 0x70) >> 4, (octet & 0x0F) << 4
    value = step + 8 if segment == 0 else (step + 0x108) << (segment - 1)
    return value if octet & 0x80 else -value


_ALAW = [_linear(octet) for octet in range(256)]


# How SIPp wants it


def _whole(steps):
    return f'<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="trunk">\n{steps}\n</scenario>\n'


def _recv(request):
    return f'<recv request="{request}" crlf="true"/>'


def _pause(seconds):
    return f'<pause milliseconds="{int(seconds * 1000)}"/>' if seconds else ""


def _send(text, *, retrans=False):
    again = ' retrans="500"' if retrans else ""
    return f"<send{again}><![CDATA[\n{text}]]></send>\n"


def _response(status, *, sdp=False, to_tag=True, retrans=False):
    headers = _HEADERS if to_tag else _HEADERS.replace(";tag=[pid]S[call_number]", "")
    head = f"SIP/2.0 {status}\n{headers}[last_CSeq:]\n{_CONTACT}"
    if not sdp:
        return _send(f"{head}Content-Length: 0\n\n", retrans=retrans)
    body = (
        "v=0\no=callee 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\nm=audio [ear] RTP/AVP 8 101\n"
        "a=rtpmap:8 PCMA/8000\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\n"
    )
    return _send(f"{head}Content-Type: application/sdp\nContent-Length: [len]\n\n{body}", retrans=True)


# This host


def needs_an_address():
    """Fails, and says why, where baresip cannot work"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # nothing is sent
        if not probe.getsockname()[0].startswith("127."):
            return
    raise AssertionError(
        "calls need an IPv4 address beside loopback on this host, and a route: ip addr add 198.51.100.1/24 dev dummy0"
    )


def _free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _taken(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
        return False
