"""What a customer may register: sender names and templates. A wish comes in; what to keep, or why not, goes out.

Rule 1: names and texts are compared as phones show them: a name that differs in case only is the same name.
"""

import re
from collections.abc import Collection
from typing import Final, NamedTuple

from lotsman.domain import sender_id, template
from lotsman.domain.admission import clean
from lotsman.domain.callback import parse_target
from lotsman.domain.message import MOST_PARTS
from lotsman.domain.refusals import Refusal
from lotsman.gsm.segmentation import measure

LONGEST_DESCRIPTION: Final = 4_000  # characters kept

_MAILBOX = re.compile(
    r"[^@\s<>,;:\"\\\x00-\x1f\ud800-\udfff]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+"
)


class SenderWish(NamedTuple):
    name: str
    description: str
    notify: str  # "GET url" or an e-mail address


class TemplateWish(NamedTuple):
    text: str
    notify: str  # "GET url"


def sender_wish(name: str, description: str, callback: str) -> SenderWish | Refusal:
    """640 to 645 but 642: only the store knows what there is."""
    if not name:
        return Refusal.SENDER_NAME_REQUIRED
    parsed = sender_id.parse(name)
    if parsed is None or sender_id.is_reserved(parsed):
        return Refusal.SENDER_NAME_INVALID
    if not description:
        return Refusal.DESCRIPTION_REQUIRED
    if not callback:
        return Refusal.SENDER_CALLBACK_REQUIRED
    notify = callback if _MAILBOX.fullmatch(callback) else parse_target(callback)
    if notify is None:
        return Refusal.SENDER_CALLBACK_INVALID
    return SenderWish(parsed, clean(description[:LONGEST_DESCRIPTION]), notify)


def template_wish(text: str, callback: str) -> TemplateWish | Refusal:
    """630 to 634 but 632."""
    text = template.normalised(clean(text))
    if not text:
        return Refusal.TEMPLATE_REQUIRED
    if measure(text)[1] > MOST_PARTS:
        return Refusal.TEMPLATE_TOO_LONG
    if not callback:
        return Refusal.TEMPLATE_CALLBACK_REQUIRED
    notify = parse_target(callback)
    if notify is None:
        return Refusal.TEMPLATE_CALLBACK_INVALID
    return TemplateWish(text, notify)


def is_mailbox(notify: str) -> bool:
    return _MAILBOX.fullmatch(notify) is not None


def is_known(name: str, names: Collection[str]) -> bool:
    return name.lower() in {known.lower() for known in names}
