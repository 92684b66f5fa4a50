"""Every no that a request can meet, the order in which it meets them, and what a yes looks like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotsman.domain.admission import MOST_RECIPIENTS, Admission, Order, admit, clean
from lotsman.domain.lane import EMULATOR, SMS
from lotsman.domain.message import DEFAULT_TTL
from lotsman.domain.numbering import Numbering
from lotsman.domain.refusals import Refusal
from lotsman.domain.service import Service
from lotsman.domain.text_class import TextClass
from stand.builders import NOW, PHONE, a_phone, an_account, an_order

NUMBERING = Numbering()
LONG = "ы" * 671  # eleven parts
UNSERVED = "33612345678"  # France
NOWHERE = "99900000000"  # E.164 has no such country


def judged(order, account=None):
    return admit(order, account or an_account(), NUMBERING, NOW)


def drafts(order, account=None):
    admission = judged(order, account)
    assert isinstance(admission, Admission)
    return admission.drafts


def errors(*recipients):
    return [draft.error for draft in drafts(an_order("Привет", *recipients))]


# one yes


def test_a_good_request_is_a_draft_with_everything_the_message_needs():
    [draft] = drafts(an_order("Привет", "+7 (916) 123-45-67", sender="INFORM"))
    assert draft._asdict() == {
        "service": Service.SMS, "lane": SMS, "msisdn": PHONE, "sender": "INFORM", "sender_asked": "INFORM",
        "text": "Привет", "parts": 1, "price": 289, "country": "RU", "operator": "MTS", "error": 0, "send_at": None,
        "expires_at": NOW + DEFAULT_TTL, "callback": "", "item_id": "", "unlisted": 0, "text_class": TextClass.SINGLE,
        "minutes": 1,
        "fallback": None, "ip": "", "held": "",
    }  # fmt: skip


def test_the_price_is_that_of_the_parts_of_every_good_row():
    admission = judged(an_order("ы" * 71, a_phone(1), "79021234567", "123", a_phone(1)))
    assert [draft.price for draft in admission.drafts] == [2 * 289, 2 * 250, 0, 0]
    assert (admission.price, admission.parts) == (2 * 289 + 2 * 250, 2 * 2)


def test_a_ttl_counts_from_now_or_from_the_time_to_send():
    [at_once] = drafts(an_order(ttl=60_000))
    [later] = drafts(an_order(ttl=60_000, send_at=NOW + 5_000))
    assert (at_once.send_at, at_once.expires_at) == (None, NOW + 60_000)
    assert (later.send_at, later.expires_at) == (NOW + 5_000, NOW + 65_000)


def test_a_test_goes_to_the_emulators_lane_with_the_price_it_would_have():
    [draft] = drafts(an_order(test=True))
    assert (draft.lane, draft.price) == (EMULATOR, 289)


# the text


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
def test_a_text_is_required(text):
    assert judged(an_order(text)) is Refusal.TEXT_REQUIRED


def test_a_number_is_asked_about_once_however_long_the_text():
    [draft] = drafts(an_order("ы" * 200, sender="HLR"))
    assert (draft.parts, draft.price) == (1, 30)


@pytest.mark.parametrize("sender", ["HLR", "PING", "hlrvip"])
def test_a_look_up_needs_no_text(sender):
    prices = {(service, "", ""): 10 for service in Service}
    [draft] = drafts(an_order("", sender=sender), an_account(prices=prices))
    assert draft.service in {Service.HLR, Service.PING, Service.HLR_VIP}
    assert draft.price == 10


@pytest.mark.parametrize(
    ("text", "parts"), [("ы" * 670, 10), ("y" * 1530, 10), ("ы" * 70, 1), ("y" * 161, 2)]
)
def test_ten_parts_are_taken(text, parts):
    assert [draft.parts for draft in drafts(an_order(text))] == [parts]


@pytest.mark.parametrize("text", ["ы" * 671, "y" * 1531, "€" * 766, "😀" * 331, "x" * 1_000_000])
def test_eleven_parts_are_too_long(text):
    assert judged(an_order(text)) is Refusal.TEXT_TOO_LONG


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Привет", "Привет"),
        ("a\0b", "a?b"),
        ("\ud83d", "?"),
        ("a\udc00b\ud800", "a?b?"),
        ("\ud83d\ude00", "😀"),
        ("😀 ok\r\n\t", "😀 ok\r\n\t"),
    ],
)
def test_what_no_database_keeps_becomes_a_question_mark(text, cleaned):
    assert clean(text) == cleaned
    assert [draft.text for draft in drafts(an_order(text))] == [cleaned]


@given(st.text(st.characters()))
def test_a_cleaned_text_can_be_stored_anywhere_and_cleaning_it_again_changes_nothing(text):
    cleaned = clean(text)
    assert "\0" not in cleaned
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert clean(cleaned) == cleaned


# the recipients


def test_a_recipient_is_required():
    assert judged(Order("Привет", "", [])) is Refusal.PHONE_REQUIRED


@pytest.mark.parametrize(
    ("written", "refusal"),
    [
        ("abc", Refusal.PHONE_INVALID),
        ("", Refusal.PHONE_INVALID),
        ("123", Refusal.PHONE_LENGTH),
        ("791612345678", Refusal.PHONE_LENGTH),
        (NOWHERE, Refusal.PHONE_INVALID),
        (UNSERVED, Refusal.OPERATOR_UNSUPPORTED),
    ],
)
def test_a_request_for_one_bad_number_is_refused_with_its_error(written, refusal):
    assert judged(an_order("Привет", written)) is refusal


def test_a_request_for_bad_numbers_alone_is_refused_with_the_error_of_the_first():
    assert judged(an_order("a", "123", "abc")) is Refusal.PHONE_LENGTH
    assert judged(an_order("a", "abc", "123")) is Refusal.PHONE_INVALID
    assert judged(an_order("a", UNSERVED, "123")) is Refusal.OPERATOR_UNSUPPORTED
    assert judged(an_order("a", "123", UNSERVED)) is Refusal.PHONE_LENGTH


def test_bad_numbers_among_good_ones_are_rows_with_their_errors():
    found = errors("abc", PHONE, "123", UNSERVED, NOWHERE, a_phone(1))
    refusals = [
        Refusal.PHONE_INVALID,
        None,
        Refusal.PHONE_LENGTH,
        Refusal.OPERATOR_UNSUPPORTED,
        Refusal.PHONE_INVALID,
    ]
    assert found == [refusal.code if refusal else 0 for refusal in [*refusals, None]]


def test_a_number_given_twice_is_sent_once_however_it_is_written():
    assert errors(PHONE, "8" + PHONE[1:], "+" + PHONE, a_phone(1)) == [
        0, Refusal.PHONE_DUPLICATED.code, Refusal.PHONE_DUPLICATED.code, 0,
    ]  # fmt: skip


def test_a_bad_number_given_twice_is_bad_twice():
    assert errors("123", "123", PHONE) == [Refusal.PHONE_LENGTH.code, Refusal.PHONE_LENGTH.code, 0]


def test_a_row_that_is_no_number_shows_at_most_twenty_of_its_digits():
    [bad, good] = drafts(an_order("a", "12 wrong 34" + "5" * 50, PHONE))
    assert (bad.msisdn, good.msisdn) == ("1234" + "5" * 16, PHONE)


def test_rows_stay_in_the_order_of_the_request():
    phones = [a_phone(n) for n in (5, 1, 3)]
    assert [draft.msisdn for draft in drafts(an_order("a", phones[0], "bad", *phones[1:]))] == [
        phones[0], "", *phones[1:],
    ]  # fmt: skip


def test_a_request_has_a_limit_of_recipients():
    at_most = [a_phone(n) for n in range(MOST_RECIPIENTS)]
    assert len(drafts(an_order("a", *at_most))) == MOST_RECIPIENTS
    assert judged(an_order("a", *at_most, PHONE)) is Refusal.PHONE_INVALID


# the sender


def test_without_a_sender_the_accounts_own_is_used():
    [draft] = drafts(an_order(), an_account(senders=("FIRST", "SECOND")))
    assert (draft.sender, draft.sender_asked) == ("FIRST", "FIRST")


def test_an_account_without_a_sender_has_to_name_one():
    account = an_account(senders=())
    assert judged(an_order(), account) is Refusal.FROM_REQUIRED
    [draft] = drafts(an_order(sender="ANYTHING"), an_account(senders=(), any_sender=True))
    assert draft.sender == "ANYTHING"


def test_a_look_up_needs_no_sender():
    [draft] = drafts(an_order("HLR"), an_account(senders=()))
    assert (draft.service, draft.sender) == (Service.HLR, "")


@pytest.mark.parametrize("asked", ["inform", "Inform", " INFORM "])
def test_a_registered_sender_may_be_asked_for_in_any_case_and_is_sent_as_registered(asked):
    [draft] = drafts(an_order(sender=asked))
    assert (draft.sender, draft.sender_asked) == ("INFORM", asked)


@pytest.mark.parametrize("asked", ["ab", "twelve_chars", "мир", "my shop", "12345", "INFORM\0", "\ud800bc"])
def test_a_sender_that_no_phone_shows_is_invalid(asked):
    assert judged(an_order(sender=asked)) is Refusal.SENDER_INVALID


@pytest.mark.parametrize("asked", ["OTHER", "79991112233"])
def test_a_sender_of_somebody_else_is_unregistered(asked):
    assert judged(an_order(sender=asked)) is Refusal.SENDER_UNREGISTERED


def test_a_trusted_account_may_use_any_sender_that_a_phone_shows():
    account = an_account(any_sender=True)
    assert [draft.sender for draft in drafts(an_order(sender="OTHER"), account)] == ["OTHER"]
    assert [draft.sender for draft in drafts(an_order(sender="inform"), account)] == ["INFORM"]
    assert judged(an_order(sender="ab"), account) is Refusal.SENDER_INVALID


def test_a_numeric_sender_loses_its_plus():
    account = an_account(senders=("79991112233",))
    assert [draft.sender for draft in drafts(an_order(sender="+79991112233"), account)] == ["79991112233"]


@pytest.mark.parametrize(("asked", "service"), [("golos", Service.VOICE), ("Hlr", Service.HLR)])
def test_a_reserved_word_chooses_the_service_and_needs_no_registration(asked, service):
    [draft] = drafts(an_order("Привет", sender=asked))
    assert (draft.service, draft.sender, draft.sender_asked) == (service, asked.upper(), asked)


def test_a_message_that_can_be_answered_goes_out_from_a_number():
    own = an_account(two_way_numbers=("79021121075", "79020000000"))
    [draft] = drafts(an_order("Придёте?", sender="2way"), own)
    assert (draft.service, draft.sender, draft.sender_asked) == (Service.TWO_WAY, "79021121075", "2way")


def test_without_a_number_nothing_can_be_answered():
    assert admit(an_order(sender="2WAY"), an_account(), NUMBERING, NOW) is Refusal.SENDER_UNREGISTERED


def test_a_text_that_chooses_the_service_leaves_the_sender_alone():
    [draft] = drafts(an_order("PING", sender="inform"))
    assert (draft.service, draft.sender, draft.price) == (Service.PING, "INFORM", 40)
    [unregistered] = drafts(an_order("HLR", sender="whoever"))
    assert unregistered.sender == "INFORM"


def test_a_service_without_a_price_is_not_supported():
    assert judged(an_order("Привет", sender="VIBER")) is Refusal.OPERATOR_UNSUPPORTED


# the order of the checks: the first that fails is the one that is told

WRONG = {
    "text": ({"text": ""}, Refusal.TEXT_REQUIRED),
    "no recipient": ({"recipients": []}, Refusal.PHONE_REQUIRED),
    "length": ({"text": LONG}, Refusal.TEXT_TOO_LONG),
    "numbers": ({"recipients": ["123"]}, Refusal.PHONE_LENGTH),
    "sender's form": ({"sender": "ab"}, Refusal.SENDER_INVALID),
    "sender's right": ({"sender": "OTHER"}, Refusal.SENDER_UNREGISTERED),
    "optional parameter": ({"objection": Refusal.TTL_INVALID}, Refusal.TTL_INVALID),
    "destination": ({"recipients": [UNSERVED]}, Refusal.OPERATOR_UNSUPPORTED),
}


@pytest.mark.parametrize("first", range(len(WRONG)))
@pytest.mark.parametrize("second", range(len(WRONG)))
def test_of_two_faults_the_earlier_check_speaks(first, second):
    faults = list(WRONG.values())
    (earlier, refusal), (later, _) = faults[min(first, second)], faults[max(first, second)]
    order = an_order("Привет", PHONE)._replace(**later)._replace(**earlier)
    assert judged(order) is refusal


# anything


recipients = st.sampled_from([PHONE, a_phone(1), "123", "", "abc", UNSERVED, NOWHERE]) | st.text(max_size=15)
senders = st.sampled_from(["", "INFORM", "inform", "2WAY", "HLR", "ab"]) | st.text(
    st.characters(), max_size=13
)


@given(st.text(st.characters(), max_size=200), st.lists(recipients, max_size=6), senders, st.booleans())
def test_every_request_is_either_priced_or_refused(text, to, sender, test):
    verdict = judged(Order(text, sender, to, test=test))
    if isinstance(verdict, Refusal):
        return
    assert len(verdict.drafts) == len(to)
    good = [draft for draft in verdict.drafts if not draft.error]
    assert good
    assert len({draft.msisdn for draft in good}) == len(good)
    assert verdict.price == sum(draft.price for draft in verdict.drafts)
    assert verdict.parts == sum(draft.parts for draft in good)
    assert all(draft.price == 0 for draft in verdict.drafts if draft.error)
    for draft in verdict.drafts:
        for stored in (draft.text, draft.sender, draft.sender_asked, draft.msisdn):
            assert "\0" not in stored
            stored.encode("utf-8")
