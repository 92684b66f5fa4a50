"""A message centre scripted octet by octet: plain struct, none of our codec, so that it can say what ours never would.

async with HostileSmsc() as smsc:
    client = await a_client(smsc, bind=False)
    peer = await smsc.accept()
    bind = await peer.take()
    peer.say(pdu(BIND_TRANSCEIVER_RESP, sequence=bind.sequence, body=b"smsc\0"))
"""

import asyncio
import struct
from typing import NamedTuple

HEADER = struct.Struct(">IIII")

GENERIC_NACK = 0x80000000
SUBMIT_SM, SUBMIT_SM_RESP = 0x4, 0x80000004
DELIVER_SM, DELIVER_SM_RESP = 0x5, 0x80000005
UNBIND, UNBIND_RESP = 0x6, 0x80000006
BIND_TRANSCEIVER, BIND_TRANSCEIVER_RESP = 0x9, 0x80000009
ENQUIRE_LINK, ENQUIRE_LINK_RESP = 0x15, 0x80000015


class Frame(NamedTuple):
    command: int
    status: int
    sequence: int
    body: bytes


def pdu(command, status=0, sequence=1, body=b"", *, length=None):
    """`length` lies about the length"""
    return HEADER.pack(16 + len(body) if length is None else length, command, status, sequence) + body


def receipt_body(message_id, state=b"DELIVRD"):
    text = b"id:%b sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 stat:%b err:000 text:"
    text %= (message_id, state)
    addresses = b"\x01\x0179001234567\0\0\0SHOP\0"
    return b"\0" + addresses + b"\4\0\0\0\0\1\0\0\0" + bytes((len(text),)) + text


class Peer:
    """One connection of a client, seen from the message centre"""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    def say(self, *octets):
        """Everything in one segment"""
        self.writer.write(b"".join(octets))

    async def drip(self, octets):
        """Each octet in a segment of its own"""
        for octet in octets:
            self.writer.write(bytes((octet,)))
            await self.writer.drain()
            await asyncio.sleep(0)

    async def take(self):
        """The next PDU of the client"""
        async with asyncio.timeout(5):
            length, command, status, sequence = HEADER.unpack(await self.reader.readexactly(16))
            return Frame(command, status, sequence, await self.reader.readexactly(length - 16))

    async def take_bind(self):
        bind = await self.take()
        assert bind.command == BIND_TRANSCEIVER
        self.say(pdu(BIND_TRANSCEIVER_RESP, 0, bind.sequence, b"smsc\0"))

    async def sees_the_end(self):
        """What the client still said before it closed the connection"""
        async with asyncio.timeout(5):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    def hang_up(self):
        self.writer.close()

    def reset(self):
        self.writer.transport.abort()


class HostileSmsc:
    async def __aenter__(self):
        self._peers = asyncio.Queue()
        self._all = []
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for peer in self._all:
            peer.reset()
        await self._server.wait_closed()

    async def accept(self):
        async with asyncio.timeout(5):
            return await self._peers.get()

    def _accepted(self, reader, writer):
        peer = Peer(reader, writer)
        self._all.append(peer)
        self._peers.put_nowait(peer)
