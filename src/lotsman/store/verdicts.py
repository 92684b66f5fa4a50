"""What the operator decided about a name or a template goes to whoever registered it: a call to a script, or a mail.

Written with the decision itself, so that it is told once for each decision, whatever happens to the node.
"""

from typing import Final

from lotsman.domain.moderation import Verdict
from lotsman.domain.registration import is_mailbox
from lotsman.store import callbacks, mails
from lotsman.store.callbacks import NewCallback
from lotsman.store.database import Tx
from lotsman.store.mails import NewMail

_SAID: Final = {Verdict.APPROVED: "approved", Verdict.REFUSED: "refused", Verdict.PENDING: "pending"}
_BODY: Final = {
    Verdict.APPROVED: "{which} has been approved and may be used.\n{which}: одобрено, можно пользоваться.\n",
    Verdict.REFUSED: "{which} has been refused.\n{which}: отказано.\n",
    Verdict.PENDING: "{which} is being looked at again.\n{which}: снова на рассмотрении.\n",
}


def tell(
    tx: Tx, account_id: int, notify: str, about: str, which: str, verdict: Verdict, comment: str, at: int
) -> None:
    """`about`: sender or template_id, as the call says it: ?template_id=12&status=1&comment="""
    if is_mailbox(notify):
        body = _BODY[verdict].format(which=which) + (f"\n{comment}\n" if comment else "")
        mails.enqueue(tx, [NewMail(notify, f"{which}: {_SAID[verdict]}", body, at)])
    elif notify:
        parameters = ((about, which), ("status", str(int(verdict))), ("comment", comment))
        callbacks.enqueue(tx, [NewCallback(account_id, 0, notify, parameters, at)])
