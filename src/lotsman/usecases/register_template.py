"""A customer wants to send texts of a kind under spam protection: the template waits for the operator (API-1 §9)."""

from lotsman.domain.account import Account
from lotsman.domain.refusals import Refusal, Refused
from lotsman.domain.registration import template_wish
from lotsman.store import templates
from lotsman.usecases import Platform


async def register_template(
    platform: Platform, account: Account, text: str, callback: str, now: int, *, test: bool
) -> int:
    """-> its id, 0 for a test, which is judged and forgotten. Raises Refused: 630 to 634."""
    wish = template_wish(text, callback)
    if isinstance(wish, Refusal):
        raise Refused(wish)
    if test:
        return 0
    registered = await platform.database.write(templates.register, (account.id, wish, now))
    if isinstance(registered, Refusal):
        raise Refused(registered)
    return registered
