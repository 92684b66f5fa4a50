"""A message becomes its submit_sm: the settings of a link, read once and made ready.

Rule 1: the concatenation reference comes from the message id, so a part sent again joins the parts sent before.
Rule 2: every part of a message has its place in exactly one submit. A long text in message_payload is one submit that
carries all parts; whoever gets an outcome for it tells it for each.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from lotsman.carriers.links.outbox import Flight
from lotsman.carriers.links.payloads import payloads
from lotsman.carriers.links.smpp_lookup import Lookups
from lotsman.carriers.links.smpp_settings import SmppSettings, national
from lotsman.carriers.links.smpp_tlvs import ExtraTlvs
from lotsman.domain.message import Outgoing
from lotsman.domain.sender_id import ton_npi
from lotsman.domain.service import WITHOUT_TEXT, Service
from lotsman.gsm.segmentation import Encoding, split, split_for_16
from lotsman.gsm.udh import concatenation8, concatenation16
from lotsman.smpp import commands, times, tlv
from lotsman.smpp.pdu import ESM_UDHI, Sm, Tlvs

_SMS: Final = Service.SMS


class Submits:
    def __init__(self, settings: SmppSettings, lookups: Lookups) -> None:
        s = settings
        self._lookups = lookups
        self._alphabet, self._long = s.alphabet, s.long
        self._coding_gsm, self._coding_ucs2 = s.coding_gsm, s.coding_ucs2
        self._source_ton, self._source_npi = s.source_ton, s.source_npi
        self._dest = s.dest_ton, s.dest_npi
        self._number = number_writer(s.number_format)
        self._validity = s.validity
        self._tlvs = ExtraTlvs(s.tlvs)
        self._has_tlvs = bool(s.tlvs)
        self._service_type, self._protocol_id = s.service_type, s.protocol_id
        self._priority_flag, self._registered_delivery = s.priority_flag, s.registered_delivery

    def of(self, message: Outgoing, left: int) -> list[Flight]:
        """A flight for every part that the carrier does not have. `left`: ms until the message expires."""
        validity = self._life(message, left)
        if message.service is not _SMS and message.service in WITHOUT_TEXT:
            return [Flight(message, 1, self._look_up(message, validity))]
        encoding, octets = payloads(message.text, self._alphabet)
        count = len(octets)
        if count == 1:
            if message.taken:
                return []
            return [Flight(message, 1, self._submit(message, 1, encoding, octets[0], validity, 0))]
        if (self._long == "payload" or count > message.parts) and not message.taken:
            return [self._whole(message, encoding, b"".join(octets), validity)]
        if count > message.parts:  # another link sent some of it, cut as it was charged for
            encoding, octets = split(message.text)
            count = len(octets)
        return self._parts(message, encoding, octets, validity)

    def _parts(
        self, message: Outgoing, encoding: Encoding, octets: list[bytes], validity: str
    ) -> list[Flight]:
        count, taken, long = len(octets), message.taken, self._long
        header: Callable[[int, int, int], bytes] = concatenation8
        if long == "udh16" and self._alphabet != "latin1":
            wider = split_for_16(message.text)[1]
            # A 16-bit reference takes room. A text that needs a part more than was charged for gets an 8-bit one.
            if len(wider) == count:
                octets, header = wider, concatenation16
        flights = []
        for part, payload in enumerate(octets, 1):
            if part in taken:
                continue
            if long == "sar":
                sm = self._submit(
                    message, part, encoding, payload, validity, 0, _sar(message.id, count, part)
                )
            else:
                udh = header(message.id, count, part)
                sm = self._submit(message, part, encoding, udh + payload, validity, ESM_UDHI)
            flights.append(Flight(message, part, sm))
        return flights

    def _whole(self, message: Outgoing, encoding: Encoding, octets: bytes, validity: str) -> Flight:
        payload = (tlv.make(tlv.MESSAGE_PAYLOAD, octets),)
        sm = self._submit(message, 1, encoding, b"", validity, 0, payload)
        return Flight(message, 1, sm, tuple(range(2, message.parts + 1)))

    def _submit(
        self,
        message: Outgoing,
        part: int,
        encoding: Encoding,
        octets: bytes,
        validity: str,
        esm_class: int,
        tlvs: Tlvs = (),
    ) -> Sm:
        source_ton, source_npi = ton_npi(message.sender)
        if self._source_ton is not None:
            source_ton = self._source_ton
        if self._source_npi is not None:
            source_npi = self._source_npi
        dest_ton, dest_npi = self._dest
        number = self._number
        return Sm(
            commands.SUBMIT_SM,
            tlvs=tlvs + self._tlvs.of(message, part) if self._has_tlvs else tlvs,
            service_type=self._service_type,
            source_addr_ton=source_ton,
            source_addr_npi=source_npi,
            source_addr=message.sender,
            dest_addr_ton=dest_ton,
            dest_addr_npi=dest_npi,
            destination_addr=message.msisdn if number is None else number(message.msisdn),
            esm_class=esm_class,
            protocol_id=self._protocol_id,
            priority_flag=self._priority_flag,
            validity_period=validity,
            registered_delivery=self._registered_delivery,
            data_coding=self._coding_ucs2 if encoding else self._coding_gsm,  # GSM7 is 0
            short_message=octets,
        )

    def _look_up(self, message: Outgoing, validity: str) -> Sm:
        sm = self._lookups.submit(message, validity, "latin1" if self._alphabet == "latin1" else "gsm")
        if self._number is not None:
            sm.destination_addr = self._number(sm.destination_addr)
        sm.dest_addr_ton, sm.dest_addr_npi = self._dest
        return sm

    def _life(self, message: Outgoing, left: int) -> str:
        if self._validity == "relative":
            return _relative(max(left // 1000, 1))
        return _absolute(message.expires_at // 1000) if self._validity == "absolute" else ""


@lru_cache(maxsize=4096)
def _relative(seconds: int) -> str:
    return times.relative(seconds * 1000)


@lru_cache(maxsize=4096)
def _absolute(seconds: int) -> str:
    return times.absolute(seconds * 1000)


def _sar(reference: int, count: int, part: int) -> Tlvs:  # SMPP 3.4 §5.3.2.22 to 24
    return (
        tlv.make(tlv.SAR_MSG_REF_NUM, reference & 0xFFFF),
        tlv.make(tlv.SAR_TOTAL_SEGMENTS, count),
        tlv.make(tlv.SAR_SEGMENT_SEQNUM, part),
    )


def number_writer(number_format: str) -> Callable[[str], str] | None:
    """How a carrier wants phones written; None: as they are."""
    if number_format == "plain":
        return None
    replaced = national(number_format)
    if replaced is None:
        return lambda msisdn: f"+{msisdn}"
    code, prefix = replaced
    return lambda msisdn: prefix + msisdn.removeprefix(code) if msisdn.startswith(code) else msisdn


def number_reader(number_format: str) -> Callable[[str], str] | None:
    """The way back: a phone as receipts and answers name it, without its plus -> its msisdn; None: as it is."""
    replaced = national(number_format)
    if replaced is None:
        return None
    code, prefix = replaced

    def read(number: str) -> str:
        # A national number is no longer than ten digits; what is longer has its country code.
        if number.isdecimal() and number.startswith(prefix) and len(number) - len(prefix) == _NATIONAL_DIGITS:
            return code + number.removeprefix(prefix)
        return number

    return read


_NATIONAL_DIGITS: Final = 10
