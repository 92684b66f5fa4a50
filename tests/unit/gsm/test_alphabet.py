import pytest

from lotsman.gsm import alphabet


@pytest.mark.parametrize(
    ("character", "code"),
    [  # GSM 03.38 §6.2.1, the places where it is not ASCII
        ("@", 0x00),
        ("£", 0x01),
        ("$", 0x02),
        ("Ç", 0x09),
        ("\n", 0x0A),
        ("\r", 0x0D),
        ("Δ", 0x10),
        ("_", 0x11),
        ("Ξ", 0x1A),
        ("Æ", 0x1C),
        ("É", 0x1F),
        (" ", 0x20),
        ("¤", 0x24),
        ("A", 0x41),
        ("¡", 0x40),
        ("Ä", 0x5B),
        ("§", 0x5F),
        ("¿", 0x60),
        ("z", 0x7A),
        ("à", 0x7F),
    ],
)
def test_a_character_of_the_default_table_is_one_septet(character, code):
    assert alphabet.encode(character) == bytes([code])
    assert alphabet.decode(bytes([code])) == character


@pytest.mark.parametrize(
    ("character", "code"),
    [  # GSM 03.38 §6.2.1.1
        ("\f", 0x0A),
        ("^", 0x14),
        ("{", 0x28),
        ("}", 0x29),
        ("\\", 0x2F),
        ("[", 0x3C),
        ("~", 0x3D),
        ("]", 0x3E),
        ("|", 0x40),
        ("€", 0x65),
    ],
)
def test_a_character_of_the_extension_table_is_an_escaped_pair(character, code):
    assert alphabet.encode(character) == bytes([0x1B, code])
    assert alphabet.decode(bytes([0x1B, code])) == character


def test_the_alphabet_holds_137_characters_and_no_more():
    ours = [chr(code) for code in range(0x110000) if alphabet.encode(chr(code)) is not None]
    assert len(ours) == 137  # 128 less ESC, and 10
    assert all(alphabet.decode(alphabet.encode(character) or b"") == character for character in ours)


@pytest.mark.parametrize(
    "character", ["`", "ç", "я", "№", "\0", "\t", "\x1b", "\x7f", "\ufffe", "😀", "\ud800"]
)
def test_a_text_with_one_foreign_character_has_no_septets(character):
    assert alphabet.encode(f"Hello {character} world") is None


def test_an_address_keeps_its_at_sign_among_escaped_characters():
    septets = b"{a" + b"\x00" + b"b} " + b"\x1b\x65" + b"5"
    expected = septets.replace(b"{", b"\x1b\x28").replace(b"}", b"\x1b\x29")
    assert alphabet.encode("{a@b} €5") == expected


def test_an_unknown_escape_shows_the_character_of_the_default_table():
    assert alphabet.decode(b"a\x1bAb") == "aAb"


def test_an_escape_of_an_escape_shows_a_space():
    assert alphabet.decode(b"a\x1b\x1be") == "a e"


def test_an_escape_that_nothing_follows_shows_a_space():
    assert alphabet.decode(b"a\x1b") == "a "


def test_an_octet_that_is_no_septet_is_read_as_latin_1():
    assert alphabet.decode(b"caf\xe9") == "café"


def test_foreign_names_each_character_once_in_order_of_appearance():
    assert alphabet.foreign("яблоко `я` [€]") == "яблок`"
    assert alphabet.foreign("plain") == ""
