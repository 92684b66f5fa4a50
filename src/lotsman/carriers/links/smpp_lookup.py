"""Look-ups over SMPP: how a number is asked about, and what the answer says. Pure; knows no socket.

No standard says how. Three ways are in use, and each is one word of a link's settings:
    text    the message reads __HLR__ or __PING__ and the receipt has the answer in its text (SMSC.ru and its platform)
    bind    the session was bound with a system_type that makes every submit a look-up; the answer is in vendor TLVs
    silent  a ping that the phone acknowledges and never shows: short message type 0 (3GPP TS 23.040 §9.2.3.9)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lotsman.carriers.links import lookup_text
from lotsman.carriers.links.payloads import payloads
from lotsman.domain.lookup import CODES, NAMES, NOTHING, Attributes, attributes
from lotsman.domain.message import Outgoing
from lotsman.domain.sender_id import is_reserved, ton_npi
from lotsman.domain.service import Service
from lotsman.gsm.segmentation import measure
from lotsman.smpp import commands
from lotsman.smpp.pdu import Sm
from lotsman.smpp.tlv import Tlv

_KINDS: Final = ("text", "number", "bcd")  # of a TLV's value
_INTERNATIONAL: Final = 1  # TON and NPI of a phone number (SMPP 3.4 §5.2.5, §5.2.6)
REFUSED_BY_SMSC_RU: Final = "249"  # err: of a look-up that was not made


@dataclass(frozen=True, slots=True)
class LookupSettings:
    """Settings `lookup` of a link of kind smpp; every one has a default that SMSC.ru takes."""

    hlr: str = "text"  # or bind
    ping: str = "text"  # or silent, bind
    hlr_text: str = "__HLR__"
    hlrvip_text: str = "__HLR__"
    ping_text: str = "__PING__"
    ping_pid: int = 0x40  # of a silent ping: protocol_id; 0x40 is short message type 0
    ping_dcs: int = 0xF4  # data_coding: 8-bit data, class 0. Never 0x10 or 0xF0, which phones show
    ping_body: str = "00"  # octets in hexadecimal; some carriers refuse a message without any
    ping_esm_class: int = 0
    service_type: str = ""  # of look-ups and pings; "" unless the carrier asks for one
    sender: str = ""  # of look-ups and pings; "" is the message's own
    # Tag -> what its value is: "0x1403" -> "mccmnc", or "mccmnc:bcd".
    tlvs: Mapping[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Raises ValueError for what no link can use."""
        if self.hlr not in {"text", "bind"} or self.ping not in {"text", "silent", "bind"}:
            raise ValueError("hlr is text or bind; ping is text, silent or bind")
        if not (0 <= self.ping_pid < 256 and 0 <= self.ping_dcs < 256 and 0 <= self.ping_esm_class < 256):
            raise ValueError("ping_pid, ping_dcs and ping_esm_class are octets: 0 to 255")
        bytes.fromhex(self.ping_body)
        if any(measure(text)[1] > 1 for text in (self.hlr_text, self.hlrvip_text, self.ping_text)):
            raise ValueError("hlr_text, hlrvip_text and ping_text fit into one part each")
        for tag, what in self.tlvs.items():
            name, _, kind = what.partition(":")
            known = name in {*NAMES, *CODES} and (kind or "text") in _KINDS
            if not (known and 0 <= int(tag, 0) < 65_536):
                raise ValueError(
                    f"TLV {tag}={what}: a tag, one of {', '.join((*NAMES, *CODES))}, :number or :bcd"
                )


class Lookups:
    """What one link does about look-ups."""

    def __init__(self, settings: LookupSettings) -> None:
        settings.check()
        self._settings = settings
        self._words = {
            Service.HLR: settings.hlr_text, Service.HLR_VIP: settings.hlrvip_text, Service.PING: settings.ping_text,
        }  # fmt: skip
        self._ping_body = bytes.fromhex(settings.ping_body)
        self._tlvs = {int(tag, 0): what.partition(":")[::2] for tag, what in settings.tlvs.items()}

    def submit(self, message: Outgoing, validity: str, alphabet: str) -> Sm:
        """`alphabet`: what data_coding 0 means to the carrier."""
        s = self._settings
        # A word that chose the service is no name that a carrier knows.
        sender = s.sender or ("" if is_reserved(message.sender) else message.sender)
        source_ton, source_npi = ton_npi(sender)
        sm = Sm(
            commands.SUBMIT_SM,
            service_type=s.service_type,
            source_addr_ton=source_ton if sender else 0,
            source_addr_npi=source_npi if sender else 0,
            source_addr=sender,
            dest_addr_ton=_INTERNATIONAL,
            dest_addr_npi=_INTERNATIONAL,
            destination_addr=message.msisdn,
            validity_period=validity,
            registered_delivery=1,
        )
        way = s.ping if message.service is Service.PING else s.hlr
        if way == "text":
            sm.data_coding, (sm.short_message, *_) = payloads(self._words[message.service], alphabet)
        elif way == "silent":
            sm.protocol_id, sm.data_coding, sm.esm_class = s.ping_pid, s.ping_dcs, s.ping_esm_class
            sm.short_message = self._ping_body
        return sm

    def found(self, text: str, tlvs: tuple[Tlv, ...]) -> Attributes | None:
        """What a receipt says of a number's network; None when it says nothing of it."""
        said = lookup_text.parse(text) if "mcc:" in text or "imsi:" in text else {}
        if self._tlvs:
            for tag, value in tlvs:
                if tag in self._tlvs:
                    name, kind = self._tlvs[tag]
                    said.setdefault(name, _value(kind, value))
        found = attributes(said) if said else NOTHING
        return found if any(found) else None


def _value(kind: str, value: bytes) -> str:
    if kind == "number":
        return str(int.from_bytes(value[:8], "big")) if value else ""
    if kind == "bcd":  # two digits in an octet, the low half first (GSM 04.08 §10.5.1.4)
        digits = "".join(f"{octet & 15:x}{octet >> 4:x}" for octet in value)
        return digits.rstrip("f")
    return value.partition(b"\0")[0].decode("latin-1")
