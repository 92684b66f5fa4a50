"""Link kind -> the class that speaks it, and its settings. Adding a kind is one line here and one file in links/."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from lotsman.carriers.links.emulator import EmulatorLink
from lotsman.carriers.links.http_lookup import HTTP_SERVES, HttpLookupSettings, make_lookup_link
from lotsman.carriers.links.smpp import SmppLink
from lotsman.carriers.links.smpp_errors import DEFAULTS
from lotsman.carriers.links.smpp_settings import SmppSettings
from lotsman.carriers.links.upstream import UPSTREAM_SERVES, UpstreamDialect, UpstreamSettings
from lotsman.carriers.links.upstream_link import make_upstream_link
from lotsman.carriers.links.voice import VoiceLink
from lotsman.carriers.links.voice_check import examine
from lotsman.carriers.links.voice_settings import VOICE_SERVES, VoiceSettings
from lotsman.carriers.port import CarrierLink, Clock, Inlet, LinkConfig, ReceiptReader
from lotsman.domain.lane import EMULATOR, MESSENGERS, WORDS

SMPP_ERRORS: Final = DEFAULTS  # what command_status means where a link's own table says nothing


class _Kind(NamedTuple):
    link: Callable[[LinkConfig, Inlet, Clock], CarrierLink]
    check: Callable[[dict[str, Any]], object]  # raises TypeError or ValueError
    serves: Sequence[str]  # unless its settings say otherwise
    settings: type[Any] | None = None  # the dataclass of its settings (carriers/described.py)
    examine: Callable[[dict[str, Any]], Awaitable[Sequence[tuple[bool, str]]]] | None = None


_KINDS: Final[dict[str, _Kind]] = {
    "smpp": _Kind(SmppLink, lambda settings: SmppSettings(**settings).check(), ("sms",), SmppSettings),
    "http": _Kind(
        make_lookup_link,
        lambda settings: HttpLookupSettings(**settings).check(),
        HTTP_SERVES,
        HttpLookupSettings,
    ),
    "upstream": _Kind(make_upstream_link, UpstreamSettings.of, UPSTREAM_SERVES, UpstreamSettings),
    "voice": _Kind(
        VoiceLink,
        lambda settings: VoiceSettings(**settings).check(),
        VOICE_SERVES,
        VoiceSettings,
        examine,
    ),
    "emulator": _Kind(EmulatorLink, lambda _: None, (EMULATOR,)),
}


def make_link(config: LinkConfig, inlet: Inlet, clock: Clock) -> CarrierLink:
    """Raises LookupError for an unknown kind, TypeError or ValueError for settings that the kind cannot use."""
    return _kind(config.name, config.kind).link(config, inlet, clock)


def check_settings(name: str, kind: str, settings: Mapping[str, Any]) -> None:
    """Raises what `make_link` would, in words for whoever typed the settings."""
    try:
        _kind(name, kind).check(dict(settings))
    except TypeError as error:
        raise ValueError(str(error).partition(") ")[2] or str(error)) from None


def settings_of(name: str, kind: str) -> type[Any]:
    """The dataclass that describes a kind's settings; raises LookupError for a kind that has none to set."""
    found = _kind(name, kind).settings
    if found is None:
        raise LookupError(f"link {name}: a link of kind {kind} has no settings")
    return found


def services(name: str, kind: str, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """What a link carries, in words of domain/lane.py; raises LookupError for an unknown kind, ValueError for another
    word, or one that no link of its kind carries.
    """
    serves = _kind(name, kind).serves
    words = tuple(dict.fromkeys(settings.get("serves", serves)))
    if not words or not set(words) <= {*WORDS, *serves}:
        raise ValueError(f"a link serves some of {', '.join(WORDS)}; not {', '.join(words) or 'nothing'}")
    if kind != "upstream" and (others := MESSENGERS.intersection(words)):
        which = ", ".join(sorted(others))
        raise ValueError(f"{which}: a messenger is reached over HTTP (lotsman carrier add-upstream)")
    return words


def receipt_reader(link_id: int, kind: str, settings: Mapping[str, Any]) -> ReceiptReader | None:
    """What reads the receipts that this carrier brings; None: it brings none. Raises what `make_link` would."""
    return UpstreamDialect(link_id, UpstreamSettings.of(settings)) if kind == "upstream" else None


async def examine_link(name: str, kind: str, settings: Mapping[str, Any]) -> Sequence[tuple[bool, str]]:
    """What this machine has of what the link needs, beyond what its state says: (whether it is so, what was found)."""
    found = _kind(name, kind).examine
    return await found(dict(settings)) if found is not None else ()


def _kind(name: str, kind: str) -> _Kind:
    found = _KINDS.get(kind)
    if found is None:
        raise LookupError(f"link {name}: unknown kind {kind!r}; known: {', '.join(_KINDS)}")
    return found
