"""Texts of every kind, cut and joined; and an independent splitter, smsutil, that must agree."""

import smsutil
from hypothesis import given
from hypothesis import strategies as st

from lotsman.gsm import alphabet, ucs2, udh
from lotsman.gsm.decoding import decode
from lotsman.gsm.segmentation import Encoding, culprits, measure, split

DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"
SURROGATES = "\ud800\udbff\udc00\udfff"


def long_texts(characters):
    """A few characters repeated, so that pairs meet the borders of parts at every offset."""
    runs = st.tuples(st.text(characters, min_size=1, max_size=4), st.integers(1, 160))
    return st.lists(runs, max_size=5).map(lambda pairs: "".join(text * times for text, times in pairs))


gsm_texts = st.text(DEFAULT + EXTENSION, max_size=400) | long_texts(st.sampled_from(DEFAULT + EXTENSION * 5))
any_texts = long_texts(st.sampled_from("abяЖ№`€[😀🇷") | st.characters(exclude_categories=["Cs"]))
broken_texts = long_texts(st.sampled_from("aя€😀" + SURROGATES))
texts = gsm_texts | any_texts | broken_texts


def joined(encoding, parts):
    octets = b"".join(parts)
    return alphabet.decode(octets) if encoding is Encoding.GSM7 else ucs2.decode(octets)


@given(texts)
def test_the_parts_joined_are_the_text(text):
    assert joined(*split(text)) == ucs2.mended(text)


@given(texts)
def test_each_part_is_whole_characters(text):
    encoding, parts = split(text)
    assert "".join(joined(encoding, [part]) for part in parts) == ucs2.mended(text)


@given(texts)
def test_measure_counts_what_split_cuts(text):
    encoding, parts = split(text)
    assert measure(text) == (encoding, len(parts))


@given(texts)
def test_no_part_exceeds_140_octets_with_its_header(text):
    encoding, parts = split(text)
    header = len(udh.concatenation8(1, 2, 1)) if len(parts) > 1 else 0
    for part in parts:
        if encoding is Encoding.GSM7:
            header_septets = -(-header * 8 // 7)  # padded to a septet boundary, GSM 03.40 §9.2.3.24
            octets = -(-(header_septets + len(part)) * 7 // 8)
        else:
            octets = header + len(part)
        assert octets <= 140


@given(texts)
def test_no_part_could_have_taken_the_next_character_too(text):
    encoding, parts = split(text)
    room, widest = (153, 2) if encoding is Encoding.GSM7 else (134, 4)
    for part in parts[:-1]:
        assert len(part) > room - widest


@given(texts)
def test_the_text_is_gsm_exactly_when_it_has_no_culprits(text):
    assert (split(text)[0] is Encoding.GSM7) == (culprits(text) == "")


@given((gsm_texts | any_texts).filter(lambda text: text and "\x1b" not in text))
def test_an_independent_splitter_agrees(text):
    theirs = smsutil.split(text)  # it takes ESC for a character and an empty text for UTF-16: both left out
    encoding, parts = split(text)
    assert [joined(encoding, [part]) for part in parts] == [part.content for part in theirs.parts]
    assert [len(part) for part in parts] == [part.bytes for part in theirs.parts]
    assert (encoding is Encoding.GSM7) == (theirs.encoding == "gsm0338")


@given(st.text(DEFAULT + EXTENSION, min_size=1))
def test_an_independent_codec_makes_the_same_septets(text):
    assert alphabet.encode(text) == smsutil.encode(text)


@given(st.integers(0, 255), st.binary(max_size=255))
def test_no_short_message_that_comes_in_raises(data_coding, octets):
    elements, payload = udh.take(octets)
    place = udh.concatenation(elements)
    assert place is None or 1 <= place.number <= place.total
    decode(data_coding, payload).encode("utf-8")


@given(st.integers(0, 0xFFFF), st.integers(1, 255), st.data(), st.binary(max_size=134))
def test_a_header_written_is_the_header_read(reference, total, data, payload):
    number = data.draw(st.integers(1, total))
    for header, known in (
        (udh.concatenation8(reference, total, number), reference & 0xFF),
        (udh.concatenation16(reference, total, number), reference),
    ):
        elements, rest = udh.take(header + payload)
        assert (udh.concatenation(elements), rest) == ((known, total, number), payload)
