"""What the receipts of a link have in common: how its carrier spells ids, and how many of them matched nothing.

Counted by the node that holds the link, from its start. A receipt that overtook its response matches nothing at first
and is counted as matched as soon as it does.
"""

from collections import Counter
from typing import Final

from lotsman.domain.smsc_id import Match

ALERT_ABOVE: Final = 0.001  # of all receipts: then ids do not match, or somebody else's receipts come here
_WORDS: Final = {
    Match.AS_WRITTEN: "ids alike in responses and receipts",
    Match.OTHER_CASE: "ids in upper case here, lower case there",
    Match.PADDED: "ids with leading zeros in responses or receipts",
    Match.HEX_THEN_DECIMAL: "ids hexadecimal in responses, decimal in receipts",
    Match.DECIMAL_THEN_HEX: "ids decimal in responses, hexadecimal in receipts",
}


class ReceiptTally:
    def __init__(self) -> None:
        self._seen: Counter[Match] = Counter()
        self._adopted = 0

    def add(self, match: Match) -> None:
        self._seen[match] += 1

    def adopt(self, receipts: int) -> None:
        """So many that had matched nothing have found their part."""
        self._adopted += receipts

    @property
    def total(self) -> int:
        return self._seen.total()

    @property
    def unmatched(self) -> int:
        return max(0, self._seen[Match.NONE] - self._adopted)

    @property
    def alarming(self) -> bool:
        return self.unmatched > ALERT_ABOVE * self.total

    def sentence(self) -> str:
        """For people; "" as long as nothing is known."""
        told = [(count, match) for match, count in self._seen.items() if match in _WORDS]
        said = [_WORDS[max(told)[1]]] if told else []
        if self.unmatched:
            share = f"{self.unmatched} of {self.total} receipts match nothing"
            said.append(f"ALERT {share} ({self.unmatched / self.total:.2%})" if self.alarming else share)
        return "; ".join(said)
