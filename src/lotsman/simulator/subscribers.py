"""What a phone does, by its number, where the script says nothing else.

A number that ends in
    …98  is switched off:        receipt UNDELIV, error 001
    …97  does not exist:         refused at submit, ESME_RINVDSTADR
    …96  is never found:         receipt EXPIRED, three seconds later
    …95  is a mystery:           no receipt ever
and every other number gets its message half a second after it was taken: receipt DELIVRD.

A look-up of a number that ends in
    2  finds it roaming          3  finds it ported to another network
    4  finds it absent           9  finds that nobody has it
    0  finds it barred           6  is never answered
    8  finds a cut IMSI and names with signs in them
and every other number is at home, in the network of its prefix. A ping of 0, 4 and 9 fails, that of the others does not.

Who can be answered, that is whoever sends from a number, gets an answer from phones that end in 1 (one word) and 7 (a
text of two parts).

In: nothing; a number and its fate. Out: these facts as lines of the scenario language, which `subscribers ordinary` in a
script takes away; what a look-up finds, spelled as SMSC.ru does it.
"""

from typing import Final, NamedTuple

SCRIPT: Final = """
reject for *97
fails UNDELIV err 001 for *98
fails EXPIRED for *96
receipt 3s for *96
receipts lost for *95
lookup roaming for *2
lookup ported for *3
lookup absent for *4
lookup silent for *6
lookup odd for *8
lookup unknown for *9
lookup barred for *0
answers 1s Да for *1
answers 1s Спасибо, обязательно приду. Подскажите, пожалуйста, можно ли прийти вдвоём и во сколько лучше? for *7
"""


class Found(NamedTuple):
    """What became of a look-up"""

    state: str
    error: str
    attributes: dict[str, str]


class _Network(NamedTuple):
    mccmnc: str
    country: str
    name: str
    msc: str


_MTS: Final = _Network("25001", "Russia", "MTS", "79168960400")
_MEGAFON: Final = _Network("25002", "Russia", "MegaFon", "79262000930")
_BEELINE: Final = _Network("25099", "Russia", "Beeline", "79037011111")
_TELE2: Final = _Network("25020", "Russia", "Tele2", "79043490000")
_ABROAD: Final = _Network("40101", "Kazakhstan", "Beeline", "77051111111")
_BY_PREFIX: Final = {
    "791": _MTS, "798": _MTS, "792": _MEGAFON, "793": _MEGAFON, "796": _BEELINE, "7903": _BEELINE, "7905": _BEELINE,
    "7906": _BEELINE, "7909": _BEELINE, "7999": _MEGAFON,
}  # fmt: skip
_FAILED: Final = {  # state and error as SMSC.ru has them
    "absent": ("UNDELIV", "006"),
    "unknown": ("UNDELIV", "001"),
    "barred": ("UNDELIV", "013"),
    "rejected": ("REJECTD", "249"),
}
NOTHING: Final = dict.fromkeys(("imsi", "msc", "mcc", "mnc", "cn", "net", "rcn", "rnet"), "")


def look_up(msisdn: str, fate: str) -> Found:
    """`fate`: one of script.FATES."""
    if fate in _FAILED:
        return Found(*_FAILED[fate], NOTHING)
    home = _BY_PREFIX.get(msisdn[:4]) or _BY_PREFIX.get(msisdn[:3]) or _TELE2
    if fate == "ported":
        home = _TELE2 if home is not _TELE2 else _MTS
    found = {
        "imsi": f"{home.mccmnc}{msisdn[-10:].zfill(10)}",
        "msc": _ABROAD.msc if fate == "roaming" else home.msc,
        "mcc": home.mccmnc[:3],
        "mnc": home.mccmnc[3:],
        "cn": home.country,
        "net": home.name,
        "rcn": _ABROAD.country if fate == "roaming" else "",
        "rnet": _ABROAD.name if fate == "roaming" else "",
    }
    if fate == "odd":
        found |= {"imsi": home.mccmnc, "msc": "", "cn": "Россия", "net": f"{home.name}: A+B, 50% & сын"}
    return Found("DELIVRD", "000", found)
