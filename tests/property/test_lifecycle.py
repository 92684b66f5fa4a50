"""Whatever happens to a message, in whatever order: its life ends once, and its price comes back at most once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotsman.domain.lifecycle import STEPS, Effect, Event, State, is_final, step
from lotsman.domain.parts import Outcome, PartState, fold_outcomes, fold_receipts

BEGINNINGS = [State.DEFERRED, State.ACCEPTED, State.SENDING, State.REFUSED]
BY_TIME = [Event.DUE, Event.EXPIRED]
WAITING = [state for state in State if not is_final(state)]

lives = st.tuples(st.sampled_from(BEGINNINGS), st.lists(st.sampled_from(Event), max_size=40))
# Of messages that have no other way: one with two takes it once (tests/store/test_fallbacks.py).
one_way = st.tuples(
    st.sampled_from(BEGINNINGS),
    st.lists(st.sampled_from([event for event in Event if event is not Event.FALL_BACK]), max_size=40),
)


def live(state, events):
    """The steps that a message makes."""
    made = []
    for event in events:
        each = step(state, event)
        if each is not None:
            made.append((state, event, each))
            state = each.after
    return made


@given(lives)
def test_a_final_state_never_moves(life):
    assert not [before for before, _, _ in live(*life) if is_final(before)]


@given(lives)
def test_a_price_comes_back_at_most_once_and_then_the_message_is_over(life):
    made = live(*life)
    refunds = [n for n, (_, _, each) in enumerate(made) if Effect.REFUND in each.effect]
    assert refunds in ([], [len(made) - 1])


@given(lives)
def test_what_was_delivered_is_never_paid_back(life):
    made = live(*life)
    if made and made[-1][2].after is State.DELIVERED:
        assert not [each for _, _, each in made if Effect.REFUND in each.effect]


@given(lives)
def test_every_end_is_told(life):
    for _, _, each in live(*life):
        assert not is_final(each.after) or Effect.CALLBACK in each.effect


@given(lives)
def test_every_change_that_a_customer_can_see_is_told(life):
    from lotsman.domain.lifecycle import STATUS

    for before, _, each in live(*life):
        assert STATUS[before] == STATUS[each.after] or Effect.CALLBACK in each.effect


@given(one_way)
def test_what_a_carrier_took_is_never_sent_again(life):
    made = live(*life)
    taken = next((n for n, (_, _, each) in enumerate(made) if each.after is State.SUBMITTED), None)
    if taken is not None:
        after = {each.after for _, _, each in made[taken:]}
        assert not after & {State.ACCEPTED, State.SENDING, State.DEFERRED}


@given(one_way)
def test_what_may_be_on_the_phone_is_never_sent_again_by_the_life_cycle_alone(life):
    """From a doubt no way leads back to the queue; sending again is the link's say, before the doubt."""
    seen_doubt = False
    for before, _, each in live(*life):
        seen_doubt = seen_doubt or before is State.UNCERTAIN
        assert not (seen_doubt and each.after in {State.ACCEPTED, State.SENDING})


@pytest.mark.parametrize("state", WAITING)
def test_time_alone_ends_every_waiting_state(state):
    for _ in range(3):
        reached = [made.after for made in (step(state, event) for event in (*BY_TIME, Event.LOST)) if made]
        assert reached, f"nothing but luck moves a {state.name} message"
        state = max(reached)
        if is_final(state):
            return
    pytest.fail("three deadlines did not end it")


def test_no_step_goes_round_without_a_carrier():
    """The only way back is PUT_BACK, which a carrier's answer causes, and once FALL_BACK, to the other carrier."""
    back = {event for (before, event), made in STEPS.items() if made.after <= before}
    assert back == {Event.PUT_BACK, Event.TAKEN, Event.FALL_BACK}
    assert STEPS[State.UNCERTAIN, Event.TAKEN].after is State.SUBMITTED


# A part is passed on before outcomes are folded: it is put back, or turned down when nobody is left.
FOLDED = [outcome for outcome in Outcome if outcome is not Outcome.PASS_ON]
outcomes = st.lists(st.sampled_from(FOLDED), min_size=1, max_size=10)


@given(outcomes)
def test_the_outcomes_of_parts_are_always_steps_of_a_message_that_is_being_sent(parts):
    state = State.SENDING
    for event in fold_outcomes(parts):
        made = step(state, event)
        assert made is not None
        state = made.after


@given(outcomes)
def test_a_price_comes_back_only_where_no_part_may_have_reached_the_phone(parts):
    state, refunded = State.SENDING, False
    for event in fold_outcomes(parts):
        made = step(state, event)
        refunded = refunded or Effect.REFUND in made.effect
        state = made.after
    assert refunded == (
        Outcome.TAKEN not in parts
        and Outcome.UNKNOWN not in parts
        and not all(p in {Outcome.PUT_BACK, Outcome.PASS_ON} for p in parts)
    )


@given(outcomes, st.randoms())
def test_the_order_of_the_answers_does_not_matter(parts, random):
    shuffled = random.sample(parts, len(parts))
    assert fold_outcomes(shuffled) == fold_outcomes(parts)


@given(st.lists(st.sampled_from(PartState), max_size=10), st.integers(1, 10))
def test_receipts_end_a_message_when_all_is_well_or_one_is_not(parts, expected):
    event = fold_receipts(parts, expected)
    if PartState.FAILED in parts or PartState.REFUSED in parts:
        assert event is Event.RECEIPT_BAD
    elif len(parts) >= expected and set(parts) == {PartState.DELIVERED}:
        assert event is Event.RECEIPT_GOOD
    else:
        assert event is None
