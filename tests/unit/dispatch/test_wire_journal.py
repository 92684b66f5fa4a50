"""The wire journal: what it must still know after its process was killed, and what it must not claim to know."""

import os
import signal
import sys

import pytest

from lotsman.dispatch import wire_journal
from lotsman.dispatch.wire_journal import NodeIsRunning, OnWire, WireJournal

# The fork of a process with threads; the child calls nothing that could hold a lock.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "wire.journal"


def killed_after(path, work):
    """Run `work(journal)` in another process, which then gets SIGKILL in the middle of its life."""
    ready, tell = os.pipe()
    child = os.fork()
    if not child:
        try:
            journal = WireJournal(path)
            journal.clear()
            work(journal)
            os.write(tell, b"!")
            signal.pause()
        finally:
            os._exit(1)
    os.close(tell)
    told = os.read(ready, 1)
    os.close(ready)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert told == b"!"
    assert os.WTERMSIG(status) == signal.SIGKILL


def left_behind(path):
    journal = WireJournal(path)
    try:
        assert journal.believable
        return journal.left_by_predecessor()
    finally:
        journal.close()


def test_a_killed_process_leaves_what_was_on_the_wire(path):
    def work(journal):
        journal.leaving(1_000_001, 1)
        journal.leaving(1_000_002, 1)
        journal.leaving(1_000_002, 2)
        journal.taken(1_000_002, 2, "0A1B2C")

    killed_after(path, work)
    assert left_behind(path) == {
        1_000_001: [OnWire(1, None)],
        1_000_002: [OnWire(1, None), OnWire(2, "0A1B2C")],
    }


def test_what_was_settled_is_not_on_the_wire_any_more(path):
    def work(journal):
        for message_id in range(1, 100):
            journal.leaving(message_id, 1)
            journal.taken(message_id, 1, str(message_id))
        for message_id in range(1, 99):
            journal.settled(message_id, [1])

    killed_after(path, work)
    assert left_behind(path) == {99: [OnWire(1, "99")]}


def test_a_place_that_was_given_up_says_nothing_of_its_former_message(path):
    def work(journal):
        journal.leaving(1, 1)
        journal.taken(1, 1, "an id of seventy octets " * 3)
        journal.settled(1, [1])
        journal.leaving(2, 1)
        journal.leaving(3, 1)
        journal.taken(3, 1, "7")

    killed_after(path, work)
    assert left_behind(path) == {2: [OnWire(1, None)], 3: [OnWire(1, "7")]}


def test_a_part_that_leaves_again_has_no_response_yet(path):
    def work(journal):
        journal.leaving(1, 1)
        journal.taken(1, 1, "first")
        journal.leaving(1, 1)

    killed_after(path, work)
    assert left_behind(path) == {1: [OnWire(1, None)]}


def test_settling_one_message_leaves_the_parts_of_another(path):
    def work(journal):
        for part in (1, 2, 3):
            journal.leaving(1, part)
            journal.leaving(2, part)
        journal.settled(1, range(1, 4))

    killed_after(path, work)
    assert left_behind(path) == {2: [OnWire(1, None), OnWire(2, None), OnWire(3, None)]}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),  # a carrier that gives no id has answered all the same
        ("x" * 65, "x" * 65),  # SMPP 3.4 §5.2.23
        ("x" * 200, "x" * 70),
        ("é-ÿ", "é-ÿ"),
        ("номер", "?????"),
    ],
)
def test_a_response_is_known_whatever_its_id_looks_like(path, given, kept):
    def work(journal):
        journal.leaving(5, 1)
        journal.taken(5, 1, given)

    killed_after(path, work)
    assert left_behind(path) == {5: [OnWire(1, kept)]}


def test_it_holds_more_than_it_was_made_for(path):
    many = 10_000

    def work(journal):
        for message_id in range(1, many + 1):
            journal.leaving(message_id, 1)
        for message_id in range(1, many + 1, 2):
            journal.taken(message_id, 1, f"id{message_id}")

    killed_after(path, work)
    found = left_behind(path)
    assert found == {i: [OnWire(1, f"id{i}" if i % 2 else None)] for i in range(1, many + 1)}


def test_a_grown_journal_is_used_again(path):
    killed_after(path, lambda journal: [journal.leaving(i, 1) for i in range(1, 9_000)])
    grown = path.stat().st_size

    def work(journal):
        for message_id in range(20_001, 29_000):
            journal.leaving(message_id, 1)

    killed_after(path, work)
    assert set(left_behind(path)) == set(range(20_001, 29_000))
    assert path.stat().st_size == grown


def test_a_response_to_a_part_that_never_left_is_ignored(path):
    def work(journal):
        journal.taken(8, 1, "8")
        journal.settled(9, range(1, 4))

    killed_after(path, work)
    assert left_behind(path) == {}


def test_a_fresh_journal_knows_nothing_and_is_not_believed(path):
    journal = WireJournal(path)
    assert not journal.believable
    assert journal.left_by_predecessor() == {}
    journal.close()


def test_a_journal_of_another_boot_is_not_believed(path, monkeypatch):
    killed_after(path, lambda journal: journal.leaving(1, 1))
    monkeypatch.setattr(wire_journal, "_boot_id", lambda: b"00000000-0000-0000-0000-000000000000")
    journal = WireJournal(path)
    assert not journal.believable
    assert journal.left_by_predecessor() == {}
    journal.close()


def test_a_journal_of_another_boot_is_not_believed_by_the_second_start_either(path, monkeypatch):
    """The first start after the boot may die before it has settled everything."""
    killed_after(path, lambda journal: journal.leaving(1, 1))
    monkeypatch.setattr(wire_journal, "_boot_id", lambda: b"00000000-0000-0000-0000-000000000000")
    WireJournal(path).close()  # dies before `clear`
    journal = WireJournal(path)
    assert not journal.believable
    journal.clear()
    journal.close()
    assert left_behind(path) == {}


def test_a_start_that_dies_during_the_rescue_leaves_everything_to_the_next(path):
    killed_after(path, lambda journal: journal.leaving(1, 1))
    for _ in range(2):
        assert left_behind(path) == {1: [OnWire(1, None)]}


def test_nothing_is_left_once_everything_was_dealt_with(path):
    killed_after(path, lambda journal: journal.leaving(1, 1))
    journal = WireJournal(path)
    journal.clear()
    assert journal.left_by_predecessor() == {}
    journal.close()
    assert left_behind(path) == {}


def test_a_second_process_is_told_that_the_directory_is_in_use(path):
    journal = WireJournal(path)
    with pytest.raises(NodeIsRunning, match="in use by another lotsman process"):
        WireJournal(path)
    journal.close()
    WireJournal(path).close()


def test_the_lock_ends_with_the_process_that_held_it(path):
    killed_after(path, lambda _: None)
    WireJournal(path).close()


def test_a_second_process_changes_nothing(path):
    journal = WireJournal(path)
    journal.clear()
    journal.leaving(1, 1)
    with pytest.raises(NodeIsRunning):
        WireJournal(path)
    journal.taken(1, 1, "late")
    journal.close()
    assert left_behind(path) == {1: [OnWire(1, "late")]}


def test_killed_at_any_instant_a_response_is_known_whole_or_not_at_all(path):
    """Traced line by line: at each line of `taken` the file says either no response, or the whole id."""
    journal = WireJournal(path)
    journal.clear()
    journal.leaving(1, 1)
    seen = []

    def look(frame, _event, _arg):
        if frame.f_code.co_name == "taken":
            seen.append(journal._read()[1])
        return look

    sys.settrace(look)
    try:
        journal.taken(1, 1, "0123456789" * 6)
    finally:
        sys.settrace(None)
    journal.close()
    assert len(seen) > 3
    assert {tuple(found) for found in seen} <= {(OnWire(1, None),), (OnWire(1, "0123456789" * 6),)}


def test_a_full_disk_is_an_error_not_the_end_of_the_process(path, monkeypatch):
    journal = WireJournal(path)

    def no_space(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", no_space)
    for message_id in range(1, 4097):
        journal.leaving(message_id, 1)
    with pytest.raises(OSError, match="No space"):
        journal.leaving(4097, 1)
    journal.settled(17, [1])
    journal.leaving(4097, 1)
    journal.close()


@pytest.mark.parametrize("damage", [b"", b"x", b"LOTSMAN1", b"\xff" * 500])
def test_a_damaged_file_is_no_reason_not_to_start(path, damage):
    path.parent.mkdir()
    path.write_bytes(damage)
    journal = WireJournal(path)
    assert not journal.believable
    assert journal.left_by_predecessor() == {}
    journal.clear()
    journal.leaving(1, 1)
    journal.close()
    assert left_behind(path) == {1: [OnWire(1, None)]}
