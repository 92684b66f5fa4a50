"""When nobody wants to be called: the quiet hours by the callee's clock.

Rule 1: a number tells its zone by its country, in Russia landlines by their area code. Mobile numbers of Russia go with
their owner through eleven zones: for them, and for countries of several zones, the link's own zone is taken.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

# The longest beginning that matches decides.
_ZONES: Final = {
    "Europe/Kaliningrad": "7401",
    "Europe/Moscow": "7495 7496 7498 7499 7812 7813 7861 7862 7863 7831",
    "Europe/Samara": "7846 7848 7341 7842 7845 7851",
    "Asia/Yekaterinburg": "7342 7343 7345 7346 7347 7349 7351 7352 7353",
    "Asia/Omsk": "7381",
    "Asia/Novosibirsk": "7382 7383 7384 7385 7388 7390 7391 7394",
    "Asia/Irkutsk": "7395 7301",
    "Asia/Yakutsk": "7302 7411 7416",
    "Asia/Vladivostok": "7421 7423 7426",
    "Asia/Magadan": "7413 7424",
    "Asia/Kamchatka": "7415 7427",
    "Asia/Almaty": "76 77",
    "Europe/Minsk": "375",
    "Europe/Kyiv": "380",
    "Europe/Chisinau": "373",
    "Asia/Yerevan": "374",
    "Asia/Baku": "994",
    "Asia/Tbilisi": "995",
    "Asia/Bishkek": "996",
    "Asia/Tashkent": "998",
    "Asia/Dushanbe": "992",
    "Asia/Ashgabat": "993",
}
_BY_BEGINNING: Final = {beginning: zone for zone, listed in _ZONES.items() for beginning in listed.split()}
_LONGEST: Final = max(map(len, _BY_BEGINNING))
_DAY: Final = timedelta(days=1)


def zone_of(msisdn: str, otherwise: str) -> str:
    for length in range(_LONGEST, 1, -1):
        zone = _BY_BEGINNING.get(msisdn[:length])
        if zone is not None:
            return zone
    return otherwise


def awake_at(msisdn: str, quiet: str, otherwise: str, now: int) -> int:
    """`now` (ms) when the number may be called, else the end of its quiet hours. `quiet`: "22:00-08:00", or ""."""
    if not quiet:
        return now
    begin, end = (_minutes(written) for written in quiet.split("-"))
    local = datetime.fromtimestamp(now // 1000, UTC).astimezone(_zone(zone_of(msisdn, otherwise)))
    at = local.hour * 60 + local.minute
    asleep = begin <= at < end if begin < end else at >= begin or at < end
    if not asleep:
        return now
    morning = local.replace(hour=end // 60, minute=end % 60, second=0)
    if at >= end:
        morning += _DAY
    return int(morning.timestamp()) * 1000


def _minutes(written: str) -> int:
    hours, _, minutes = written.partition(":")
    return int(hours) * 60 + int(minutes)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
