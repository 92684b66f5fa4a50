"""The configuration as a document: export, compare, apply; who changed what, and taking it back."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lotsman.carriers.registry import check_settings, services
from lotsman.domain import price_list
from lotsman.domain.configuration import (
    CARRIERS,
    ROUTES,
    TARIFFS,
    Difference,
    Objects,
    differences,
    masked,
    touched,
    wanted,
)
from lotsman.domain.route import parse_match
from lotsman.store import configuration
from lotsman.store.configuration import ChangeRow, Outdated, Wish
from lotsman.usecases import Platform

__all__ = ["ChangeRow", "Outdated", "Plan", "apply_plan", "change_history", "export", "plan", "undo"]


class Plan(NamedTuple):
    """What a file would change."""

    before: Objects
    after: Objects

    @property
    def differences(self) -> Sequence[Difference]:
        return list(differences(self.before, self.after))


async def export(platform: Platform, *, secrets: bool = False) -> Objects:
    found = await platform.database.read(configuration.snapshot)
    return found if secrets else masked(found)


async def plan(platform: Platform, file: Mapping[str, Any]) -> Plan:
    """Raises ValueError or LookupError, with the place in the file, for what cannot be."""
    now = await platform.database.read(configuration.snapshot)
    after = wanted(now, file)
    for name, carrier in after.get(CARRIERS, {}).items():
        _check_carrier(name, carrier)
    links = {*now[CARRIERS], *after.get(CARRIERS, {})}
    for name, route in after.get(ROUTES, {}).items():
        if route is not None:
            _check_route(name, route, links)
    for name, prices in after.get(TARIFFS, {}).items():
        if prices is not None:
            _within(f"{TARIFFS}.{name}", price_list.read, prices)
    return Plan(touched(now, after), after)


async def apply_plan(platform: Platform, found: Plan, now: int) -> None:
    """All of it in one transaction. Raises Outdated when the same was changed since it was planned."""
    if found.after:
        await platform.change(configuration.apply, Wish(found.before, found.after, now))


async def change_history(platform: Platform, most: int) -> list[ChangeRow]:
    """The newest first."""
    return await platform.database.read(configuration.history, most)


async def undo(platform: Platform, change_id: int, now: int) -> ChangeRow:
    """Make everything that a change touched what it was before. Raises LookupError, or Outdated when it was changed since."""
    change = await platform.database.read(configuration.change_of, change_id)
    if change is None:
        raise LookupError(f"no change {change_id}; `lotsman config history` shows the latest")
    before = {
        # A carrier that was added is turned off: messages may belong to it.
        section: {
            n: _turned_off(change.after[section][n]) if section == CARRIERS and v is None else v
            for n, v in names.items()
        }
        for section, names in change.before.items()
    }
    await platform.change(configuration.apply, Wish(change.after, before, now), undoes=change_id)
    return change


def _turned_off(carrier: dict[str, Any]) -> dict[str, Any]:
    return {**carrier, "enabled": False}


def _check_carrier(name: str, carrier: dict[str, Any]) -> None:
    where = f"{CARRIERS}.{name}"
    if carrier["in_doubt"] not in {"hold", "resend"}:
        raise ValueError(f"{where}.in_doubt: hold or resend")
    _within(where, services, name, carrier["kind"], carrier["settings"])
    _within(where, check_settings, name, carrier["kind"], carrier["settings"])
    if carrier["prices"]:
        _within(f"{where}.prices", price_list.read, carrier["prices"], price_list.PURCHASE)


def _check_route(name: str, route: dict[str, Any], links: set[str]) -> None:
    where = f"{ROUTES}.{name}"
    _within(where, parse_match, route["match"])
    for step in route["via"]:
        if unknown := step["links"].keys() - links:
            raise LookupError(f"{where}: no carrier {', '.join(unknown)}")
        if not all(isinstance(weight, int) and 1 <= weight <= 1000 for weight in step["links"].values()):
            raise ValueError(f"{where}: a weight is 1 to 1000")


def _within(where: str, check: Any, *arguments: Any) -> None:
    try:
        check(*arguments)
    except (ValueError, LookupError) as error:
        raise ValueError(f"{where}: {error}") from None
