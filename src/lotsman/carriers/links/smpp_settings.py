"""Settings of a link of kind smpp: what an operator may say of a carrier. Every one has a default that most carriers take."""

import re
import ssl as tls
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from lotsman.carriers.described import check_types, setting
from lotsman.carriers.links.payloads import ALPHABETS
from lotsman.carriers.links.smpp_errors import ErrorMap, ReceiptErrors
from lotsman.carriers.links.smpp_lookup import LookupSettings
from lotsman.carriers.links.smpp_tlvs import ExtraTlvs

TRANSCEIVER: Final = "transceiver"
TRANSMITTER: Final = "transmitter"
RECEIVER: Final = "receiver"
SEPARATE: Final = "separate"
MODES: Final = (TRANSCEIVER, SEPARATE, TRANSMITTER, RECEIVER)
LONG: Final = ("udh8", "udh16", "sar", "payload")
VALIDITY: Final = ("relative", "absolute", "none")
MOST_BINDS: Final = 64
_TLS_VERSIONS: Final = ("1.2", "1.3")
_ADDRESS: Final = re.compile(r"(\[[^\]/]+\]|[^:/\[\]\s]+)(?::(\d+))?(?:/(\w+))?").fullmatch
_NATIONAL: Final = re.compile(r"([0-9]{1,3})>([0-9]{0,3})").fullmatch


class Address(NamedTuple):
    host: str
    port: int
    mode: str  # one of MODES

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class SmppSettings:
    """JSON of a link's row. `check` says what cannot be used."""

    # fmt: off
    host: str = setting("", "address of the SMSC; several with commas, each with its own port and bind mode if it has them: `a.example:2775,b.example,[2001:db8::1]:2776/receiver`")
    port: int = setting(2775, "port of the addresses that name none")
    bind: str = setting(TRANSCEIVER, "`transceiver`; `separate`: a transmitter and a receiver; `transmitter` or `receiver` alone")
    binds: int = setting(1, "binds to each address, all used at once (of `separate`: pairs)")
    system_id: str = setting("", "login given by the carrier")
    password: str = setting("", "password given by the carrier, at most 8 characters", secret=True)
    system_type: str = setting("", "only if the carrier asks for one")
    interface_version: int = setting(0x34, "what we say we speak: 0x34, or 0x33 to SMSCs that refuse it")
    addr_ton: int = setting(0, "TON of the bind")
    addr_npi: int = setting(0, "NPI of the bind")
    address_range: str = setting("", "numbers whose messages we want, if the carrier asks for it")

    window: int = setting(10, "submits of one bind that may await a response, 1 to 1000")
    rate: float = setting(0.0, "parts (submit_sm) a second of the whole link; 0: as many as the carrier takes")
    sender_rates: Mapping[str, float] = setting({}, "parts a second by sender name; `*`: of each other sender")
    prefix_rates: Mapping[str, float] = setting({}, "parts a second by the beginning of the number; the longest that fits counts")
    submit_timeout: float = setting(60.0, "seconds a submit may stay unanswered; then it is in doubt")
    enquire_every: float = setting(30.0, "seconds of silence before enquire_link")
    reconnect_first: float = setting(1.0, "seconds before the first new attempt to connect; they double")
    reconnect_most: float = setting(60.0, "the longest of these pauses, in seconds")

    tls: bool = setting(False, "connect over TLS")
    tls_verify: bool = setting(True, "check the carrier's certificate and its name")
    tls_name: str = setting("", "the name in its certificate, if it is not the address")
    tls_ca: str = setting("", "file with the carrier's own CA; empty: the system's")
    tls_cert: str = setting("", "file with our certificate, if the carrier asks for one")
    tls_key: str = setting("", "file with its key; empty: in the same file")
    tls_min: str = setting("1.2", "oldest version of TLS: 1.2 or 1.3")

    source_ton: int | None = setting(None, "TON of senders; auto: 5 of a name, 3 of a short number, 1 of others")
    source_npi: int | None = setting(None, "NPI of senders; auto: 1 of a long number, else 0")
    dest_ton: int = setting(1, "TON of the phone")
    dest_npi: int = setting(1, "NPI of the phone")
    number_format: str = setting("plain", "how phones are written: `plain` 79161234567, `plus` +79161234567, or what replaces the country code: `7>8` 89161234567, `7>` 9161234567")

    alphabet: str = setting("gsm", "of what is not Cyrillic: `gsm`, `latin1`, or `ucs2`: the carrier reads nothing else")
    coding_gsm: int = setting(0, "data_coding of texts in the alphabet above")
    coding_ucs2: int = setting(8, "data_coding of UCS-2")
    long: str = setting("udh8", "long texts: `udh8`, `udh16` (headers with an 8 or 16-bit reference), `sar` (sar_ TLVs), `payload` (one submit, message_payload)")
    validity: str = setting("relative", "how the carrier is told how long a message lives: `relative`, `absolute` (UTC), `none`")
    service_type: str = setting("", "service_type of messages")
    protocol_id: int = setting(0, "protocol_id of messages")
    priority_flag: int = setting(0, "priority_flag of messages, 0 to 3")
    registered_delivery: int = setting(1, "which receipts are asked for: 1 all, 2 of failures, 0 none; without them nothing is ever known to be delivered")
    tlvs: Mapping[str, str] = setting({}, "further TLVs: tag -> `text:SHOP`, `cstring:…` (ends with NUL), `hex:0A0B`, `int1:7`, `int2:…`, `int4:…`; {id}, {part}, {parts}, {sender} and {msisdn} are filled in")

    errors: Mapping[str, str] = setting({}, "command_status (name, number, or `*`) -> `slow`, `retry SECONDS`, `next CODE`, `fail CODE`")
    receipt_errors: Mapping[str, int] = setting({}, "err: (or stat:) of a receipt that failed -> our error code")
    serves: Sequence[str] = setting(["sms"], "what it carries: sms, hlr, hlrvip, ping")
    lookup: Mapping[str, Any] = setting({}, "how look-ups are asked (docs/lookups.md)")
    # fmt: on

    def check(self) -> None:
        """Raises ValueError, TypeError for what cannot be used."""
        check_types(self)
        self._check_words()
        self._check_numbers()
        self.addresses()
        national(self.number_format)
        ErrorMap(self.errors)
        ReceiptErrors(self.receipt_errors)
        ExtraTlvs(self.tlvs)
        LookupSettings(**self.lookup).check()
        if self.tls_key and not self.tls_cert:
            raise ValueError("tls_key without tls_cert")

    def addresses(self) -> list[Address]:
        """Where it connects to, each as often as it binds there."""
        found = []
        for written in self.host.split(","):
            match = _ADDRESS(written.strip())
            if match is None:
                raise ValueError(
                    f"host {written.strip()!r}: write ADDRESS, ADDRESS:PORT or ADDRESS:PORT/MODE"
                )
            host, port, mode = match[1].strip("[]"), int(match[2] or self.port), match[3] or self.bind
            if mode not in MODES:
                raise ValueError(f"bind is one of {', '.join(MODES)}; not {mode!r}")
            if not 0 < port < 65_536:
                raise ValueError(f"port {port}: 1 to 65535")
            modes = (TRANSMITTER, RECEIVER) if mode == SEPARATE else (mode,)
            found += [Address(host, port, each) for each in modes for _ in range(self.binds)]
        if len(found) > MOST_BINDS:
            raise ValueError(f"{len(found)} binds: a link has at most {MOST_BINDS}")
        return found

    def _check_words(self) -> None:
        for name, words in (
            ("alphabet", ALPHABETS),
            ("long", LONG),
            ("validity", VALIDITY),
            ("tls_min", _TLS_VERSIONS),
        ):
            if getattr(self, name) not in words:
                raise ValueError(f"{name} is {', '.join(words[:-1])} or {words[-1]}")

    def _check_numbers(self) -> None:
        if not 1 <= self.window <= 1000:
            raise ValueError("window is 1 to 1000")
        if not 1 <= self.binds <= MOST_BINDS:
            raise ValueError(f"binds is 1 to {MOST_BINDS}")
        for name in _OCTETS:
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 255:
                raise ValueError(f"{name} is 0 to 255")
        if not 0 <= self.rate <= 100_000:
            raise ValueError("rate is 0 to 100000 parts a second")
        for name in ("sender_rates", "prefix_rates"):
            for key, rate in getattr(self, name).items():
                if not 0.001 <= rate <= 100_000:
                    raise ValueError(f"{name}: {key}: 0.001 to 100000 parts a second, not {rate}")
        for prefix in self.prefix_rates:
            if not prefix.isdecimal():
                raise ValueError(f"prefix_rates: {prefix!r} is no beginning of a number; digits only")
        for name in ("submit_timeout", "enquire_every", "reconnect_first", "reconnect_most"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is above 0 seconds")
        if len(self.service_type) > 5:
            raise ValueError("service_type has at most 5 characters")


_OCTETS: Final = (
    "interface_version", "addr_ton", "addr_npi", "source_ton", "source_npi", "dest_ton", "dest_npi",
    "coding_gsm", "coding_ucs2", "protocol_id", "priority_flag", "registered_delivery",
)  # fmt: skip


def national(number_format: str) -> tuple[str, str] | None:
    """(country code, what stands in its place) of `7>8`; None of plain and plus."""
    if number_format in {"plain", "plus"}:
        return None
    match = _NATIONAL(number_format)
    if match is None:
        raise ValueError("number_format is plain, plus, or CODE>PREFIX such as 7>8")
    return match[1], match[2]


def tls_context(settings: SmppSettings) -> tls.SSLContext:
    """Made for each connection, so that renewed certificates are read. Raises OSError for files that cannot be."""
    context = tls.create_default_context(cafile=settings.tls_ca or None)
    newest = settings.tls_min == "1.3"
    context.minimum_version = tls.TLSVersion.TLSv1_3 if newest else tls.TLSVersion.TLSv1_2
    if settings.tls_cert:
        context.load_cert_chain(settings.tls_cert, settings.tls_key or None)
    if not settings.tls_verify:
        context.check_hostname = False
        context.verify_mode = tls.CERT_NONE
    return context
