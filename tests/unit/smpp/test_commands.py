import pytest

from lotsman.smpp import commands as c
from lotsman.smpp.commands import command_name, status_name
from lotsman.smpp.fields import FIELDS


def test_commands_and_statuses_are_named_as_in_the_standard():
    assert command_name(0x00000004) == "submit_sm"
    assert command_name(0x80000009) == "bind_transceiver_resp"
    assert command_name(0x80000000) == "generic_nack"
    assert status_name(0x58) == "ESME_RTHROTTLED"
    assert status_name(0x00) == "ESME_ROK"


@pytest.mark.parametrize("name_of", [command_name, status_name])
def test_a_value_of_no_table_is_named_by_its_number(name_of):
    assert name_of(0x00010200) == "0x00010200"
    assert name_of(0xFFFFFFFF) == "0xFFFFFFFF"


def test_every_command_has_its_fields():
    assert set(c.COMMAND_NAMES) == set(FIELDS)


def test_every_request_but_two_has_a_response():
    requests = {command for command in FIELDS if not c.is_response(command)}
    assert {command for command in requests if command | c.RESPONSE not in FIELDS} == c.WITHOUT_RESPONSE
