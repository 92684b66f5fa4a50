import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotsman.simulator import script
from lotsman.simulator.scenario import Play, Scenario, ScenarioError
from lotsman.smpp import commands as c

PHONE = "79161234567"


def plays(*lines):
    return Play(Scenario.parse("\n".join(lines)))


def statuses(play, count, destination=PHONE, now=0.0):
    return [play.answer(destination, now).status for _ in range(count)]


def states(play, count, destination=PHONE):
    return [play.delivery(destination, 0.0).state for _ in range(count)]


# Without a script


def test_an_ordinary_number_gets_its_message_after_half_a_second():
    play = Play(Scenario())
    answer, delivery = play.answer(PHONE, 0.0), play.delivery(PHONE, 0.0)
    assert (answer.status, answer.latency, answer.drop) == (0, 0, False)
    assert (delivery.state, delivery.error, delivery.delay) == ("DELIVRD", "000", 0.5)
    assert (delivery.copies, delivery.text, delivery.tlvs, delivery.early) == (1, True, True, False)


def test_the_last_two_digits_of_a_special_number_tell_its_fate():
    play = Play(Scenario())
    off, lost, mystery = (play.delivery(f"791612345{end}", 0.0) for end in (98, 96, 95))
    assert (off.state, off.error) == ("UNDELIV", "001")
    assert (lost.state, lost.delay) == ("EXPIRED", 3.0)
    assert (mystery.state, mystery.copies) == ("DELIVRD", 0)
    assert play.answer("79161234597", 0.0).status == c.ESME_RINVDSTADR


def test_a_script_goes_before_the_special_numbers_and_may_send_them_away():
    assert states(plays("delivers for 7916*98"), 1, "79161234598") == ["DELIVRD"]
    assert states(plays("delivers for 7916*98"), 1, "79171234598") == ["UNDELIV"]
    play = plays("subscribers ordinary")
    assert statuses(play, 1, "79161234597") == [0]
    assert states(play, 1, "79161234598") == ["DELIVRD"]


# Which messages


def test_for_takes_prefixes_endings_whole_numbers_and_lists():
    play = plays("reject for 7901*, *55,+79161234567")
    refused = {number for number in ("79010000000", "79030000055", PHONE, "79161234568", "7900", "")
               if play.answer(number, 0.0).status}  # fmt: skip
    assert refused == {"79010000000", "79030000055", PHONE}


def test_the_first_line_that_matches_decides():
    play = plays("latency 5s for 7901*", "latency 20ms")
    assert play.answer("79010000000", 0.0).latency == 5.0
    assert play.answer(PHONE, 0.0).latency == 0.02


def test_a_number_means_the_first_so_many_and_then_the_next_line_has_its_turn():
    play = plays("throttle 2", "error ESME_RSYSERR 1")
    assert statuses(play, 5) == [c.ESME_RTHROTTLED, c.ESME_RTHROTTLED, c.ESME_RSYSERR, 0, 0]


def test_every_counts_only_the_messages_it_is_about():
    play = plays("error 0x14 every 3 for 7901*")
    assert statuses(play, 2, "79010000000") == [0, 0]
    assert statuses(play, 5, PHONE) == [0] * 5
    assert statuses(play, 4, "79010000000") == [c.ESME_RMSGQFUL, 0, 0, c.ESME_RMSGQFUL]


def test_above_a_rate_throttles_what_is_too_much_in_one_second():
    play = plays("throttle above 3/s")
    assert statuses(play, 5, now=10.0) == [0, 0, 0, c.ESME_RTHROTTLED, c.ESME_RTHROTTLED]
    assert statuses(play, 1, now=10.9) == [c.ESME_RTHROTTLED]
    assert statuses(play, 4, now=11.0) == [0, 0, 0, c.ESME_RTHROTTLED]


def test_a_share_is_by_chance_and_a_seed_repeats_it():
    first, second, other = (
        statuses(plays(seed, "throttle 25%"), 400) for seed in ("seed 7", "seed 7", "seed 8")
    )
    assert first == second != other
    assert 60 < first.count(c.ESME_RTHROTTLED) < 140


def test_a_refused_message_does_not_count_as_one_that_failed():
    play = plays("throttle 1", "fails UNDELIV 1")
    assert statuses(play, 1) == [c.ESME_RTHROTTLED]
    assert states(play, 2) == ["UNDELIV", "DELIVRD"]


# What the lines say


def test_latency_and_receipt_may_be_ranges():
    play = plays("seed 1", "latency 5..50ms", "receipt 0.5s..2s")
    latencies = [play.answer(PHONE, 0.0).latency for _ in range(50)]
    assert 0.005 <= min(latencies) < max(latencies) <= 0.05
    delays = [play.delivery(PHONE, 0.0).delay for _ in range(50)]
    assert 0.5 <= min(delays) < max(delays) <= 2


def test_no_response_and_drop_take_the_message_and_say_nothing():
    play = plays("no response for 7902*", "drop after 3 submits")
    silent = play.answer("79020000000", 0.0)
    assert (silent.silent, silent.drop) == (True, False)
    assert [play.answer(PHONE, 0.0).drop for _ in range(5)] == [False, False, True, False, False]


def test_drop_every_comes_again_and_again():
    play = plays("drop every 2")
    assert [play.answer(PHONE, 0.0).drop for _ in range(4)] == [False, True, False, True]


def test_accept_makes_exceptions_from_a_rule_below():
    play = plays("accept for 7916*", "error ESME_RX_T_APPN")
    assert statuses(play, 1) == [0]
    assert statuses(play, 1, "79030000000") == [c.ESME_RX_T_APPN]


def test_a_failure_has_a_state_and_an_error():
    delivery = plays("fails rejectd err 0A1 for 7916*").delivery(PHONE, 0.0)
    assert (delivery.state, delivery.error) == ("REJECTD", "0A1")


def test_receipts_may_come_in_many_manners_at_once():
    play = plays("ids hex", "receipt 1s", "receipts late 10s twice as-tlv decimal other-bind for 7916*")
    delivery = play.delivery(PHONE, 0.0)
    assert (delivery.delay, delivery.copies, delivery.id_form) == (11.0, 2, "decimal")
    assert (delivery.text, delivery.tlvs, delivery.other_bind) == (False, True, True)
    usual = play.delivery("79030000000", 0.0)
    assert (usual.delay, usual.copies, usual.id_form, usual.other_bind) == (1.0, 1, "hex", False)


def test_manners_of_several_lines_add_up_as_long_as_they_decide_different_things():
    play = plays("receipts twice every 2", "receipts early for 7916*")
    assert [(d.copies, d.early) for d in (play.delivery(PHONE, 0.0) for _ in range(2))] == [
        (1, True),
        (2, True),
    ]


def test_binds_may_be_refused_for_a_while():
    play = plays("binds ESME_RALYBND 2")
    assert [play.bind(0.0) for _ in range(3)] == [c.ESME_RALYBND, c.ESME_RALYBND, 0]


def test_comments_blank_lines_and_case_do_not_matter():
    play = plays("# a quiet centre", "", "  Throttle 1   # once", "FAILS Expired FOR *1")
    assert statuses(play, 2) == [c.ESME_RTHROTTLED, 0]
    assert states(play, 1, "79161111111") == ["EXPIRED"]


def test_two_performances_of_one_scenario_know_nothing_of_each_other():
    scenario = Scenario.parse("throttle 1")
    assert statuses(Play(scenario), 2) == statuses(Play(scenario), 2) == [c.ESME_RTHROTTLED, 0]


# What cannot be played


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("trottle 3", "a line begins with one of: latency, accept, throttle"),
        ("no answer", "a line begins with one of"),
        ("latency", "expected a time; allowed: latency 20ms | 5..50ms"),
        ("latency 20", "'20' has no unit: ms, s or m"),
        ("latency 50..5ms", "'50..5ms' runs backwards"),
        ("latency soon", "'soon' is no time"),
        ("receipt 1s 2s", "cannot understand '2s'"),
        ("error 0", "'0' is no command_status that refuses"),
        ("error ESME_ROK", "'ESME_ROK' is no command_status that refuses"),
        ("error 0x100000000", "is no command_status that refuses"),
        ("throttle 110%", "cannot understand '110%'"),
        ("throttle every 0", "'0' is not a number, at least 1"),
        ("throttle above 50", "'50' is not a number with /s, at least 1"),
        ("throttle after 3", "cannot understand 'after 3'"),
        ("fails DELIVRD", "'DELIVRD' is no state of a message that failed; allowed: fails ENROUTE | EXPIRED"),
        ("fails UNDELIV err 12345", "'12345': an error code has three letters or digits"),
        ("receipts", "expected how they come; allowed: receipts early | late 10s | lost"),
        ("receipts sideways", "'sideways' is no way to come"),
        ("receipts lost twice", "'twice' contradicts a word before it"),
        ("receipts late", "expected a time"),
        ("ids octal", "'octal' is none of them; allowed: ids decimal | hex | padded | letters | constant"),
        ("seed x", "'x' is no number"),
        ("resend 1..2s", "one time, not a range; allowed: resend 2s"),
        ("reject for", "for '': allowed: for 79001234567"),
        ("reject for seven", "for 'seven'"),
        ("seed 7 for 7901*", "`seed` is not for single numbers"),
        ("binds ESME_RALYBND for 7901*", "`binds` is not for single numbers"),
        ("subscribers none", "'none' is none of them"),
    ],
)
def test_a_bad_line_is_named_and_told_what_is_allowed(line, says):
    with pytest.raises(ScenarioError) as caught:
        Scenario.parse(f"# first\n\n{line}")
    assert str(caught.value).startswith(f"line 3: {line}: ")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("latency 1ms", "latency 1s for 7901*"),
        ("no response", "throttle 3"),
        ("ids hex", "ids decimal"),
        ("receipts twice early", "receipts lost for 7901*"),
        ("delivers", "fails UNDELIV 10%"),
    ],
)
def test_a_line_that_never_has_its_turn_is_an_error(above, below):
    with pytest.raises(ScenarioError, match="never reached, line 1 decides for all"):
        Scenario.parse(f"{above}\n{below}")


def test_a_line_that_still_decides_something_is_none():
    Scenario.parse("receipts twice\nreceipts lost early")
    Scenario.parse("latency 1s for 7901*\nlatency 2s")
    Scenario.parse("throttle 3\nthrottle 10%\nreject")


WORDS = [
    word for usage, _ in script._RULES.values() for word in usage.replace("|", " ").replace("[", " ").split()
]


@given(
    st.lists(st.lists(st.sampled_from(WORDS) | st.text(max_size=4), max_size=6)),
    st.text("0123456789+", max_size=12),
)
def test_any_script_is_played_or_refused_with_the_number_of_its_line(lines, destination):
    text = "\n".join(" ".join(line) for line in lines)
    try:
        play = Play(Scenario.parse(text))
    except ScenarioError as error:
        refusal = str(error)
    else:
        refusal = ""
        for now in range(3):
            answer, delivery = play.answer(destination, now), play.delivery(destination, now)
            assert answer.latency >= 0
            assert delivery.delay >= 0 or delivery.early
    assert not refusal or refusal.startswith("line ")


# Its page

PAGE = Path(__file__).parents[3] / "docs" / "simulator.md"
CELLS = [line.split(" | ")[:2] for line in PAGE.read_text().splitlines() if line.startswith("| ")]
EXAMPLES = [example for cells in CELLS for example in re.findall(r"`([a-z]+ [^`]+)`", cells[-1])]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_page_can_be_played(example):
    Scenario.parse(example)


def test_the_page_has_an_example_of_every_rule():
    assert set(script._RULES) == {
        head for head in script._RULES for example in EXAMPLES if f"{example} ".startswith(f"{head} ")
    }
