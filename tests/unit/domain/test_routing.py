"""Which way a message takes, and why"""

import pytest

from lotsman.domain.carrier_sender import CarrierSender, SenderBook, SenderState
from lotsman.domain.lane import Member
from lotsman.domain.route import Ask, Match, Route, Step, conditions, parse_match
from lotsman.domain.routing import COST_UNITS, NO_ROUTES, LinkTerms, RoutingTable
from lotsman.domain.service import Service
from lotsman.domain.text_class import TextClass

NOON = 1_700_049_600_000  # 2023-11-15 12:00 UTC


class Fixed:
    """A carrier that takes the same for every part"""

    prefix_length = 0

    def __init__(self, cost):
        self.cost = cost

    def part_cost(self, service, country, operator, msisdn, at):  # noqa: ARG002
        return None if self.cost is None else self.cost * COST_UNITS


def ask(**changes):
    values = {
        "service": Service.SMS, "account_id": 1, "sender": "INFORM", "text_class": TextClass.SINGLE, "country": "RU",
        "operator": "MTS", "msisdn": "79161234567", "part_price": 250, "at": NOON,
    }  # fmt: skip
    return Ask(**values | changes)


def link(id_, *, serves=("sms",), priority=100, enabled=True, senders=None, cost=None):
    terms = SenderBook() if senders is None else senders
    return LinkTerms(
        id_, f"link{id_}", serves, priority, enabled, terms, Fixed(cost) if cost is not None else None
    )


def table(*routes, links=()):
    return RoutingTable(routes, {each.id: each for each in links})


def via(*ids, **rest):
    return (Step(tuple(Member(id_) for id_ in ids), **rest),)


def test_without_routes_everybody_who_serves_it_may_take_it():
    assert NO_ROUTES.lane(ask()) == "sms"
    assert table(links=[link(1)]).lane(ask(service=Service.TWO_WAY)) == "sms"
    assert table(links=[link(1)]).lane(ask(service=Service.HLR)) == "hlr"


def test_what_nobody_serves_waits_if_it_is_worth_waiting_for():
    routing = table(links=[link(1, serves=("ping",))])
    assert routing.lane(ask()) == "sms"
    assert routing.lane(ask(service=Service.VOICE)) == ""
    assert table(links=[link(1, serves=("voice",))]).lane(ask(service=Service.VOICE)) == "voice"


def test_the_first_route_that_matches_decides():
    mts = Route("mts", 10, Match(operators=("MTS",)), via(1))
    rest = Route("rest", 20, Match(), via(2))
    routing = table(rest, mts, links=[link(1), link(2)])
    assert routing.lane(ask()) == "1"
    assert routing.lane(ask(operator="TELE2")) == "2"


@pytest.mark.parametrize(
    ("match", "fault"),
    [
        (Match(services=("hlr",)), "service sms"),
        (Match(countries=("KZ",)), "country RU"),
        (Match(operators=("TELE2",)), "operator MTS"),
        (Match(prefixes=("7900", "7901")), "prefix"),
        (Match(senders=("bank*",)), "sender INFORM"),
        (Match(accounts=(2, 3)), "account 1"),
        (Match(classes=("code",)), "class single"),
        (Match(hours="18:00-21:00 UTC"), "hours 18:00-21:00 UTC"),
        (Match(countries=("RU",), classes=("bulk",)), "class single"),
    ],
)
def test_every_condition_can_rule_a_message_out(match, fault):
    decision = table(Route("r", 1, match, via(1)), links=[link(1)]).decide(ask())
    assert (decision.route, decision.routes[0].fault) == ("", fault)


@pytest.mark.parametrize(
    "match",
    [
        Match(),
        Match(
            services=("hlr", "sms"), countries=("RU",), operators=("MTS",), prefixes=("7916",), accounts=(1,)
        ),
        Match(senders=("in*", "x"), classes=("single",)),
        Match(hours="15:00-15:01 Europe/Moscow"),
        Match(hours="22:00-13:00 UTC"),
    ],
)
def test_a_route_matches_when_all_its_conditions_hold(match):
    assert table(Route("r", 1, match, via(1)), links=[link(1)]).decide(ask()).route == "r"


def test_weights_and_next_steps_are_in_the_plan():
    steps = (Step((Member(1, 70), Member(2, 30))), Step((Member(3),)))
    routing = table(Route("r", 1, Match(), steps), links=[link(1), link(2), link(3)])
    assert routing.lane(ask()) == "1*70,2*30|3"


def test_the_cheapest_goes_first_and_who_has_no_price_last():
    routing = table(
        Route("lcr", 1, Match(), via(1, 2, 3, cheapest=True)),
        links=[link(1, cost=200), link(2, cost=150), link(3)],
    )
    assert routing.lane(ask()) == "2|1|3"


def test_a_link_that_earns_too_little_is_left_out():
    route = Route("lcr", 1, Match(), via(1, 2, cheapest=True), margin=60)
    routing = table(route, links=[link(1, cost=200), link(2, cost=150)])
    assert routing.lane(ask(part_price=250)) == "2"
    left_out = routing.decide(ask(part_price=250)).links[1]
    assert (left_out.name, left_out.fault) == ("link1", "earns 0.5 a part, less than 0.6")
    assert routing.lane(ask(part_price=200)) == "sms"  # the route has no link left


def test_a_route_without_links_refuses():
    decision = table(Route("no", 1, Match(countries=("RU",)), ()), links=[link(1)]).decide(ask())
    assert (decision.lane, decision.route) == ("", "no")


def test_a_route_whose_links_are_all_ruled_out_lets_the_next_decide():
    first = Route("first", 1, Match(), via(1))
    routing = table(first, Route("second", 2, Match(), via(2)), links=[link(1, enabled=False), link(2)])
    decision = routing.decide(ask())
    assert (decision.lane, decision.route) == ("2", "second")
    assert decision.routes[0].fault == "link1: turned off"


def test_a_route_that_is_turned_off_is_not_asked():
    assert table(Route("off", 1, Match(), via(1), enabled=False), links=[link(1)]).lane(ask()) == "sms"


def test_a_link_that_does_not_take_the_sender_is_left_out():
    strict = SenderBook(only_registered=True)
    routing = table(links=[link(1, senders=strict), link(2)])
    assert routing.lane(ask()) == "sms-1"
    assert table(links=[link(1, senders=strict)]).lane(ask()) == ""
    assert table(links=[link(1, senders=strict)]).lane(ask(service=Service.HLR)) == "hlr"


def test_a_way_is_remembered_for_all_that_it_hangs_on():
    """The second question is answered from memory: it must not be another one's answer"""
    routes = [
        Route("prefix", 1, Match(prefixes=("7916",)), via(1)),
        Route("sender", 2, Match(senders=("bank",)), via(2)),
        Route("account", 3, Match(accounts=(5,)), via(3)),
        Route("code", 4, Match(classes=("code",)), via(4)),
        Route("evening", 5, Match(hours="18:00-21:00"), via(5)),
        Route("rest", 9, Match(), via(6)),
    ]
    routing = table(*routes, links=[link(n) for n in range(1, 7)])
    other = {"msisdn": "79001234567"}
    questions = {
        "1": ask(), "2": ask(sender="BANK", **other), "3": ask(account_id=5, **other),
        "4": ask(text_class=TextClass.CODE, **other), "5": ask(at=NOON + 7 * 3_600_000, **other), "6": ask(**other),
    }  # fmt: skip
    for _ in range(2):
        assert {lane: routing.lane(question) for lane, question in questions.items()} == {
            lane: lane for lane in questions
        }


def entry(state, substitute=""):
    return {"inform": CarrierSender(state, substitute)}


@pytest.mark.parametrize(
    ("book", "shown", "fault"),
    [
        (SenderBook(), "INFORM", ""),
        (SenderBook(only_registered=True), "INFORM", "sender INFORM is not registered there"),
        (SenderBook(only_registered=True, substitute="SHARED"), "SHARED", ""),
        (SenderBook(only_registered=True, names=entry(SenderState.REGISTERED)), "INFORM", ""),
        (SenderBook(names=entry(SenderState.REFUSED)), "INFORM", "sender INFORM is refused there"),
        (SenderBook(names=entry(SenderState.REFUSED, "OTHER")), "OTHER", ""),
        (SenderBook(names=entry(SenderState.PENDING)), "INFORM", ""),
        (SenderBook(substitute="SHARED", names=entry(SenderState.PENDING)), "SHARED", ""),
        (
            SenderBook(only_registered=True, names=entry(SenderState.PENDING)),
            "INFORM",
            "sender INFORM is pending there",
        ),
    ],
)
def test_what_a_carrier_makes_of_a_sender(book, shown, fault):
    assert book.outgoing("INFORM") == (shown, fault)


def test_conditions_are_read_from_what_people_write_and_written_back():
    match = parse_match(
        {
            "countries": "ru, kz",
            "operators": ["mts"],
            "senders": "Bank*",
            "accounts": "5,6",
            "hours": "9:00-21:00 Europe/Moscow",
        }
    )
    assert match == Match(
        countries=("RU", "KZ"),
        operators=("MTS",),
        senders=("bank*",),
        accounts=(5, 6),
        hours="9:00-21:00 Europe/Moscow",
    )
    assert parse_match(conditions(match)) == match


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"country": "RU"}, "no condition country"),
        ({"countries": "Russia"}, "no country of two letters"),
        ({"prefixes": "+7916"}, "is no number"),
        ({"services": "fax"}, "no service fax"),
        ({"classes": "otp"}, "no class otp"),
        ({"hours": "9-21 Nowhere/City"}, "hours are written like"),
        ({"hours": "from nine"}, "hours are written like"),
        ({"accounts": "shop"}, "is no number"),
    ],
)
def test_conditions_that_mean_nothing_are_refused(values, says):
    with pytest.raises(ValueError, match=says):
        parse_match(values)


@pytest.mark.parametrize(
    ("service", "parts", "cost"), [(Service.SMS, 3, 300), (Service.HLR, 3, 100), (Service.VIBER, 2, 100)]
)
def test_a_message_costs_its_parts_and_what_has_none_costs_once(service, parts, cost):
    assert link(1, cost=100).message_cost(service, "RU", "", "79161234567", parts, NOON) == cost * COST_UNITS
    assert link(1).message_cost(service, "RU", "", "79161234567", parts, NOON) is None
