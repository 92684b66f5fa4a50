"""Words with Cyrillic and Latin letters in them (248): a look-alike to deceive filters, or a slip of the keyboard."""

import re

_WORD = re.compile(r"[^\W_]+")  # letters and digits
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_CYRILLIC = re.compile("[\u0400-\u052f]")


def mixes_alphabets(text: str) -> bool:
    if text.isascii() or _LATIN.search(text) is None or _CYRILLIC.search(text) is None:
        return False
    return any(_LATIN.search(word) and _CYRILLIC.search(word) for word in _WORD.findall(text))
