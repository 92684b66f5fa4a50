"""Text to UCS-2 octets and back. On the air it is UTF-16BE: a character outside the BMP is a surrogate pair.

Rule 1: a str may hold lone surrogates (JSON lets them in). No octets can say them: `encode` refuses, and
`mended` writes '?' in their place.
"""

import re
from typing import Final


def encode(text: str) -> bytes | None:
    """UTF-16BE octets, or None when the text holds surrogates and has to be mended first."""
    try:
        return text.encode("utf-16-be")
    except UnicodeEncodeError:
        return None


def decode(octets: bytes) -> str:
    """The text of UTF-16BE octets; U+FFFD where a surrogate stands alone or the last octet is missing."""
    return octets.decode("utf-16-be", "replace")


def mended(text: str) -> str:
    """The same text with '?' for each lone surrogate; two surrogates that make a pair become one character."""
    return _LONE.sub("?", text).encode("utf-16-be", "surrogatepass").decode("utf-16-be")


_LONE: Final = re.compile(
    "[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]",
)
