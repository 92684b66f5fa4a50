"""The house rules about source that no linter knows: sizes, names, package docstrings, who reads the clock."""

import ast
import re

import pytest

from architecture.tree import ROOT, SRC, modules, name_of, parsed, shown, texts

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
NAMELESS = {"utils", "util", "common", "helpers", "helper", "misc", "base", "core", "manager", "tools", "lib"}
HEADINGS = ("In:", "Out:", "Calls:", "Never:")
# Points in time. Durations (time.monotonic, time.perf_counter) are nobody's business but the measurer's.
CLOCKS = {
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
    ("time", "ctime"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
}
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")


def test_no_file_is_longer_than_400_lines():
    lengths = {name_of(path): path.read_text("utf-8").count("\n") for path in modules()}

    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_longer_than_60_lines():
    long = {
        f"{name_of(path)}:{node.name}": node.end_lineno - node.lineno + 1
        for path in modules()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    }

    assert long == {}


def test_nothing_is_named_by_a_word_that_says_nothing():
    paths = [path for tree in ("src", "tests", "scripts", "bench") for path in (ROOT / tree).rglob("*")]
    named = [shown(p) for p in paths if p.stem in NAMELESS and (p.is_dir() or p.suffix == ".py")]

    assert named == []


@pytest.mark.parametrize(
    "package",
    [path for path in modules() if path.name == "__init__.py" and path.parent != SRC],
    ids=lambda path: name_of(path.parent),
)
def test_a_package_says_what_enters_what_leaves_whom_it_calls_and_what_it_never_does(package):
    said = ast.get_docstring(parsed(package)) or ""

    places = [said.find(heading) for heading in HEADINGS]

    assert -1 not in places, f"missing: {[h for h, at in zip(HEADINGS, places, strict=True) if at < 0]}"
    assert places == sorted(places)


def test_every_module_opens_with_a_docstring():
    assert [name_of(path) for path in modules() if not ast.get_docstring(parsed(path))] == []


def test_only_one_module_reads_the_clock():
    readers = {name_of(path) for path in modules() if reads_the_clock(parsed(path))}

    assert readers == {"node/clock.py"}


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("import time\nat = time.time()", True),
        ("from time import time\nat = time()", True),
        ("import datetime\nat = datetime.datetime.now(datetime.UTC)", True),
        ("from datetime import datetime\nread = datetime.utcnow", True),
        ("from datetime import date\nday = date.today()", True),
        ("import time\nbegan = time.monotonic()", False),
        ("from time import perf_counter\nbegan = perf_counter()", False),
        ("from lotsman.node.clock import now\nat = now()", False),
    ],
)
def test_a_look_at_the_clock_is_recognised(source, reads):
    assert reads_the_clock(ast.parse(source)) is reads


def reads_the_clock(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            if any(("time", alias.name) in CLOCKS for alias in node.names):
                return True
        elif isinstance(node, ast.Attribute):
            owner = node.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if (name, node.attr) in CLOCKS:
                return True
    return False


def test_only_four_modules_write_a_message():
    """store/messages.py inserts it, store/claims.py and store/steps.py move it: nobody else assigns its state.

    store/lookups.py adds what a look-up found.
    """
    writers = {name_of(path) for path in modules() if writes_messages(parsed(path))}

    assert {name for name in writers if "/migrations/" not in name} == {
        "store/messages.py",
        "store/claims.py",
        "store/steps.py",
        "store/lookups.py",
    }


@pytest.mark.parametrize(
    ("source", "writes"),
    [
        ('_S = "UPDATE messages SET state = 2"', True),
        ('_S = f"""\n  UPDATE messages\n  SET state = {State.SENDING:d}"""', True),
        ('_S = "INSERT INTO messages (id) VALUES (1)"', True),
        ('_S = "DELETE FROM messages"', True),
        ("sa.update(messages).values(state=2)", True),
        ("messages.update()", True),
        ("sa.insert(tables.messages)", True),
        ('_S = "UPDATE message_parts SET state = 2"', False),
        ("sa.select(messages.c.state)", False),
        ('"""Updates of messages are made elsewhere."""', False),
    ],
)
def test_a_write_to_messages_is_recognised(source, writes):
    assert writes_messages(ast.parse(source)) is writes


_SQL_WRITE = re.compile(r"(?i)\b(update|insert\s+into|delete\s+from)\s+messages\b")
_WRITES = {"insert", "update", "delete"}


def writes_messages(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL_WRITE.search(node.value):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _WRITES:
            written = (*node.args[:1], node.func.value)  # update(messages), messages.update()
            if "messages" in map(_last_name, written):
                return True
    return False


def _last_name(node):
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def test_nothing_is_left_for_later_without_a_reason():
    found = [
        f"{shown(path)}:{number}"
        for path in texts()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if UNFINISHED.search(line)
    ]

    assert found == []
