from lotsman.domain.msisdn import parse
from lotsman.domain.numbering import Numbering
from lotsman.domain.packet import Packet
from lotsman.domain.refusals import Refusal
from stand.builders import NOW, PHONE, a_phone, an_account, an_order

NUMBERING = Numbering()


def judged(*orders, account=None):
    packet = Packet(account or an_account(), NUMBERING, NOW)
    for order in orders:
        packet.add(order)
    return packet.admission


def errors(admission):
    return [draft.error for draft in admission.drafts]


def test_each_order_is_judged_for_itself_and_all_are_priced_together():
    admission = judged(an_order("Один"), an_order("Я" * 71, "79001234567"), an_order("", a_phone(2)))
    assert errors(admission) == [0, 0, Refusal.TEXT_REQUIRED.code]
    assert (admission.price, admission.parts) == (289 + 2 * 250, 1 + 2)


def test_what_api_2_calls_otherwise_has_its_own_code():
    nobody = an_order()._replace(recipients=())
    assert errors(judged(nobody)) == [Refusal.TO_REQUIRED.code]
    assert errors(judged(an_order(sender="no good!"))) == [Refusal.FROM_INVALID.code]
    assert errors(judged(an_order(), account=an_account(senders=()))) == [Refusal.FROM_REQUIRED.code]


def test_a_row_that_is_refused_shows_what_it_was_and_costs_nothing():
    (draft,) = judged(an_order("Привет", "8 (916) 123-45-67", sender="Stranger", item_id="7")).drafts
    assert draft.error == Refusal.SENDER_UNREGISTERED.code
    assert (draft.msisdn, draft.sender, draft.sender_asked, draft.text) == (
        "79161234567", "", "Stranger", "Привет",
    )  # fmt: skip
    assert (draft.price, draft.parts, draft.item_id) == (0, 0, "7")


def test_of_a_text_that_nobody_will_send_only_a_beginning_is_kept():
    (draft,) = judged(an_order("Я" * 10_000, sender="x" * 10_000)).drafts
    assert draft.error == Refusal.TEXT_TOO_LONG.code
    assert len(draft.text) == 2_000
    assert len(draft.sender_asked) == 64


def test_the_same_message_again_is_a_duplicate_and_another_text_to_the_same_number_is_not():
    admission = judged(an_order("Один"), an_order("Два"), an_order("Один", "+" + PHONE))
    assert errors(admission) == [0, 0, Refusal.PHONE_DUPLICATED.code]
    assert admission.price == 2 * 289


def test_the_same_text_at_another_time_is_no_duplicate():
    later = an_order(send_at=NOW + 60_000)
    assert errors(judged(an_order(), later, later)) == [0, 0, Refusal.PHONE_DUPLICATED.code]


def test_only_what_leaves_at_once_needs_room_on_a_link():
    admission = judged(an_order("Один"), an_order("Два", send_at=NOW + 60_000))
    assert (admission.price, admission.parts) == (2 * 289, 1)


def test_a_list_of_numbers_is_a_draft_for_each_of_them():
    admission = judged(an_order("Привет", PHONE, "123", PHONE))
    assert errors(admission) == [0, Refusal.PHONE_LENGTH.code, Refusal.PHONE_DUPLICATED.code]
    assert errors(judged(an_order("", PHONE, "123"))) == [Refusal.TEXT_REQUIRED.code] * 2


def test_a_packet_without_one_good_order_is_accepted_and_free():
    admission = judged(an_order(""), an_order("Привет", "x"))
    assert errors(admission) == [Refusal.TEXT_REQUIRED.code, Refusal.PHONE_INVALID.code]
    assert (admission.price, admission.parts) == (0, 0)


def test_numbers_of_refused_rows_are_phones_or_digits():
    admission = judged(*(an_order("", to) for to in ("89161234567", "1-2-3 x", "abc")))
    assert [draft.msisdn for draft in admission.drafts] == [parse("89161234567"), "123", ""]
