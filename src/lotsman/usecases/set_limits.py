"""The operator says how much an account, a key or every one of them may send and spend, and to which countries."""

from collections.abc import Mapping, Sequence
from typing import Final

from lotsman.domain import limits as domain
from lotsman.domain.limits import EACH_KEY, OF_KEYS, OFF, Limits
from lotsman.domain.phone_list import INSTALLATION
from lotsman.store import limits
from lotsman.store.accounts import summaries
from lotsman.store.limits import CountryChange, LimitChange
from lotsman.usecases import Platform

__all__ = ["EACH_KEY", "INSTALLATION", "Limits", "key_of", "open_countries", "set_limits", "show_limits"]

DEFAULT: Final = "default"  # as a value: back to what holds in general
_BURSTS: Final = frozenset({"sequence", "prefix", "fresh"})


async def set_limits(
    platform: Platform, account_id: int, api_key: str, changes: Mapping[str, str], by: str, now: int
) -> None:
    """Values as a person types them; raises ValueError that says what is wrong. Every node knows within a second.

    What an account wrote to before countries or bursts are watched is not new: it is learnt first.
    """
    for name, text in changes.items():
        if api_key and name in domain.NAMES and name not in OF_KEYS:
            raise ValueError(f"a key has no {name}; one of {', '.join(OF_KEYS)}")
        if text != DEFAULT or name not in domain.NAMES:
            domain.read(name, text)
    on = {name for name, text in changes.items() if text not in {DEFAULT, OFF, "0"}}
    if on & {"countries", *_BURSTS}:
        everybody = [row["id"] for row in await platform.database.read(summaries)]
        for each in everybody if account_id == INSTALLATION else [account_id]:
            await _learn(platform, each, by, now, countries="countries" in on, numbers=bool(on & _BURSTS))
    values = {name: None if text == DEFAULT else text for name, text in changes.items()}
    await platform.database.write(limits.change_limits, LimitChange(account_id, api_key, values))
    await platform.directory.refresh()


async def _learn(
    platform: Platform, account_id: int, by: str, now: int, *, countries: bool, numbers: bool
) -> None:
    if countries:
        there = {row[0] for row in await platform.database.read(limits.opened, account_id)}
        used = await platform.database.read(limits.written_to, account_id)
        if new := [country for country in used if country not in there]:
            change = CountryChange(account_id, new, is_open=True, by=f"{by}, in use", at=now)
            await platform.database.write(limits.change_countries, change)
    after: int | None = 0 if numbers else None
    while after is not None:
        after = await platform.database.write(limits.learn_numbers, (account_id, after))


async def show_limits(platform: Platform, account_id: int, api_key: str) -> tuple[Limits, frozenset[str]]:
    """What was set for exactly this account or key, with the names that were."""
    said = await platform.database.read(limits.said, account_id, api_key)
    return domain.resolved(said), frozenset(said)


async def open_countries(
    platform: Platform, account_id: int, countries: Sequence[str], by: str, now: int, *, is_open: bool
) -> list[tuple[str, int, str]]:
    """Open or close countries, or none; -> those that are open now: (country, since ms, by whom)."""
    change = CountryChange(account_id, [domain.country(c) for c in countries], is_open, by, now)
    if countries:
        await platform.database.write(limits.change_countries, change)
        await platform.directory.refresh()
    return await platform.database.read(limits.opened, account_id)


async def key_of(platform: Platform, account_id: int, hint: str) -> str:
    """The hash of the key that begins with `hint`; raises LookupError when it is none, or several."""
    found = await platform.database.read(limits.key_hash, account_id, hint)
    if len(found) != 1:
        raise LookupError(f"{len(found)} keys begin with {hint}; `lotsman account list` shows how keys begin")
    return found[0]
