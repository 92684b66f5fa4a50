"""The template matcher against a plain regular expression, and its time against texts made to be slow."""

import re
from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st

from lotsman.domain.forbidden_words import ForbiddenWords
from lotsman.domain.mixed_alphabets import mixes_alphabets
from lotsman.domain.template import STRETCH, Templates, normalised

LETTERS = st.sampled_from("ab_ \n\r")
TEXTS = st.text(LETTERS, max_size=30)
TEMPLATES = st.text(LETTERS, max_size=12)


def reference(template, text):
    """The same, by a regular expression that may take for ever."""
    pieces = re.split("(_+)", normalised(template))
    pattern = "".join(
        f"[^\n]{{1,{len(piece) * STRETCH}}}" if piece.startswith("_") else re.escape(piece)
        for piece in pieces
    )
    return re.fullmatch(pattern, normalised(text)) is not None


@given(TEMPLATES, TEXTS)
def test_it_says_what_a_regular_expression_says(template, text):
    assert Templates([template]).match(text) is reference(template, text)


@given(st.text(max_size=40), st.lists(st.text("xyz 1", min_size=1, max_size=10), max_size=5))
def test_a_template_matches_itself_filled_in(literal, fillings):
    fillings = [filling.strip() or "x" for filling in fillings]
    around = literal.replace("_", "").strip() or "-"
    template = "".join(f"{around}_" for _ in fillings) + around
    text = "".join(f"{around}{filling}" for filling in fillings) + around
    assert Templates([template]).match(text)


@given(st.text(max_size=200), st.text(max_size=200))
def test_nothing_that_anybody_writes_raises_anything(template, text):
    Templates([template]).match(text)
    ForbiddenWords([template]).in_text(text)
    mixes_alphabets(text)


def test_it_is_never_slow():
    text = "a" * 1530
    hostile = [
        "a_" * 400 + "b",
        "_" * 1500,
        "_a" * 700,
        "a" * 700 + "_b" * 400,
        "_ " * 765,
        "__a" * 500 + "a",
    ]
    started = perf_counter()
    for template in hostile:
        Templates([template]).match(text)
    assert perf_counter() - started < 1.0  # a few milliseconds each
