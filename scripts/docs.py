# ruff: noqa: INP001  a script, not a package
"""Writes the pages of docs/ that repeat what the code says: `make docs`. With --check only says which ones are stale.

In: the catalogue of errors, the settings, the life cycle, the metrics. Out: Markdown, always the same for the same code.
"""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from inspect import getsource
from pathlib import Path
from typing import Any, Final, get_args

from prometheus_client.metrics import MetricWrapperBase
from pydantic.fields import FieldInfo

from lotsman import metrics
from lotsman.carriers.described import describe
from lotsman.carriers.registry import SMPP_ERRORS, settings_of
from lotsman.cli.link_settings import value_of
from lotsman.domain.lifecycle import STATUS, STEPS, Effect, Event, State, is_final
from lotsman.domain.refusals import Refusal
from lotsman.node.settings import Settings

ROOT: Final = Path(__file__).resolve().parent.parent
_WRITTEN: Final = "<!-- Written by `make docs` from {}: change that file, not this one. -->\n\n"


def errors() -> str:
    """docs/errors.md"""
    known = sorted(Refusal, key=lambda refusal: refusal.code)
    rows = [(r.code, r.en, r.ru, r.help_en, r.help_ru) for r in known if not r.obsolete]
    old = [(r.code, r.en, r.ru) for r in known if r.obsolete]
    return (
        _WRITTEN.format("src/lotsman/domain/refusals.py") + "# Errors · Ошибки\n\n"
        "One catalogue for every door, for the command line and for the column `error` of a message. Codes and texts are\n"
        "SMSPilot's, but for those from 800, which are our own limits ([breakers.md](breakers.md)). 600 to 605 say why an accepted message did not arrive. The catalogue is whole: it also holds the codes of\n"
        "what [this version does not do yet](compatibility.md#not-yet).\n\n"
        + _table(("code", "English", "Русский", "What to do", "Что делать"), rows)
        + "\n## No longer answered · Больше не возвращаются\n\n"
        "Kept so that old logs can be read and the numbers are not given anew.\n\n"
        + _table(("code", "English", "Русский"), old)
    )


def settings() -> str:
    """docs/settings.md"""
    rows = [
        (f"`LOTSMAN_{name.upper()}`", _values(field), _default(field.default), field.description)
        for name, field in Settings.model_fields.items()
    ]
    return (
        _WRITTEN.format("src/lotsman/node/settings.py") + "# Settings\n\n"
        "Settings are environment variables; there is no file of settings. A wrong value stops the program with one line that\n"
        "names it. What changes while a node runs (accounts, prices, sender names, links) is not here: it lives in the database\n"
        "and is changed with `lotsman account`, `lotsman sender` and `lotsman carrier`.\n\n"
        + _table(("variable", "values", "default", "meaning"), rows)
    )


def life_cycle() -> str:
    """docs/lifecycle.md"""
    comments = dict(re.findall(r"^    (\w+) = \d+  # (.+)$", getsource(State), re.MULTILINE))
    states = [
        (state.name, state.value, STATUS[state], "yes" if is_final(state) else "", comments[state.name])
        for state in State
    ]
    steps = [
        (before.name, event.name, event.value, made.after.name, _effects(made.effect))
        for (before, event), made in STEPS.items()
    ]
    return (
        _WRITTEN.format("src/lotsman/domain/lifecycle.py") + "# The life of a message\n\n"
        "A transition is in this table or it does not exist: an event that finds no row leaves the message where it is and is\n"
        "noted in its history as `ignored:`. [store/steps.py](../src/lotsman/store/steps.py) makes the moves; CLAIMED alone is made\n"
        "by [store/claims.py](../src/lotsman/store/claims.py). A message begins ([store/messages.py](../src/lotsman/store/messages.py))\n"
        "as ACCEPTED, as SENDING (a link of this node has room: the short way), as DEFERRED (it has a `send_datetime`) or, one\n"
        "bad number among good ones, as REFUSED.\n\n"
        f"```mermaid\n{_diagram()}```\n\n"
        "## States\n\n"
        "Numbers are stored and never reused. *Status* is what the customer sees (API-1 §1.2).\n\n"
        + _table(("state", "stored", "status", "final", "meaning"), states)
        + "\n## Transitions\n\n"
        "*Tell*: the customer is to be told (callbacks are not part of this version). *Refund*: the price goes back, once;\n"
        "a message without a price has nothing to give back.\n\n"
        + _table(("from", "event", "when", "to", "effects"), steps)
    )


def exported_metrics() -> str:
    """The table of metrics in docs/operations.md"""
    found = [metric for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)]
    rows = [
        (
            f"`{metric._name}{'_total' if metric._type == 'counter' else ''}`",  # noqa: SLF001 it has no other way to tell
            metric._type,  # noqa: SLF001
            " ".join(f"`{label}`" for label in metric._labelnames),  # noqa: SLF001
            metric._documentation,  # noqa: SLF001
        )
        for metric in found
    ]
    return _table(("metric", "type", "labels", "meaning"), rows)


def link_settings(kind: str) -> str:
    """The table of all settings of a link of this kind"""
    rows = [
        (f"`{each.name}`", each.kind, _default(value_of(each.default)).replace("|", "\\|"), each.meaning)
        for each in describe(settings_of("", kind))
    ]
    return _table(("setting", "value", "default", "meaning"), rows)


def carrier_errors() -> str:
    """What command_status means by default, in docs/carriers.md"""
    rows = [(f"`{status}`", f"`{answer}`") for status, answer in SMPP_ERRORS.items()]
    return _table(("command_status", "answer"), rows)


PAGES: Final[dict[str, Callable[[], str]]] = {
    "docs/errors.md": errors,
    "docs/settings.md": settings,
    "docs/lifecycle.md": life_cycle,
}
SECTIONS: Final[dict[tuple[str, str], Callable[[], str]]] = {
    ("docs/operations.md", "metrics"): exported_metrics,
    ("docs/carriers.md", "carrier-errors"): carrier_errors,
    ("docs/carriers.md", "carrier-settings"): partial(link_settings, "smpp"),
    ("docs/voice.md", "voice-settings"): partial(link_settings, "voice"),
}


def current(root: Path) -> Iterator[tuple[Path, str]]:
    """Each page as it should be."""
    for name, write in PAGES.items():
        yield root / name, write()
    texts: dict[str, str] = {}
    for (name, section), write in SECTIONS.items():
        start, end = f"<!-- {section}:start -->", f"<!-- {section}:end -->"
        text = texts.get(name) or (root / name).read_text(encoding="utf-8")
        before, found, rest = text.partition(start)
        _, ended, after = rest.partition(end)
        if not found or not ended:
            raise SystemExit(f"{name} has no {start} … {end}")
        texts[name] = f"{before}{start}\n\n{write()}\n{end}{after}"
    for name, text in texts.items():
        yield root / name, text


def stale(root: Path) -> list[tuple[Path, str]]:
    """The pages that differ from what they should be, with what they should be."""
    pages = current(root)
    return [(path, text) for path, text in pages if not path.exists() or path.read_text("utf-8") != text]


def main(arguments: Sequence[str]) -> int:
    check = "--check" in arguments
    found = stale(ROOT)
    for path, text in found:
        if not check:
            path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)} {'is stale: make docs' if check else 'written'}\n")
    return 1 if found and check else 0


# ---- Markdown --------------------------------------------------------------------------------------------------------


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(_cell(value) for value in line) + " |\n" for line in lines)


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _default(value: Any) -> str:
    if value is None or value == "":
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _values(field: FieldInfo) -> str:
    kind = field.annotation
    if choices := [choice for choice in get_args(kind) if isinstance(choice, str)]:
        return ", ".join(f"`{choice}`" for choice in choices)
    if Path in (kind, *get_args(kind)):
        return "path"
    limits = [
        f"{word} {getattr(limit, name)}"
        for limit in field.metadata
        for name, word in (("ge", "from"), ("gt", "above"), ("le", "to"), ("lt", "below"))
        if hasattr(limit, name)
    ]
    words: dict[object, str] = {bool: "`true`, `false`", str: "text"}
    return " ".join(limits) or words[kind]


def _effects(effect: Effect) -> str:
    return ", ".join(
        word for flag, word in ((Effect.CALLBACK, "tell"), (Effect.REFUND, "refund")) if flag in effect
    )


def _diagram() -> str:
    lines = ["stateDiagram-v2\n"]
    lines += [
        f"    [*] --> {s.name}\n" for s in (State.DEFERRED, State.ACCEPTED, State.SENDING, State.REFUSED)
    ]
    edges: dict[tuple[State, State], list[Event]] = {}
    for (before, event), made in STEPS.items():
        edges.setdefault((before, made.after), []).append(event)
    for (before, after), events in edges.items():
        lines.append(f"    {before.name} --> {after.name} : {', '.join(event.name for event in events)}\n")
    lines += [f"    {state.name} --> [*]\n" for state in State if is_final(state)]
    return "".join(lines)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
