"""Words that no text may hold: of an account, or of the whole installation (account 0)."""

from collections.abc import Sequence

from lotsman.domain.forbidden_words import is_entry
from lotsman.store import words
from lotsman.usecases import Platform


async def add_words(platform: Platform, account_id: int, entries: Sequence[str]) -> int:
    """-> how many are new. Raises ValueError for an entry without a letter, or with a * before its end."""
    for entry in entries:
        if not is_entry(entry):
            raise ValueError(f"{entry!r} is no word; several words and one * at the end are allowed")
    added = await platform.change(words.add_words, (account_id, entries))
    await platform.directory.refresh()
    return added


async def remove_words(platform: Platform, account_id: int, entries: Sequence[str]) -> int:
    """-> how many were there."""
    removed = await platform.change(words.remove_words, (account_id, entries))
    await platform.directory.refresh()
    return removed


async def show_words(platform: Platform, account_id: int) -> list[str]:
    return await platform.database.read(words.shown, account_id)
