"""A text as the octets of its parts, in the alphabet that a carrier means.

The standard leaves data_coding 0 to the carrier (SMPP 3.4 §5.2.19, "SMSC default alphabet"): most mean the GSM alphabet,
some Latin-1, and then "@" and "_" are other octets. A few carriers read UCS-2 and nothing else.
Rule 1: there are as many parts as the message was charged for; only "ucs2" may need more, which its caller looks after.
"""

from typing import Final

from lotsman.gsm import alphabet, ucs2
from lotsman.gsm.segmentation import Encoding, split, split_as_ucs2

ALPHABETS: Final = ("gsm", "latin1", "ucs2")
_UCS2_SINGLE: Final = 140  # octets


def payloads(text: str, alphabet_of_0: str) -> tuple[Encoding, list[bytes]]:
    """The encoding (GSM7: the carrier's own alphabet), and the payload of each part."""
    if alphabet_of_0 == "ucs2":
        return Encoding.UCS2, split_as_ucs2(text)
    encoding, parts = split(text)
    if alphabet_of_0 == "gsm" or encoding is not Encoding.GSM7:
        return encoding, parts
    texts = [alphabet.decode(part) for part in parts]
    octets = [part.encode("latin-1", "replace") for part in texts]
    if any(sent.decode("latin-1") != part for sent, part in zip(octets, texts, strict=True)):
        wide = ucs2.encode(text)  # "€" and Greek letters, which Latin-1 lacks
        if len(parts) == 1 and wide is not None and len(wide) <= _UCS2_SINGLE:
            return Encoding.UCS2, [wide]
    return encoding, octets
