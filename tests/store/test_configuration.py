"""The configuration as one document: written out, read in, signed for, and taken back."""

import shutil

import pytest

from lotsman.domain import configuration
from lotsman.domain.carrier_sender import SenderState
from lotsman.domain.configuration import KEPT
from lotsman.domain.period import ALWAYS, FOREVER, Period, price_at
from lotsman.domain.price_list import changes
from lotsman.domain.prices import PriceKey
from lotsman.domain.service import Service
from lotsman.store.configuration import Signature
from lotsman.usecases.arrange_senders import set_policy, set_sender
from lotsman.usecases.change_configuration import Outdated, apply_plan, change_history, export, plan, undo
from lotsman.usecases.configure_carrier import add_link, switch_link
from lotsman.usecases.configure_routes import RouteWish, StepWish, delete_route, put_route
from lotsman.usecases.configure_tariff import Whose, find_prices, replace_prices
from lotsman.usecases.edit_words import add_words
from lotsman.usecases.review_sender import share_sender
from stand.builders import NOW
from stand.open_store import OpenStore

SETTINGS = {"host": "10.0.0.1", "password": "secret", "window": 20}


@pytest.fixture
def configured(store):
    platform, run = store.platform, store.run
    platform.signature = Signature("olga", NOW, "by hand")
    store.account()  # and with it a price list
    for name in ("north", "south"):
        run(add_link(platform, name=name, settings=SETTINGS))
    run(set_policy(platform, "north", only_registered=True, substitute="SHARED"))
    run(set_sender(platform, "north", "BANK", SenderState.PENDING, NOW, note="asked"))
    run(
        put_route(
            platform,
            RouteWish("codes", {"classes": "code"}, [StepWish([("north", 7), ("south", 3)])], 5, -10),
        )
    )
    run(put_route(platform, RouteWish("no", {"countries": "SO"}, [])))
    run(add_words(platform, 0, ["casino*"]))
    run(share_sender(platform, "SHARED", shared=True))
    return store


@pytest.fixture
def other_empty(sqlite_template, tmp_path, runner):
    """Another installation"""
    shutil.copy(sqlite_template, tmp_path / "other.db")
    opened = OpenStore(f"sqlite:///{tmp_path}/other.db", runner)
    yield opened
    opened.close()


def everything(store):
    return store.run(export(store.platform, secrets=True))


def apply(store, file):
    async def planned_and_applied():
        found = await plan(store.platform, file)
        await apply_plan(store.platform, found, NOW)
        return [configuration.said(difference) for difference in found.differences]

    return store.run(planned_and_applied())


def test_what_is_exported_changes_nothing_when_it_is_applied(configured):
    for secrets in (True, False):
        assert apply(configured, configured.run(export(configured.platform, secrets=secrets))) == []


def test_secrets_are_not_written_out_and_stay_as_they_are(configured):
    found = configured.run(export(configured.platform))
    assert "secret" not in str(found)
    assert found["carriers"]["north"]["settings"]["password"] == KEPT
    found["carriers"]["north"]["settings"]["window"] = 30
    assert apply(configured, found) == ["carriers.north.settings.window: 20 -> 30"]
    assert everything(configured)["carriers"]["north"]["settings"] == {**SETTINGS, "window": 30}


def test_credentials_of_a_carrier_over_http_are_neither_written_out_nor_said(configured):
    settings = {
        "profile": "json", "url": "https://sms.example/send", "secret": "Geheim-1", "words": {"apikey": "Geheim-2", "login": "Geheim-3"},
        "headers": {"X-Key": "Geheim-4"},
    }  # fmt: skip
    configured.run(add_link(configured.platform, name="pilot", kind="upstream", settings=settings))
    found = configured.run(export(configured.platform))
    assert "Geheim" not in str(found)
    assert apply(configured, found) == []
    assert everything(configured)["carriers"]["pilot"]["settings"] == settings
    wanted = everything(configured)
    wanted["carriers"]["pilot"]["settings"] |= {
        "words": {"apikey": "Geheim-5", "login": "Geheim-6"},
        "headers": {"X-Key": "Geheim-7"},
    }
    said = apply(configured, wanted)
    assert said
    assert "Geheim" not in str(said)


def test_a_file_makes_everything_anew_in_an_empty_installation(configured, other_empty):
    other_empty.account()
    wanted = everything(configured)
    apply(other_empty, wanted)
    assert everything(other_empty) == wanted


def test_a_section_that_is_left_out_is_left_alone_and_one_that_is_there_is_the_whole_truth(configured):
    before = everything(configured)
    said = apply(configured, {"routes": {"rest": {"via": [{"links": {"south": 1}}]}}})
    assert said == ["routes.rest: new", "routes.codes: gone", "routes.no: gone"]
    after = everything(configured)
    assert list(after["routes"]) == ["rest"]
    assert {**after, "routes": None} == {**before, "routes": None}


def test_a_carrier_that_a_file_leaves_out_is_turned_off(configured):
    found = everything(configured)
    del found["carriers"]["south"]
    assert apply(configured, found) == ["carriers.south.enabled: True -> False"]


def test_prices_are_compared_line_by_line(configured):
    found = everything(configured)
    lines = found["tariffs"]["retail"].splitlines()
    changed = lines[1].rpartition(",")[0] + ",99.90"
    found["tariffs"]["retail"] = "\n".join([lines[0], changed, *lines[2:]]) + "\n"
    assert apply(configured, found) == [
        f"tariffs.retail: gone: {lines[1]}",
        f"tariffs.retail: new: {changed}",
    ]


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ({"carrier": {}}, "a configuration has the sections"),
        ([], "a configuration has the sections"),
        ({"carriers": {"x": {"hosts": 1}}}, "carriers.x: no hosts"),
        ({"carriers": {"x": {"settings": {"host": "a", "window": 0}}}}, "carriers.x: window is 1 to 1000"),
        ({"carriers": {"x": {"kind": "pigeon"}}}, "unknown kind 'pigeon'"),
        ({"carriers": {"x": {"priority": "high", "settings": {"host": "a"}}}}, "carriers.x.priority"),
        ({"carriers": {"x": {"in_doubt": "maybe", "settings": {"host": "a"}}}}, "hold or resend"),
        ({"routes": {"r": {"via": [{"links": {"nowhere": 1}}]}}}, "no carrier nowhere"),
        ({"routes": {"r": {"match": {"countries": ["Russia"]}}}}, "no country of two letters"),
        ({"routes": {"r": {"via": [{"links": {"north": 0}}]}}}, "a weight is 1 to 1000"),
        ({"tariffs": {"retail": "nonsense"}}, "tariffs.retail"),
        ({"texts": {"words": "casino"}}, "texts.words"),
    ],
)
def test_a_file_that_cannot_be_is_refused_as_a_whole(configured, file, says):
    before = everything(configured)
    with pytest.raises((ValueError, LookupError), match=says):
        apply(configured, file)
    assert everything(configured) == before


def test_nothing_is_applied_over_what_somebody_changed_meanwhile(configured):
    platform, run = configured.platform, configured.run
    found = run(plan(platform, {"routes": {}}))
    run(delete_route(platform, "no"))
    with pytest.raises(Outdated):
        run(apply_plan(platform, found, NOW))
    assert list(everything(configured)["routes"]) == ["codes"]


def test_every_change_is_signed(configured):
    newest, *older = configured.run(change_history(configured.platform, 50))
    assert (newest.author, newest.what, newest.at) == ("olga", "by hand", NOW)
    assert (newest.before, newest.after) == (
        {"texts": {"shared_senders": []}},
        {"texts": {"shared_senders": ["SHARED"]}},
    )
    assert len(older) == 7
    configured.run(share_sender(configured.platform, "SHARED", shared=True))  # nothing new
    assert configured.run(change_history(configured.platform, 1)) == [newest]


def test_a_change_can_be_taken_back_and_that_too(configured):
    platform, run = configured.platform, configured.run
    before = everything(configured)
    found = everything(configured)
    found["carriers"]["north"]["settings"]["window"] = 50
    del found["routes"]["no"]
    found["texts"]["words"] = []
    apply(configured, found)
    changed = everything(configured)
    [change] = run(change_history(platform, 1))
    assert run(undo(platform, change.id, NOW)).id == change.id
    assert everything(configured) == before
    [undone] = run(change_history(platform, 1))
    assert undone.undoes == change.id
    run(undo(platform, undone.id, NOW))
    assert everything(configured) == changed


def test_what_was_changed_again_since_is_not_taken_back(configured):
    platform, run = configured.platform, configured.run
    run(switch_link(platform, "north", enabled=False))
    [change] = run(change_history(platform, 1))
    run(switch_link(platform, "south", enabled=False))  # another thing
    run(undo(platform, change.id, NOW))
    with pytest.raises(Outdated):
        run(undo(platform, change.id, NOW))
    with pytest.raises(LookupError):
        run(undo(platform, 10_000, NOW))


def test_taking_back_a_new_carrier_turns_it_off(configured):
    platform, run = configured.platform, configured.run
    run(add_link(platform, name="east", settings=SETTINGS))
    [change] = run(change_history(platform, 1))
    run(undo(platform, change.id, NOW))
    assert everything(configured)["carriers"]["east"]["enabled"] is False


def test_what_carriers_take_is_part_of_them(configured):
    text = "service,country,operator,price EUR\nSMS,RU,,0.012345\n"
    found = everything(configured)
    found["carriers"]["north"]["prices"] = text
    found["tariffs"]["euro"] = text.replace("0.012345", "0.02")
    assert apply(configured, found) == [
        f"carriers.north.prices:  -> {text}",
        "tariffs.euro: new: " + text.replace("0.012345", "0.02"),
    ]
    assert everything(configured) == found
    found["tariffs"]["euro"] = found["tariffs"]["euro"].replace("EUR", "USD")
    with pytest.raises(ValueError, match="are in EUR, and stay so; not in USD"):
        apply(configured, found)


def test_prices_that_are_taken_back_come_back_and_what_was_charged_stays(configured):
    platform, run = configured.platform, configured.run
    before = run(find_prices(platform, Whose.TARIFF, "retail")).prices
    new = {PriceKey(Service.SMS, "RU"): [Period(ALWAYS, FOREVER, 777)]}
    run(
        replace_prices(
            platform, Whose.TARIFF, "retail", new, currency="", start=None, now=NOW + 5, apply=True
        )
    )
    [change] = run(change_history(platform, 1))
    assert change.author == "olga"
    run(undo(platform, change.id, NOW + 9))
    after = run(find_prices(platform, Whose.TARIFF, "retail")).prices
    assert list(changes(before, after, NOW + 9)) == []
    assert price_at(after[PriceKey(Service.SMS, "RU")], NOW + 7) == 777
