"""Settings of a link of kind voice: a trunk, how it is called, and what is read to whom."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from lotsman.carriers.described import check_types, setting

VOICE_SERVES: Final = ("voice",)
MOST_CALLS: Final = 100  # at once, of a link
DEFAULT_SPEECH: Final = (
    "espeak-ng -v {voice} -s 150 --stdin --stdout | sox -q -t wav - -r 8000 -c 1 -b 16 {wav} gain -n -3"
)
DEFAULT_VOICES: Final = {"ru-f": "ru+f2", "ru-m": "ru+m3", "en-f": "en+f2", "en-m": "en+m3"}

_TRUNK = re.compile(r"sip:([A-Za-z0-9.-]{1,253})(?::([0-9]{1,5}))?(?:;transport=(udp|tcp|tls))?")
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}")
_CALLER = re.compile(r"\+?[0-9A-Za-z._-]{1,64}")
_LOGIN = re.compile(r"[^\s<>\";,]{0,128}")
_POOL = re.compile(r"[0-9]{1,15}\*{0,8}")
_DIALLED = re.compile(r"[+0-9A-Za-z*#]{0,16}\{(msisdn|national)\}")
_QUIET = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """Of a trunk: where it is, who we are to it, how it is called, and what is read to whom."""

    trunk: str = setting("", "where it is: sip:host:port, perhaps with ;transport=tcp or tls")
    caller: str = setting("", "the number that phones show")
    user: str = setting("", "login given by the trunk; empty: it knows us by our address")
    password: str = setting("", "password given by the trunk", secret=True)
    domain: str = setting("", "of our address, if it is not the trunk's host")
    register: int = setting(0, "seconds between registrations; 0: the trunk wants none")
    dial: str = setting(
        "{msisdn}", "how numbers are dialled: {msisdn}, +{msisdn}, or 8{national}, which dials 810 abroad"
    )
    address: str = setting("", "own IPv4 address and port for SIP, 198.51.100.7:5060; empty: any")
    rtp_ports: str = setting("20000-20400", "UDP ports for sound, four for each call")
    serves: Sequence[str] = setting(list(VOICE_SERVES), "what it carries: voice, flashcall")
    window: int = setting(10, "calls at a time, up to 100")
    setup_timeout: float = setting(10.0, "seconds for the trunk's first response")
    ring_timeout: float = setting(30.0, "seconds that a phone may ring")
    talk_timeout: float = setting(300.0, "seconds of a call at most")
    listen: float = setting(2.0, "seconds of silence behind the text, in which keys may be pressed")
    tries: int = setting(3, "calls to who is busy or does not answer")
    retry_after: float = setting(120.0, "seconds between them")
    trunk_tries: int = setting(2, "tries of a call that the trunk fails, before another link has it")
    trunk_retry_after: float = setting(15.0, "seconds between them")
    quiet: str = setting(
        "22:00-08:00", "when nobody is called, by the callee's clock, except with a code; empty: never"
    )
    time_zone: str = setting("Europe/Moscow", "of numbers that do not tell theirs")
    speech: str = setting(DEFAULT_SPEECH, "the pipeline that speaks: the text is its input, {wav} its result")
    voices: Mapping[str, str] = setting({}, "what {voice} is: ru-f, ru-m, en-f, en-m")
    speech_timeout: float = setting(20.0, "seconds that it may take")
    cache: str = setting("", "folder for what was spoken; empty: a private one that goes with the link")
    cache_megabytes: int = setting(64, "how much of it is kept")
    flash_numbers: Sequence[str] = setting([], "callers of FLASHCALL: whole numbers, or 7495123****")
    flash_ring: float = setting(3.0, "seconds that it rings")

    def check(self) -> None:
        """Raises ValueError for what cannot be used."""
        check_types(self)
        low, high = self._ports()
        wrong = {
            "trunk is sip:host:port, perhaps with ;transport=tcp or tls": not _TRUNK.fullmatch(self.trunk),
            "caller is a number or a name that the trunk accepts": not _CALLER.fullmatch(self.caller),
            "domain is a host name": bool(self.domain) and not _HOST.fullmatch(self.domain),
            "user and password are without blanks, quotes, commas, semicolons and angle brackets": not (
                _LOGIN.fullmatch(self.user) and _LOGIN.fullmatch(self.password)
            ),
            "dial is {msisdn} or {national}, perhaps with digits or + before it": not _DIALLED.fullmatch(self.dial),
            f"window is 1 to {MOST_CALLS}": not 1 <= self.window <= MOST_CALLS,
            "rtp_ports is LOW-HIGH, with four ports for each call of the window": high - low < 4 * self.window,
            "timeouts, tries and pauses are above zero": min(
                self.setup_timeout, self.ring_timeout, self.talk_timeout, self.tries, self.trunk_tries,
                self.retry_after, self.trunk_retry_after, self.speech_timeout, self.flash_ring, self.cache_megabytes,
            ) <= 0,
            "quiet is HH:MM-HH:MM": bool(self.quiet) and not _QUIET.fullmatch(self.quiet),
            "time_zone is one as Europe/Moscow": not _is_zone(self.time_zone),
            "speech has {wav}": "{wav}" not in self.speech,
            f"voices are {', '.join(DEFAULT_VOICES)}": not set(self.voices) <= set(DEFAULT_VOICES),
            "a voice link serves voice, flashcall or both": not set(self.serves) <= {"voice", "flashcall"},
            "flashcall needs flash_numbers": "flashcall" in self.serves and not self.flash_numbers,
            "flash_numbers are digits, or digits and stars behind them": not all(
                _POOL.fullmatch(number) and len(number) <= 15 for number in self.flash_numbers
            ),
        }  # fmt: skip
        stages(self.speech)
        for what, is_so in wrong.items():
            if is_so:
                raise ValueError(what)

    def _ports(self) -> tuple[int, int]:
        low, _, high = self.rtp_ports.partition("-")
        if not (low.isdecimal() and high.isdecimal() and 1024 <= int(low) < int(high) <= 65535):
            raise ValueError("rtp_ports is LOW-HIGH, between 1024 and 65535")
        return int(low), int(high)

    @property
    def peer(self) -> tuple[str, int, str]:
        """Host, port and transport of the trunk."""
        match = _TRUNK.fullmatch(self.trunk)
        assert match is not None
        transport = match[3] or "udp"
        return match[1], int(match[2] or (5061 if transport == "tls" else 5060)), transport

    def dialled(self, msisdn: str) -> str:
        """As the trunk wants it; abroad is dialled as from Russia where numbers are dialled as in Russia."""
        if "{national}" not in self.dial:
            return self.dial.replace("{msisdn}", msisdn)
        return self.dial.replace("{national}", msisdn[1:]) if msisdn.startswith("7") else f"810{msisdn}"


def stages(pipeline: str) -> list[list[str]]:
    """The programs of a pipeline and their words; raises ValueError. No shell: "|" divides, quotes hold together."""
    reader = shlex.shlex(pipeline, posix=True, punctuation_chars="|")
    reader.whitespace_split, reader.commenters = True, ""
    found: list[list[str]] = [[]]
    for word in reader:
        if set(word) == {"|"}:
            found += [[] for _ in word]
        else:
            found[-1].append(word)
    if not all(found):
        raise ValueError("speech is a program, or several with | between")
    return found


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return True
