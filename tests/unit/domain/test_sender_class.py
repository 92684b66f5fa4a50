import pytest

from lotsman.domain.sender_class import class_of
from lotsman.domain.service import Service

SHARED = frozenset({"inform"})


@pytest.mark.parametrize(
    ("service", "sender", "found"),
    [
        (Service.SMS, "SHOP", "name"),
        (Service.SMS, "Inform", "shared"),
        (Service.SMS, "79021121075", "number"),
        (Service.TWO_WAY, "79021121075", "number"),
        (Service.VOICE, "GOLOS", ""),  # a phone shows no such name
        (Service.HLR, "SHOP", ""),
        (Service.SMS, "", ""),
    ],
)
def test_a_sender_is_of_one_class(service, sender, found):
    assert class_of(service, sender, SHARED) == found
