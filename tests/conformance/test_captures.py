"""The renderers write what the original service wrote."""

import pytest

from conformance import captures
from conformance.captures import CAPTURES, Capture
from lotsman.api.v1.answers.render import Style, render
from lotsman.api.v1.answers.shapes import Answer, Failure, Listing
from lotsman.domain.refusals import Refusal


def sent(server_id: str, phone: str, cost: str, balance: str, *, packet: bool = False) -> Listing:
    return Listing(
        "send",
        ("server_id", "phone", "price", "status"),
        [(server_id, phone, cost, "0")],
        value=server_id,
        headline=f"SUCCESS=SMS SENT {cost}/{balance}",
        totals=[("balance", balance), ("cost", cost)],
        trailer=[("server_packet_id", server_id)] if packet else [],
    )


ANSWERS: dict[Capture, Answer] = {
    captures.TEXT_SEND: sent("10000", "79991231212", "4.81", "20006.97"),
    captures.JSON_ERROR: Failure(Refusal.APIKEY_INVALID),
    captures.JSON_SEND: sent("189940538", "7952xxxxxxx", "3.38", "7.00", packet=True),
    captures.JSON_SEND_EMULATED: sent("10000", "79021234567", "1.68", "20006.97"),
}


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda capture: capture.what)
def test_an_answer_is_the_captured_one_to_the_byte(capture):
    content_type, body = render(ANSWERS[capture], Style(capture.format))
    headers = dict(capture.headers)
    assert body == capture.body
    assert content_type == headers.get("Content-Type", content_type)


def test_the_captured_bodies_have_the_length_that_was_captured():
    assert len(captures.TEXT_SEND.body) == 55
    assert len(captures.JSON_ERROR.body) == int(dict(captures.JSON_ERROR.headers)["Content-Length"])
