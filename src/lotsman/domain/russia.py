"""What is known of +7 and of the networks of Russia and its neighbours without any file: prefixes and MCC/MNC.

The prefix table says whom a code was first given to. It is right for most numbers and cannot know two things: the
small ranges cut out of a code (the official file has them, see def_plan.py) and numbers ported to another network.

Rule 1: operator names are spelled as the SMSPilot API shows them: upper-case Latin, the brand and not the company.
Rule 2: a longer prefix beats a shorter one; "79" at the bottom keeps a code opened tomorrow Russian and nameless.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["mobile", "fixed", "unknown"]


class Prefix(NamedTuple):
    digits: str  # with the country code: "7916"
    country: str  # ISO 3166-1 alpha-2
    operator: str  # "" when the code is shared out among many
    kind: Kind


class Network(NamedTuple):
    country: str
    operator: str


def prefixes() -> Iterator[Prefix]:
    for country, kind, owners in _PLAN:
        for operator, codes in owners:
            for code in _spelled_out(codes):
                yield Prefix("7" + code, country, operator, kind)


def network(mccmnc: str) -> Network | None:
    return _NETWORKS.get(mccmnc)


def mccmnc_of(country: str, operator: str) -> str:
    return _CODES.get((country, operator), "")


def _spelled_out(codes: str) -> Iterator[str]:
    for word in codes.split():
        first, _, last = word.partition("-")
        for code in range(int(first), int(last or first) + 1):
            yield str(code)


# Abkhazia numbers itself inside +7 and is priced apart from Russia. ISO 3166-1 gives it no code; AB is the one of the
# Russian classifier of countries (OK 025-2001, 895), which ISO leaves unused.
_PLAN: tuple[tuple[str, Kind, tuple[tuple[str, str], ...]], ...] = (
    (
        "RU",
        "mobile",
        (
            ("", "9"),
            ("MTS", "910-919 978 980-989"),
            ("MTS", "90108 90181 90208 90220 90234 90835 90852 90853 90856 95023 95093 95880-95882"),
            ("BEELINE", "903 905 906 909 960-969"),
            ("BEELINE", "900336-900344 90205-90207 90252 90255 90462 90470 90844 90845 90896-90899"),
            ("BEELINE", "93213-93219 95100-95102 95320-95322"),
            ("MEGAFON", "920-939"),
            ("MEGAFON", "90211 90222 90229 90232 90233 90237 90472 90474 90836 90838-90842 90861 90862"),
            ("MEGAFON", "95088 95845 99111 9963-9966 9969 9990 9991 9994"),
            ("MEGAFON", "99602-99613 99621-99624 99626 99628 99629 99687 99689 99691-99698"),
            ("TELE2", "900-902 904 908 950-953 958 977 991-996"),
            ("TELE2", "93334-93339 98091-98094 99988-99992"),
            ("YOTA", "999"),
            ("MOTIV", "90003 90004 900197-900199 90020 90021 900375-900379 90038 90039 900400-900404"),
            ("MOTIV", "90249 90259 90287 90416 90417 90438 90454 90498 90863 90890-90892"),
            ("MOTIV", "95019 95020 95063-95065 95213 95214 95273 95300 95304 95305 95338 95360 97721-97724"),
            ("SBERMOBILE", "901151 98098 98099"),
            ("MTT", "95841 95842 95846 95848 95860 95861"),
            ("VAINAH", "99580-99582"),
            ("LYCAMOBILE", "99597 995991-995995"),
            ("GLONASS", "941"),
            ("GLOBALSTAR", "954"),
            ("WIN MOBILE", "9789"),
            ("PHOENIX", "949"),
            ("MKS", "959"),
            ("MIRTELECOM", "990"),
        ),
    ),
    ("AB", "mobile", (("", "940"), ("AQUAFON", "9407"), ("A-MOBILE", "9409"))),
    ("AB", "fixed", (("", "840"),)),
    (
        "KZ",
        "mobile",
        (
            ("KCELL", "701 702 775 778"),
            ("BEELINE", "705 706 771 776 777"),
            ("TELE2", "700 707"),
            ("ALTEL", "708 747"),
        ),
    ),
)

# E.212 codes. The first code of a brand in its country is the one it is known by.
_NETWORKS: dict[str, Network] = {
    code: Network(country, operator)
    for country, codes in {
        "RU": {
            "25001": "MTS",
            "25002": "MEGAFON",
            "25099": "BEELINE",
            "25020": "TELE2",
            "25011": "YOTA",
            "25035": "MOTIV",
            "25050": "SBERMOBILE",
            "25062": "TINKOFF",
            "25026": "VTB MOBILE",
            "25027": "LETAI",
            "25008": "VAINAH",
            "25014": "MEGAFON",
            "25016": "MIATEL",
            "25019": "ALFA-MOBILE",
            "25021": "GLOBALSTAR",
            "25022": "VAINAH",
            "25028": "BEELINE",
            "25029": "IRIDIUM",
            "25032": "WIN MOBILE",
            "25033": "SEVMOBILE",
            "25034": "KRYMTELECOM",
            "25039": "ROSTELECOM",
            "25042": "MTT",
            "25045": "GAZPROMBANK MOBILE",
            "25048": "V-TELL",
            "25054": "MIRANDA",
            "25055": "GLONASS",
            "25057": "MATRIX",
            "25060": "VOLNA",
            "25077": "GLONASS",
            "25094": "MIRTELECOM",
            "25096": "PLUS7TELECOM",
            "25097": "PHOENIX",
            "25098": "MKS",
        },
        "AB": {"28967": "AQUAFON", "28988": "A-MOBILE"},
        "AM": {"28301": "TEAM", "28305": "VIVA", "28310": "UCOM"},
        "AZ": {"40001": "AZERCELL", "40002": "BAKCELL", "40004": "NAR", "40006": "NAXTEL"},
        "BY": {"25701": "A1", "25702": "MTS", "25704": "LIFE", "25706": "BECLOUD"},
        "GE": {"28201": "SILKNET", "28202": "MAGTI", "28204": "CELLFIE"},
        "KG": {"43701": "BEELINE", "43705": "MEGA", "43709": "O!"},
        "KZ": {"40101": "BEELINE", "40102": "KCELL", "40107": "ALTEL", "40177": "TELE2"},
        "MD": {"25901": "ORANGE", "25902": "MOLDCELL", "25905": "UNITE", "25915": "IDC"},
        "TJ": {
            "43601": "TCELL",
            "43602": "TCELL",
            "43603": "MEGAFON",
            "43604": "BABILON",
            "43605": "ZET-MOBILE",
        },
        "TM": {"43802": "TMCELL"},
        "UA": {"25501": "VODAFONE", "25503": "KYIVSTAR", "25506": "LIFECELL", "25507": "3MOB"},
        "UZ": {"43404": "BEELINE", "43405": "UCELL", "43407": "MOBIUZ", "43408": "UZMOBILE"},
    }.items()
    for code, operator in codes.items()
}
_CODES: dict[tuple[str, str], str] = {
    (found.country, found.operator): code for code, found in reversed(_NETWORKS.items())
}
