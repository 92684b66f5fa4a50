"""list=senders: the names that the account has registered, with their status, and the shared ones: API-1 §9."""

from collections.abc import Sequence

from lotsman.api.v1.answers.shapes import Answer, Listing
from lotsman.api.v1.call import Call
from lotsman.api.v1.request import ApiRequest
from lotsman.domain.account import Account
from lotsman.domain.columns import local_time
from lotsman.domain.moderation import Verdict
from lotsman.usecases.review_sender import RegisteredSender, senders_of


def selected(request: ApiRequest) -> bool:
    return (request.get("list") or "").strip().lower() == "senders"


async def answer(call: Call) -> Answer:
    return listing(await senders_of(call.platform, call.account.id), call.account)


def listing(registered: Sequence[RegisteredSender], account: Account) -> Listing:
    """Text and v say which names may be used now."""
    own = {sender.name for sender in registered}
    usable = [sender.name for sender in registered if sender.verdict is Verdict.APPROVED]
    shared = [name for name in account.senders if name not in own]
    rows = [
        (sender.name, str(int(sender.verdict)), local_time(sender.created_at, account.time_zone))
        for sender in registered
    ] + [(name, str(int(Verdict.APPROVED)), "") for name in shared]
    return Listing(
        name="senders",
        columns=("sender", "status", "created"),
        rows=rows,
        value=",".join(usable + shared),
        element="sender",
        plain="\n".join(usable + shared),
    )
