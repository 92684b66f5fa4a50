"""An XML document of api2.php as the tree that the same request has in JSON.

    <send apikey="…" from="…"><sms id="1" to="…">text</sms></send>  ->  {"apikey": …, "from": …, "send": [{…, "text": …}]}
    <info login="…" password="…"/>                                  ->  {"login": …, "password": …, "info": True}

Rule 1: the root is the command, each <sms> an item of it; any other element is a parameter of what it stands in.
Rule 2: no DTD, hence no entities; three levels and MAX_ELEMENTS elements are all that is read.
"""

from typing import Any, Final
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import XMLParser

from lotsman.domain.refusals import Refusal, Refused

MAX_ELEMENTS: Final = 100_000
_DEEPEST: Final = 3  # a parameter of an <sms>

Tree = dict[str, Any]


def read(document: str | bytes) -> Tree:
    """Raises Refused: 12."""
    tree = _Reading()
    try:
        parser = XMLParser(target=tree, forbid_dtd=True)
        parser.feed(document)
        parser.close()
    except (
        ParseError,
        ValueError,
        LookupError,
    ):  # bad XML or too much of it; what is forbidden; its encoding
        raise Refused(Refusal.XML_INVALID) from None
    return tree.root


class _Reading:
    """What the parser tells, as it reads: no more is kept than the tree."""

    def __init__(self) -> None:
        self.root: Tree = {}
        self._items: list[Tree] = []
        self._texts: list[list[str]] = []  # of the elements that are open
        self._count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._texts.append([])
        self._count += 1
        depth = len(self._texts)
        is_item = depth == _DEEPEST - 1 and tag == "sms"
        if depth > _DEEPEST or self._count > MAX_ELEMENTS:
            raise ValueError("too much")
        if depth == 1:
            self.root.update(attributes)
        elif is_item:
            self._items.append(dict(attributes))

    def data(self, data: str) -> None:
        self._texts[-1].append(data)

    def end(self, tag: str) -> None:
        content = "".join(self._texts.pop())
        depth = len(self._texts) + 1
        if depth == 1:
            self.root[tag] = self._items or content.strip() or True
        elif depth == _DEEPEST:
            if self._items:
                self._items[-1].setdefault(tag, content)
        elif tag != "sms":
            self.root.setdefault(tag, content)
        elif content and not content.isspace():
            self._items[-1].setdefault("text", content)

    def close(self) -> Tree:
        return self.root
