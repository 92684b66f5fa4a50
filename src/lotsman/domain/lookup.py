"""What a look-up finds out about a number: the eight attributes of API-1 §6.2.

Rule 1: all are texts; a network code keeps its leading zero, and what is not known is "".
Rule 2: carriers are believed about form in nothing: what cannot be an IMSI, a code or a name is left out.
"""

import json
from collections.abc import Mapping
from typing import Final, NamedTuple

from lotsman.domain import networks


class Attributes(NamedTuple):
    imsi: str = ""  # of the SIM card; some carriers cut it after the network's code
    msc: str = ""  # the switching centre that serves it now
    mcc: str = ""  # country and
    mnc: str = ""  # network it is registered in
    cn: str = ""  # their names
    net: str = ""
    rcn: str = ""  # names of the country and
    rnet: str = ""  # of the network it roams in

    @property
    def mccmnc(self) -> str:
        """The network that the number belongs to; "" when it is not known."""
        return self.mcc + self.mnc if self.mcc and self.mnc else ""


NAMES: Final = Attributes._fields
# What some carriers say instead; `attributes` makes the eight out of them.
CODES: Final = ("mccmnc", "rmcc", "rmnc", "rmccmnc")
_DIGITS: Final = {"imsi": 15, "msc": 20, "mcc": 3, "mnc": 3, "mccmnc": 6, "rmcc": 3, "rmnc": 3, "rmccmnc": 6}
_LONGEST_NAME: Final = 100
NOTHING: Final = Attributes()


def attributes(said: Mapping[str, str]) -> Attributes:
    """The attributes as a carrier gave them, by NAMES and CODES; names that it left out come from the codes."""
    known = {name: _clean(name, said.get(name, "")) for name in (*NAMES, *CODES)}
    mcc, mnc = _codes(known["mcc"], known["mnc"], known["mccmnc"])
    if not mcc:
        mcc, mnc = networks.home_of(known["imsi"])
    rmcc, rmnc = _codes(known["rmcc"], known["rmnc"], known["rmccmnc"])
    if (rmcc, rmnc) == (mcc, mnc):
        rmcc = rmnc = ""  # at home
    return Attributes(
        known["imsi"],
        known["msc"],
        mcc,
        mnc,
        known["cn"] or _country(mcc),
        known["net"] or networks.name_of(mcc + mnc),
        known["rcn"] or _country(rmcc),
        known["rnet"] or networks.name_of(rmcc + rmnc),
    )


def load(text: str) -> Attributes:
    """What was kept as JSON; NOTHING for a message that was not, or not yet, answered."""
    if not text:
        return NOTHING
    values = json.loads(text)
    return Attributes(*(str(values.get(name, "")) for name in NAMES))


def told(found: Attributes) -> str:
    """In one line, for people: "Russia, Tele2, imsi 250203122060176, msc 790434"."""
    roams = ", ".join(filter(None, (found.rcn, found.rnet)))
    return ", ".join(
        filter(
            None,
            (
                found.cn,
                found.net,
                f"roaming in {roams}" if roams else "",
                f"imsi {found.imsi}" if found.imsi else "",
                f"msc {found.msc}" if found.msc else "",
            ),
        )
    )


def _clean(name: str, value: str) -> str:
    longest = _DIGITS.get(name)
    if longest is None:
        return " ".join("".join(c if c.isprintable() else " " for c in value).split())[:_LONGEST_NAME]
    digits = value.strip().lstrip("+")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= longest):
        return ""
    return digits.zfill(2) if name.endswith("mnc") else digits


def _codes(mcc: str, mnc: str, joined: str) -> tuple[str, str]:
    if not mcc and len(joined) >= 5:
        mcc, mnc = joined[:3], joined[3:]
    return (mcc, mnc) if len(mcc) == 3 else ("", "")


def _country(mcc: str) -> str:
    country = networks.country_of(mcc)
    return country.name if country else ""
