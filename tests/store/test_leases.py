"""Nodes, their leases on links, and what they tell of links."""

import asyncio
import threading

import pytest

from lotsman.store import cluster
from lotsman.store.cluster import LeaseWish, LinkRow, LinkStatus, acquire_leases
from lotsman.usecases.configure_carrier import AlreadyThere, add_link, list_links, switch_link
from lotsman.usecases.hold_links import LEASE, hold_links, join, leave, publish
from stand.builders import NOW

SETTINGS = {"host": "127.0.0.1", "port": 2775, "system_id": "demo", "password": "secret"}


def two_nodes(store, other):
    for node, name in ((store, "a"), (other, "b")):
        node.platform.node_id = node.run(join(node.platform, name, NOW))
    return store.platform, other.platform


def links(store, *names):
    return [store.run(add_link(store.platform, name=name, settings=SETTINGS)) for name in names]


def held(store, platform, now):
    return [link.name for link in store.run(hold_links(platform, now)).held]


def test_a_node_keeps_its_number_and_two_nodes_have_different_ones(store, other):
    first, second = store.run(join(store.platform, "a", NOW)), other.run(join(other.platform, "b", NOW))
    assert first != second
    assert store.run(join(store.platform, "a", NOW + 1000)) == first
    assert store.read(cluster.node_names) == {first: "a", second: "b"}


def test_a_link_has_one_holder_at_a_time(store, other):
    here, there = two_nodes(store, other)
    links(store, "tower")
    assert held(store, here, NOW) == ["tower"]
    assert held(store, there, NOW + LEASE) == []
    assert held(store, here, NOW + LEASE) == ["tower"]
    assert held(store, there, NOW + 2 * LEASE) == []


def test_a_silent_holder_loses_its_links_when_the_lease_is_over(store, other):
    here, there = two_nodes(store, other)
    links(store, "tower", "lighthouse")
    assert held(store, here, NOW) == ["tower", "lighthouse"]
    assert held(store, there, NOW + LEASE + 1) == ["tower", "lighthouse"]
    assert held(store, here, NOW + LEASE + 2) == []


def test_a_node_that_stops_gives_its_links_back_at_once(store, other):
    here, there = two_nodes(store, other)
    links(store, "tower")
    held(store, here, NOW)
    store.run(leave(here))
    assert held(store, there, NOW + 1) == ["tower"]
    assert store.read(cluster.dead_nodes, NOW + 1) == [here.node_id]


def test_whoever_stops_keeps_the_leases_of_others(store, other):
    here, there = two_nodes(store, other)
    links(store, "tower")
    held(store, here, NOW)
    other.run(leave(there))
    assert held(store, there, NOW + 1) == []


def test_nodes_that_ask_at_the_same_moment_never_both_win(store, other):
    start, won = threading.Barrier(2), {store: [], other: []}
    names = [f"link:{n}" for n in range(50)]

    def grab(node, node_id):
        start.wait()
        for name in names if node_id == 1 else reversed(names):
            if node.do(acquire_leases, LeaseWish(name, node_id, NOW, NOW + LEASE))[0]:
                won[node].append(name)

    threads = [threading.Thread(target=grab, args=pair) for pair in ((store, 1), (other, 2))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won[store] + won[other]) == sorted(names)


def test_wishes_of_one_group_are_answered_in_their_order(store):
    wishes = [
        LeaseWish(name, node, NOW, NOW + LEASE) for name, node in (("z", 1), ("a", 2), ("z", 2), ("a", 2))
    ]
    assert store.do(acquire_leases, *wishes) == [True, True, False, True]


def test_many_nodes_may_join_an_empty_database_at_the_same_time(store, other):
    async def join_all():
        nodes = [(node.platform, f"node{n}") for n in range(10) for node in (store, other)]
        return await asyncio.gather(
            *(join(platform, f"{name}{id(platform)}", NOW) for platform, name in nodes)
        )

    numbers = store.run(join_all())
    assert len(set(numbers)) == 20


def test_a_disabled_link_is_held_by_nobody(store, other):
    here, _ = two_nodes(store, other)
    links(store, "tower")
    assert store.run(switch_link(here, "tower", enabled=False))
    assert held(store, here, NOW) == []
    assert store.run(switch_link(here, "tower", enabled=True))
    assert held(store, here, NOW) == ["tower"]
    assert not store.run(switch_link(here, "nowhere", enabled=True))


def test_links_come_in_the_order_of_their_priority(store):
    for name, priority in (("reserve", 200), ("first", 1), ("second", 1)):
        store.run(add_link(store.platform, name=name, priority=priority, settings=SETTINGS))
    assert [view.link.name for view in store.run(list_links(store.platform))] == [
        "first",
        "second",
        "reserve",
    ]


def test_a_link_keeps_its_settings_whatever_is_in_them(store):
    settings = SETTINGS | {"password": "п'а\"р\\о{л}ь,😀"}
    [link_id] = store.do(cluster.add_link, LinkRow(0, "tower", "smpp", 5, "resend", settings, enabled=True))
    [row] = store.read(cluster.all_links)
    assert row == LinkRow(link_id, "tower", "smpp", 5, "resend", settings, enabled=True)


def test_a_links_name_is_taken_once(store):
    links(store, "tower")
    with pytest.raises(AlreadyThere, match="tower"):
        links(store, "tower")
    assert len(store.read(cluster.all_links)) == 1


@pytest.mark.parametrize("wrong", [{"in_doubt": "maybe"}, {"settings": SETTINGS | {"window": 0}}])
def test_a_link_that_could_not_work_is_refused(store, wrong):
    with pytest.raises(ValueError, match=r"in-doubt|window"):
        store.run(add_link(store.platform, **({"name": "tower", "settings": SETTINGS} | wrong)))
    assert store.read(cluster.all_links) == []


def test_what_a_node_says_of_a_link_replaces_what_was_said_before(store):
    [link_id] = links(store, "tower")
    [never_run] = store.run(list_links(store.platform))
    assert (never_run.status, never_run.node) == (None, "")
    node_id = store.run(join(store.platform, "a", NOW))
    for state in ("connecting", "bound"):
        told = LinkStatus(link_id, node_id, state, "", 3, 10, NOW)
        store.run(publish(store.platform, [told]))
    [view] = store.run(list_links(store.platform))
    assert (view.status, view.node) == (told, "a")
