"""Every node tells the store what it let pass and what it stopped, and learns what the others have."""

from lotsman.domain.breakers import Report
from lotsman.store.trips import Trips, record_trips
from lotsman.store.usage import UsageReport, forget_usage, report_usage
from lotsman.usecases import Platform


async def keep_breakers(platform: Platform, operator: str, now: int, *, mails: bool) -> int:
    """-> how many breakers tripped anew. `operator`: whom to alert, "" for nobody; `mails`: whether mail can be sent."""
    breakers = platform.breakers
    report = breakers.report(now)
    if report is None:
        return 0
    try:
        breakers.reported(report, await platform.database.write(report_usage, _usage(platform, report)))
    except BaseException:
        breakers.lost(report)
        raise
    if not report.trips:
        return 0
    try:
        return await platform.database.write(record_trips, Trips(report.trips, now, operator, mails))
    except BaseException:
        breakers.stopped(report.trips)
        raise


async def forget_used(platform: Platform, now: int) -> int:
    """What no limit reaches any more; -> how many rows."""
    return await platform.database.write(forget_usage, now)


def _usage(platform: Platform, report: Report) -> UsageReport:
    return UsageReport(
        platform.process, report.at, report.uses, list(report.gauges), report.accounts, report.numbers
    )
