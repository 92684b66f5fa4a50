"""Link kind -> the class that speaks it. Adding a kind is one line here and one file in links/."""

from collections.abc import Callable
from typing import Final

from lotsman.carriers.links.emulator import EmulatorLink
from lotsman.carriers.links.smpp import SmppLink, SmppSettings
from lotsman.carriers.port import CarrierLink, Clock, Inlet, LinkConfig

_KINDS: Final[dict[str, Callable[[LinkConfig, Inlet, Clock], CarrierLink]]] = {
    "smpp": SmppLink,
    "emulator": EmulatorLink,
}

__all__ = ["SmppSettings", "make_link"]


def make_link(config: LinkConfig, inlet: Inlet, clock: Clock) -> CarrierLink:
    """Raises LookupError for an unknown kind, ValueError for settings that the kind cannot use."""
    kind = _KINDS.get(config.kind)
    if kind is None:
        raise LookupError(f"link {config.name}: unknown kind {config.kind!r}; known: {', '.join(_KINDS)}")
    return kind(config, inlet, clock)
