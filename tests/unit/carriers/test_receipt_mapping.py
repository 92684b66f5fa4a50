from lotsman.carriers.links.smpp_mapping import Reader
from lotsman.carriers.links.smpp_settings import SmppSettings
from lotsman.domain.parts import PartState
from lotsman.smpp import commands
from lotsman.smpp.pdu import ESM_RECEIPT, Sm


def a_receipt(payload):
    pdu = Sm(commands.DELIVER_SM, esm_class=ESM_RECEIPT, source_addr="79161234567", short_message=payload)
    return Reader(SmppSettings("smsc.example"), 7).receipt(pdu, now=1)


def test_fields_that_end_with_nul_lose_it_as_no_database_could_keep_it():
    found = a_receipt(b"id:12AB\0 sub:001 dlvrd:000 stat:UNDELIV\0 err:011\0 text:\0")
    assert (found.smsc_id, found.state, found.carrier_error) == ("12AB", PartState.FAILED, "011")
