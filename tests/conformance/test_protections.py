"""Shared senders and moderation, asked of the doors: what the operator does counts for the very next request."""

import pytest

from conformance.the_document import error_texts
from lotsman.domain.moderation import Verdict
from lotsman.domain.service import Service
from lotsman.usecases.configure_tariff import save_tariff
from lotsman.usecases.review_sender import review_sender, share_sender
from lotsman.usecases.review_template import review_template
from stand.doors import KEYS, NOON, PRICES, DoorStand

FORMATS = {
    "text": "ERROR={code}: {EN}",
    "xml": "<error><code>{code}</code><description>{en}</description><description_ru>{ru}</description_ru></error>",
    "json": '{{"error":{{"code":"{code}","description":"{en}","description_ru":"{ru}"}}}}',
    "v": "{en}",
}
TO = "to=79087964781"


@pytest.fixture
def shared(stand: DoorStand):
    """Calls have a price here, too."""
    stand.run(share_sender(stand.platform, "SHARED", shared=True))
    stand.run(save_tariff(stand.platform, "stand", PRICES | {(Service.VOICE, "RU", ""): 500}))
    stand.run(stand.platform.directory.refresh())
    return stand


@pytest.mark.parametrize(
    ("name", "request_", "code"),
    [
        ("no-shared", f"send=Hello&{TO}&from=shared", 226),
        ("by-template", f"send=Скидки&{TO}&from=SHARED", 224),
        ("by-template", f"send=Код:+4711&{TO}&from=GOLOS", 232),
    ],
)
@pytest.mark.parametrize("form", FORMATS)
def test_shared_senders_and_calls_are_refused_in_every_format(shared: DoorStand, name, request_, code, form):
    en, ru = error_texts()[code]
    answer = shared.ask(f"{request_}&format={form}&apikey={KEYS[name]}")
    assert answer.text == FORMATS[form].format(code=code, en=en, ru=ru, EN=en.upper())
    assert shared.stored() == 0


def test_a_shared_name_is_everybodys_without_registering(shared: DoorStand):
    key = KEYS["no-name"]
    assert shared.ask(f"send=Hello&{TO}&from=Shared&fields=sender&apikey={key}").text.endswith("\nSHARED")
    assert shared.ask(f"list=senders&format=json&apikey={key}").text == (
        '{"senders":[{"sender":"SHARED","status":"1","created":""}]}'
    )
    assert shared.ask(f"format=json&apikey={key}").text.endswith('"senders":"SHARED"}')
    shared.run(share_sender(shared.platform, "SHARED", shared=False))
    assert (
        shared.ask(f"send=Hello&{TO}&from=SHARED&apikey={key}").text
        == "ERROR=204: SENDER (FROM) UNREGISTERED"
    )


def test_a_name_may_be_used_as_soon_as_the_operator_says_yes_and_not_after_a_no(stand: DoorStand):
    key = KEYS["customer"]
    stand.ask(f"add_sender=SHOP&description=shop.example&callback=owner@example.com&apikey={key}")
    send = f"send=Hello&{TO}&from=SHOP&format=v&apikey={key}"
    account_id = int(stand.ask(f"apikey={key}").text.splitlines()[1].partition("=")[2])
    answers = [stand.ask(send).text]
    for verdict in (Verdict.APPROVED, Verdict.REFUSED):
        stand.run(review_sender(stand.platform, account_id, "shop", verdict, "", NOON))
        answers.append(stand.ask(send).text)
    assert answers == ["Sender (from) unregistered", "1000001", "Sender (from) unregistered"]
    row = '{"sender":"SHOP","status":"-1","created":"2025-06-15 15:00:00"}'
    assert row in stand.ask(f"list=senders&format=json&apikey={key}").text
    again = stand.ask(f"add_sender=SHOP&description=shop.example&callback=owner@example.com&apikey={key}")
    assert again.text == "SUCCESS=SENDER ADDED"


def test_a_text_may_be_sent_as_soon_as_its_template_is_approved_and_not_after_a_no(stand: DoorStand):
    key = KEYS["by-template"]
    added = stand.ask(f"add_template=Заказ+___+готов&callback=http://example.com/&format=v&apikey={key}")
    send = f"send=Заказ+4711+готов&{TO}&format=v&apikey={key}"
    answers = [stand.ask(send).text]
    for verdict in (Verdict.APPROVED, Verdict.REFUSED):
        stand.run(review_template(stand.platform, int(added.text), verdict, "", NOON))
        answers.append(stand.ask(send).text)
    assert [answer.isdigit() or answer for answer in answers] == ["Spam protection", True, "Spam protection"]


def test_a_quote_knows_what_sending_would_refuse(stand: DoorStand):
    for name, text, to in (("strict", "казино", "79087964781"), ("careful", "Hello", "79087964700"),
                           ("by-template", "Скидки", "79087964781")):  # fmt: skip
        asked = f"send={text}&to={to}&apikey={KEYS[name]}"
        assert stand.ask(f"{asked}&cost=1").text == stand.ask(asked).text
