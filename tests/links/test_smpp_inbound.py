"""Messages from phones over SMPP, as other people's message centres write them and as none should."""

import contextlib

import pytest

from links.hostile import DELIVER_SM, DELIVER_SM_RESP, HostileSmsc, pdu
from links.test_npm_smpp import modules, npm_smsc
from lotsman.store.inbound import list_inbound
from stand.harbour import a_link, harbour, on_a_loop

__all__ = ["modules"]  # a fixture

PHONE, NUMBER = "79087964781", "79021121075"


async def texts(stand):
    """What has come in, the oldest first"""
    found = await stand.database.read(list_inbound, None, None, 100)
    return [message.text for message in reversed(found)]


# npm smpp


@contextlib.asynccontextmanager
async def npm_stand(folder, modules, **settings):
    async with npm_smsc(modules) as smsc, harbour(folder, a_link(smsc.port, **settings)) as stand:

        async def deliver(*pdus):
            addressed = [{"source_addr": PHONE, "destination_addr": NUMBER} | each for each in pdus]
            before = len((await smsc.report())["delivered"])
            await smsc.ask(ask="deliver", pdus=addressed)
            await smsc.has_seen(delivered=[0] * (before + len(pdus)))
            return await texts(stand)

        yield deliver


@pytest.mark.parametrize(
    ("text", "coding"),
    [("Привет, 5671 ёж 😀", 8), ("hello @_£ €", 0), ("é à Ã", 3), ("", 0)],
    ids=["UCS-2", "GSM", "Latin-1", "nothing at all"],
)
@on_a_loop
async def test_a_short_message_is_read_in_its_alphabet(tmp_path, modules, text, coding):
    async with npm_stand(tmp_path, modules) as deliver:
        assert await deliver({"text": text, "data_coding": coding}) == [text]


@pytest.mark.parametrize("header", ["05000307{total:02x}{part:02x}", "0608040107{total:02x}{part:02x}"])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (2, 1, 0)])
@on_a_loop
async def test_parts_with_a_header_are_one_message_in_any_order(tmp_path, modules, header, order):
    words = ["Первая часть, ", "вторая часть, ", "третья часть"]
    parts = [
        {"text": word, "data_coding": 8, "esm_class": 0x40, "udh": header.format(total=3, part=n)}
        for n, word in enumerate(words, 1)
    ]
    async with npm_stand(tmp_path, modules) as deliver:
        assert await deliver(*(parts[n] for n in order)) == ["".join(words)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@on_a_loop
async def test_parts_by_sar_are_one_message_in_any_order(tmp_path, modules, order):
    words = ["one and ", "two"]
    parts = [
        {
            "text": word,
            "data_coding": 0,
            "sar_msg_ref_num": 40_000,
            "sar_total_segments": 2,
            "sar_segment_seqnum": n,
        }
        for n, word in enumerate(words, 1)
    ]
    async with npm_stand(tmp_path, modules) as deliver:
        assert await deliver(*(parts[n] for n in order)) == ["one and two"]


@on_a_loop
async def test_a_text_in_message_payload(tmp_path, modules):
    async with npm_stand(tmp_path, modules) as deliver:
        assert await deliver({"message_payload": "Ж" * 300, "data_coding": 8}) == ["Ж" * 300]


@on_a_loop
async def test_a_part_that_is_repeated_counts_once(tmp_path, modules):
    first, second = (
        {"text": word, "data_coding": 0, "esm_class": 0x40, "udh": f"0500030702{n:02x}"}
        for n, word in enumerate(["one, ", "two"], 1)
    )
    async with npm_stand(tmp_path, modules) as deliver:
        assert await deliver(first, first, first, second) == ["one, two"]


@pytest.mark.parametrize("bind", ["separate", "receiver"])
@on_a_loop
async def test_they_come_over_receivers_too(tmp_path, modules, bind):
    async with npm_stand(tmp_path, modules, bind=bind) as deliver:
        assert await deliver({"text": "да", "data_coding": 8}) == ["да"]


@on_a_loop
async def test_national_numbers_become_international_again(tmp_path, modules):
    async with npm_smsc(modules) as smsc, harbour(tmp_path, a_link(smsc.port, number_format="7>8")) as stand:
        pdus = [{"source_addr": "8" + PHONE[1:], "destination_addr": NUMBER, "text": "hi", "data_coding": 0}]
        await smsc.ask(ask="deliver", pdus=pdus)
        await smsc.has_seen(delivered=[0])
        (found,) = await stand.database.read(list_inbound, None, None, 100)
        assert found.phone == PHONE


# A message centre that breaks the rules


def a_deliver(sequence, payload, *, esm_class=0, coding=0, tlvs=b"", length=None):
    addresses = b"\0\1\1" + PHONE.encode() + b"\0\1\1" + NUMBER.encode() + b"\0"
    flags = bytes((esm_class, 0, 0)) + b"\0\0\0\0" + bytes((coding, 0))
    size = len(payload) if length is None else length
    return pdu(DELIVER_SM, 0, sequence, b"".join((addresses, flags, bytes((size,)), payload, tlvs)))


def a_tlv(tag, value):
    return tag.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value


@contextlib.asynccontextmanager
async def hostile_stand(folder):
    async with HostileSmsc() as smsc, harbour(folder, a_link(smsc.port), bound=False) as stand:
        peer = await smsc.accept()
        await peer.take_bind()
        await stand.until_link("bound")
        try:
            yield stand, peer
        finally:
            peer.reset()


async def answers(peer, count):
    """sequence number -> status of so many answers"""
    frames = [await peer.take() for _ in range(count)]
    assert {frame.command for frame in frames} == {DELIVER_SM_RESP}
    return {frame.sequence: frame.status for frame in frames}


@on_a_loop
async def test_parts_share_a_segment_out_of_order_and_twice(tmp_path):
    parts = [
        a_deliver(10 + n, bytes((5, 0, 3, 9, 3, n)) + word, esm_class=0x40)
        for n, word in ((3, b"three"), (1, b"one, "), (3, b"three"), (2, b"two, "), (1, b"one, "))
    ]
    async with hostile_stand(tmp_path) as (stand, peer):
        peer.say(*parts)
        assert set((await answers(peer, 3)).values()) == {0}
        await answers(peer, 2)
        assert (await texts(stand))[0] == "one, two, three"


@on_a_loop
async def test_a_part_that_comes_one_octet_at_a_time(tmp_path):
    async with hostile_stand(tmp_path) as (stand, peer):
        await peer.drip(a_deliver(7, b"slowly"))
        assert await answers(peer, 1) == {7: 0}
        assert await texts(stand) == ["slowly"]


@pytest.mark.parametrize(
    ("payload", "esm_class", "tlvs", "text"),
    [
        (b"\xff\x00\x03\x01\x02\x01hi", 0x40, b"", "hi"),
        (b"\x05\x00\x03\x01\x02\x03hi", 0x40, b"", "hi"),
        (b"\x06\x05\x04\x0b\x84\x00\x00hi", 0x40, b"", "hi"),
        (b"hi", 0, a_tlv(0x020C, b"\x00\x01") + a_tlv(0x020E, b"\x02") + a_tlv(0x020F, b"\x09"), "hi"),
        (b"hi", 0, a_tlv(0x020C, b"") + a_tlv(0x020E, b"") + a_tlv(0x020F, b""), "hi"),
        (b"hi", 0, a_tlv(0x0424, b"and a payload"), "hi"),
        (b"", 0, a_tlv(0x0424, b"x" * 3000), "x" * 3000),
        (b"hi", 0, a_tlv(0x1FFF, b"\0\1\2"), "hi"),
    ],
    ids=[
        "a header longer than the message", "the third of two", "a port and no parts", "the ninth of two by sar",
        "empty sar", "short_message and message_payload", "three thousand letters", "an unknown TLV",
    ],
)  # fmt: skip
@on_a_loop
async def test_nonsense_is_read_as_well_as_it_can_be(tmp_path, payload, esm_class, tlvs, text):
    async with hostile_stand(tmp_path) as (stand, peer):
        peer.say(a_deliver(7, payload, esm_class=esm_class, tlvs=tlvs))
        assert await answers(peer, 1) == {7: 0}
        (found,) = await texts(stand)
        assert found.endswith(text)


@on_a_loop
async def test_a_message_longer_than_it_says_is_refused_and_the_next_is_taken(tmp_path):
    async with hostile_stand(tmp_path) as (stand, peer):
        peer.say(a_deliver(7, b"hi", length=200), a_deliver(8, b"well"))
        found = await answers(peer, 2)
        assert found[7] != 0
        assert found[8] == 0
        assert await texts(stand) == ["well"]
