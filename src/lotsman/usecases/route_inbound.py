"""The operator says whose messages from phones are: numbers, keywords, and one by one."""

from lotsman.domain.inbound import first_word
from lotsman.domain.msisdn import Fault, parse
from lotsman.store.inbound import (
    Inbound,
    InboundNumber,
    Keyword,
    all_keywords,
    assign_inbound,
    list_inbound,
    numbers,
    remove_keyword,
    save_keyword,
    save_number,
)
from lotsman.usecases import Platform

__all__ = [
    "Inbound",
    "InboundNumber",
    "Keyword",
    "add_keyword",
    "add_number",
    "assign",
    "drop_keyword",
    "inbound_messages",
    "inbound_numbers",
    "known_keywords",
]


async def inbound_messages(platform: Platform, account_id: int | None, most: int) -> list[Inbound]:
    return await platform.database.read(list_inbound, account_id, None, most)


async def assign(platform: Platform, message_id: int, account_id: int) -> None:
    """Give an unclaimed message to an account. Raises LookupError."""
    if not await platform.database.write(assign_inbound, (message_id, account_id)):
        raise LookupError(f"no unclaimed inbound message {message_id}")


async def add_number(platform: Platform, number: str, account_id: int, *, two_way: bool) -> str:
    """-> the number as it is kept. Account 0: shared. Raises ValueError for what is no number."""
    kept = number_of(number)
    await platform.database.write(save_number, InboundNumber(kept, account_id, two_way))
    return kept


async def inbound_numbers(platform: Platform) -> list[InboundNumber]:
    return await platform.database.read(numbers)


async def add_keyword(platform: Platform, number: str, word: str, account_id: int) -> str:
    """-> the word as it is compared. Raises ValueError."""
    kept = first_word(word)
    if not kept or kept != word.strip().casefold():
        raise ValueError(f"{word!r} is not one word of at most 32 characters")
    await platform.database.write(save_keyword, Keyword(number_of(number), kept, account_id))
    return kept


async def drop_keyword(platform: Platform, number: str, word: str) -> None:
    """Raises LookupError."""
    if not await platform.database.write(remove_keyword, (number_of(number), word.strip().casefold())):
        raise LookupError(f"no keyword {word} on {number}")


async def known_keywords(platform: Platform) -> list[Keyword]:
    return await platform.database.read(all_keywords)


def number_of(text: str) -> str:
    """A phone number, or a short number of three digits and more. Raises ValueError."""
    digits = text.strip().removeprefix("+")
    if digits.isascii() and digits.isdigit() and 3 <= len(digits) <= 6:
        return digits
    number = parse(text)
    if isinstance(number, Fault):
        raise ValueError(f"{text!r} is no phone number")  # noqa: TRY004 of the value, not of its type
    return number
