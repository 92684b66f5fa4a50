"""The pages tell the truth: what is generated is fresh, what is named exists, every command can be typed."""

import re
import shlex
import shutil
import subprocess
import sys

import pytest
import typer.main
from prometheus_client.metrics import MetricWrapperBase

from architecture.tree import ROOT, SRC, code_lines, pages, shown
from lotsman import metrics
from lotsman.cli.main import app
from lotsman.domain.refusals import Refusal
from lotsman.node.settings import Settings

READMES = ("README.md", "README.ru.md")
GENERATED = ("docs/errors.md", "docs/settings.md", "docs/lifecycle.md", "docs/operations.md")
ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))

each_page = pytest.mark.parametrize("page", pages(), ids=shown)


def read(name):
    return (ROOT / name).read_text("utf-8")


# ---- generated pages -------------------------------------------------------------------------------------------------


def docs_check(root):
    program = [sys.executable, root / "scripts" / "docs.py", "--check"]
    return subprocess.run(program, capture_output=True, text=True, check=False)


def test_generated_pages_are_fresh():
    done = docs_check(ROOT)

    assert done.returncode == 0, f"run `make docs`\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("name", GENERATED)
def test_a_stale_page_is_noticed(name, tmp_path):
    for part in ("docs", "scripts"):
        shutil.copytree(ROOT / part, tmp_path / part)
    page = tmp_path / name
    lines = page.read_text("utf-8").splitlines(keepends=True)
    if name == "docs/operations.md":
        lines = [line for line in lines if not line.startswith("| `lotsman_commit_items`")]
    else:
        lines.append("An older truth.\n")
    page.write_text("".join(lines), "utf-8")

    done = docs_check(tmp_path)

    assert (done.returncode, name in done.stdout) == (1, True)


def test_every_setting_is_documented():
    page = read("docs/settings.md")

    assert [name for name in Settings.model_fields if f"`LOTSMAN_{name.upper()}`" not in page] == []


def test_every_metric_is_documented():
    page = read("docs/operations.md")
    exported = [
        family.name
        for m in vars(metrics).values()
        if isinstance(m, MetricWrapperBase)
        for family in m.collect()
    ]

    assert exported
    assert [name for name in exported if not re.search(rf"`{name}(_total)?`", page)] == []


def test_every_refusal_is_documented():
    page = read("docs/errors.md")

    assert [r.code for r in Refusal if f"| {r.code} | {r.en} | {r.ru} |" not in page] == []


# ---- what pages name -------------------------------------------------------------------------------------------------

_TARGETS = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
_MAKE = re.compile(r"^make +(.+)$")
_LOTSMAN = re.compile(r"^(?:ExecStart=|[A-Z_]+=\S+ +|sudo -u \w+ )*(?:\S*/)?lotsman +(\S.*)$")
_PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)+\.(?:py|md|sh|toml|php|bsl)")
_PLACEHOLDER = re.compile("NAME|NNNN")  # in recipes: a file yet to be written
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def test_make_help_lists_every_target():
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert set(re.findall(r"^  make ([a-z-]+)", done.stdout, re.MULTILINE)) == _TARGETS


@each_page
def test_every_make_command_on_a_page_exists(page):
    asked = [match[1] for line in code_lines(page) if (match := _MAKE.match(line))]

    words = [word for arguments in asked for word in shlex.split(arguments, comments=True)[:1]]

    assert [word for word in words if word not in _TARGETS] == []


@each_page
def test_every_lotsman_command_on_a_page_exists_with_its_options(page):
    asked = [match[1] for line in code_lines(page) if (match := _LOTSMAN.match(line))]

    assert [wrong for arguments in asked if (wrong := what_is_wrong(arguments))] == []


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ("carrier status", ""),
        ("carrier add beeline --host smpp.example --window=50", ""),
        ("serve --role api | tee log", ""),
        ("carrier", ""),
        ("carrier fly", "carrier fly"),
        ("carrier add beeline --hosts smpp.example", "carrier add --hosts"),
    ],
)
def test_a_command_that_does_not_exist_is_noticed(arguments, wrong):
    assert what_is_wrong(arguments) == wrong


def what_is_wrong(arguments):
    """'' or the part of a command line that the program does not know"""
    command, known = typer.main.get_command(app), []
    words = shlex.split(re.split(r" [|>&;]", arguments)[0], comments=True)
    while words and hasattr(command, "commands"):
        known.append(words[0])
        command = command.commands.get(words.pop(0))
        if command is None:
            return " ".join(known)
    options = {"--help", *(option for p in command.params for option in (*p.opts, *p.secondary_opts))}
    unknown = [word for word in words if word.startswith("--") and word.partition("=")[0] not in options]
    return " ".join([*known, *unknown]) if unknown else ""


@each_page
def test_every_file_that_a_page_names_exists(page):
    named = {line.partition(":")[0] for line in code_lines(page)}
    files = {name for name in named if _PATH.fullmatch(name) and not _PLACEHOLDER.search(name)}

    places = (ROOT, SRC, page.parent, ROOT / "docs")
    assert sorted(name for name in files if not any((place / name).exists() for place in places)) == []


@each_page
def test_every_link_on_a_page_leads_somewhere(page):
    links = [
        link for link in _LINK.findall(page.read_text("utf-8")) if "://" not in link and link[:7] != "mailto:"
    ]

    broken = []
    for link in links:
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def anchors(page):
    """The anchors that headings get on the usual sites."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# ---- the READMEs and the decisions -----------------------------------------------------------------------------------


def test_the_readme_shows_the_ways_in():
    commands = " ".join(code_lines(ROOT / "README.md"))

    ways = ("make run", "make test", "make crash", "make bench", "lotsman serve", "lotsman carrier add")
    assert [way for way in ways if way not in commands] == []


def test_both_readmes_show_the_same_commands():
    shell = [
        [
            line
            for line in code_lines(ROOT / name)
            if re.match(r"(make|git|curl|\.venv/bin/lotsman|createdb) ", line)
        ]
        for name in READMES
    ]

    assert shell[0] == shell[1]


def test_both_readmes_have_the_same_sections():
    levels = [re.findall(r"^(#+) ", read(name), re.MULTILINE) for name in READMES]

    assert levels[0] == levels[1]


def test_decisions_are_numbered_without_a_gap():
    assert [int(page.name[:4]) for page in ADRS] == list(range(1, len(ADRS) + 1))


@pytest.mark.parametrize("page", ADRS, ids=lambda page: page.stem)
def test_a_decision_says_why_what_follows_and_what_would_change_our_mind(page):
    headings = re.findall(r"^## (.+)$", page.read_text("utf-8"), re.MULTILINE)

    assert headings == ["Context", "Decision", "Consequences", "What would change our mind"]
