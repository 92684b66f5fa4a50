"""Taking work from the queue: once, oldest first, and only what is due."""

import asyncio
import threading

from lotsman.domain.carrier_sender import SenderBook
from lotsman.domain.lane import EMULATOR, SMS
from lotsman.domain.lifecycle import State
from lotsman.domain.message import RECEIPT_GRACE
from lotsman.domain.routing import LinkTerms
from lotsman.domain.text_class import TextClass
from lotsman.domain.turns import FIRST_TURNS, walks_of
from lotsman.store import claims
from lotsman.store.claims import Claim, claim, lanes_due
from lotsman.store.submissions import record_submissions
from lotsman.usecases.claim_messages import claim_messages
from stand.builders import NOW, a_draft, a_phone
from stand.open_store import LINK, put_back, taken, unknown
from store.gate import in_transaction

MINUTE = 60_000


def test_a_claimed_message_is_held_by_this_node_for_this_link(store):
    [message_id] = store.accept(store.account(), a_draft(text="Привет", parts=1))
    [outgoing] = store.claim(now=NOW + 5)
    assert (outgoing.id, outgoing.text, outgoing.taken) == (message_id, "Привет", frozenset())
    row = store.message(message_id)
    assert (row["state"], row["node_id"], row["link_id"], row["modified_at"]) == (
        State.SENDING,
        1,
        LINK,
        NOW + 5,
    )
    assert row["due_at"] == row["expires_at"] + RECEIPT_GRACE


def test_nothing_is_claimed_twice(store, other):
    ids = store.accept(store.account(), *(a_draft(a_phone(n)) for n in range(10)))
    first, second = store.claim(4), other.claim(100)
    assert [outgoing.id for outgoing in first + second] == ids
    assert store.claim() == other.claim() == []


def test_the_oldest_go_first_and_within_a_moment_the_first_accepted(store):
    account = store.account()
    late = store.accept(account, a_draft(a_phone(1)), a_draft(a_phone(2)), at=NOW + 2)
    early = store.accept(account, a_draft(a_phone(3)), a_draft(a_phone(4)), at=NOW + 1)
    assert [outgoing.id for outgoing in store.claim(3, now=NOW + 9)] == early + late[:1]
    assert [outgoing.id for outgoing in store.claim(3, now=NOW + 9)] == late[1:]


def test_what_waits_for_its_time_is_not_claimed(store):
    account = store.account()
    store.accept(account, a_draft(send_at=NOW + MINUTE))
    assert store.claim(now=NOW + 2 * MINUTE) == []


def test_what_has_expired_is_not_claimed(store):
    store.accept(store.account(), a_draft(ttl=MINUTE))
    assert store.claim(now=NOW + MINUTE) == []
    assert len(store.claim(now=NOW + MINUTE - 1)) == 1


def test_lanes_do_not_mix(store):
    account = store.account()
    [to_carrier] = store.accept(account, a_draft())
    [to_emulator] = store.accept(account, a_draft(lane=EMULATOR))
    assert [outgoing.id for outgoing in store.claim(lane=EMULATOR)] == [to_emulator]
    assert [outgoing.id for outgoing in store.claim()] == [to_carrier]


def test_a_message_put_back_is_claimed_again_but_not_before_its_time(store):
    [message_id] = store.accept(store.account(), a_draft())
    store.claim()
    assert store.submitted(message_id, put_back(retry_at=NOW + MINUTE)) is State.ACCEPTED
    assert store.claim(now=NOW + MINUTE - 1) == []
    assert [outgoing.id for outgoing in store.claim(now=NOW + MINUTE)] == [message_id]


def test_the_parts_that_the_carrier_has_are_told_to_whoever_sends_the_rest(store):
    [message_id, whole] = store.accept(store.account(), a_draft(parts=3), a_draft(a_phone(2), parts=3))
    store.claim()
    store.submitted(message_id, taken("A", 1), put_back(2), taken("C", 3))
    store.submitted(whole, put_back(1), put_back(2), put_back(3))
    again = {outgoing.id: outgoing.taken for outgoing in store.claim()}
    assert again == {message_id: {1, 3}, whole: frozenset()}


def test_the_doubtful_and_the_submitted_are_never_claimed(store):
    [doubtful, submitted] = store.accept(store.account(), a_draft(), a_draft(a_phone(2)))
    store.claim()
    store.submitted(doubtful, unknown())
    store.submitted(submitted, taken("A"), msisdn=a_phone(2))
    assert store.claim(now=NOW + MINUTE) == []


def test_two_nodes_that_claim_at_the_same_time_share_the_work_without_overlap(store, other):
    """Both ask again and again from threads of their own, until the queue is empty."""
    ids = store.accept(store.account(balance=10_000_000), *(a_draft(a_phone(n)) for n in range(600)))
    hands = {store: [], other: []}
    start = threading.Barrier(2)

    def work(node):
        start.wait()
        while batch := node.claim(13):
            assert [outgoing.id for outgoing in batch] == sorted(outgoing.id for outgoing in batch)
            hands[node] += [outgoing.id for outgoing in batch]

    threads = [threading.Thread(target=work, args=(node,)) for node in hands]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(hands[store] + hands[other]) == ids
    for node, held in hands.items():
        for message_id in held[:20]:
            assert store.message(message_id)["node_id"] == node.node_id


def test_links_that_ask_together_are_served_from_one_queue(store):
    ids = store.accept(store.account(), *(a_draft(a_phone(n)) for n in range(5)))
    wishes = [Claim(link_id, SMS, 2, store.node_id, NOW) for link_id in (1, 2, 3)]
    served = store.do(claim, *wishes)
    assert [[outgoing.id for outgoing in batch.messages] for batch in served] == [ids[:2], ids[2:4], ids[4:]]
    assert [store.message(message_id)["link_id"] for message_id in ids] == [1, 1, 2, 2, 3]


def test_the_verb_claims_for_its_own_node(store, other):
    [message_id] = store.accept(store.account(), a_draft())

    async def claimed():
        answer = asyncio.get_running_loop().create_future()
        claim_messages(other.platform, LINK, SMS, 10, NOW, FIRST_TURNS, answer.set_result)
        return await answer

    assert [outgoing.id for outgoing in other.run(claimed()).messages] == [message_id]
    assert store.message(message_id)["node_id"] == other.node_id


def test_whether_anything_is_due_is_known_without_taking_it(store):
    assert store.read(lanes_due, NOW) == []
    account = store.account()
    for lane in ("7|9", "7|9", SMS):
        store.accept(account, a_draft(lane=lane), at=NOW + MINUTE)
    assert store.read(lanes_due, NOW + MINUTE - 1) == []
    assert store.read(lanes_due, NOW + MINUTE) == ["7|9", SMS]
    store.claim(lane=SMS, now=NOW + MINUTE)
    assert store.read(lanes_due, NOW + MINUTE) == ["7|9"]


def test_a_claim_reads_no_more_than_it_takes_however_many_wait(store, database_kind):
    """The index has them in the order in which they are taken; sorting a million for each claim would be the end."""
    due = claims._DUE
    sqlite = database_kind == "sqlite"
    query = f"EXPLAIN {'QUERY PLAN ' if sqlite else ''}{due._sqlite if sqlite else due._postgresql}"
    if not sqlite:
        query = query.strip()

    def plan(tx):
        return str(tx.cursor.execute(query, (SMS, 1 << 48, NOW, NOW, 500)).fetchall()).lower()

    found = in_transaction(store, plan)
    assert "messages_waiting" in found
    assert "temp b-tree" not in found
    assert "sort" not in found


def test_a_claim_serves_codes_first_and_accounts_in_turn(store):
    bulk, single = store.account(), store.account()
    mailing = [a_draft(a_phone(n), text_class=TextClass.BULK) for n in range(50)]
    bulk_ids = store.accept(bulk, *mailing)
    [own_code] = store.accept(bulk, a_draft(a_phone(60), text_class=TextClass.CODE), at=NOW + 1)
    [other_code] = store.accept(single, a_draft(a_phone(61), text_class=TextClass.CODE), at=NOW + 2)
    [other] = store.accept(single, a_draft(a_phone(62)), at=NOW + 2)
    first = [outgoing.id for outgoing in store.claim(10, now=NOW + 3)]
    assert first == [own_code, other_code, other, *bulk_ids[:7]]


def test_claims_go_on_where_the_last_one_stopped(store):
    accounts = [store.account() for _ in range(5)]
    ids = [store.accept(account, a_draft(), a_draft(a_phone(2))) for account in accounts]
    turns, served = FIRST_TURNS, []
    for _ in range(5):
        [claimed] = store.do(claim, Claim(LINK, SMS, 1, store.node_id, NOW, turns))
        turns = claimed.turns
        served += [outgoing.id for outgoing in claimed.messages]
        assert claimed.more
    assert served == [first for first, _ in ids]


def test_a_claim_says_what_the_link_makes_of_the_sender(store):
    [message_id] = store.accept(store.account(), a_draft())
    book = SenderBook(only_registered=True, substitute="SHARED")
    terms = LinkTerms(LINK, "tower", (SMS,), senders=book)
    [claimed] = store.do(claim, Claim(LINK, SMS, 1, store.node_id, NOW, terms=terms))
    assert [outgoing.sender for outgoing in claimed.messages] == ["SHARED"]
    row = store.message(message_id)
    assert (row["sender"], row["sender_out"]) == ("INFORM", "SHARED")
    # Put back, it forgets what that link made of it.
    store.submitted(message_id, put_back())
    assert [outgoing.sender for outgoing in store.claim()] == ["INFORM"]
    assert store.message(message_id)["sender_out"] == ""


def test_a_message_that_is_passed_on_waits_in_another_lane(store):
    [message_id] = store.accept(store.account(), a_draft(lane="7|9"))
    store.claim(lane="7|9")
    item = store.submission(message_id, put_back())._replace(lane="9")
    assert store.do(record_submissions, item) == [State.ACCEPTED]
    assert store.claim(lane="7|9") == []
    assert [outgoing.lane for outgoing in store.claim(lane="9")] == ["9"]


def test_the_queues_of_a_lane_are_found_without_reading_what_waits_in_them(store, database_kind):
    sqlite = database_kind == "sqlite"
    walks = [(n, SMS, after, last) for n, (after, last) in enumerate(walks_of(FIRST_TURNS))]

    def plan(tx):
        queues = claims._QUEUES
        if sqlite:
            text, values = queues._text(6), [value for walk in walks for value in walk]
        else:
            columns = zip(*walks, strict=True)
            text, values = queues._postgresql, ["{" + ",".join(map(str, column)) + "}" for column in columns]
        explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
        return str(tx.cursor.execute(explain + text, values).fetchall()).lower()

    found = in_transaction(store, plan)
    assert "messages_waiting" in found
    assert "seq scan on messages" not in found
