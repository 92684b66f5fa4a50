"""The clockwork: what time alone causes, done by one node at a time or by all without harm."""

from typing import Final

import structlog

from lotsman import metrics
from lotsman.carriers.port import Clock
from lotsman.domain.lifecycle import State, is_final
from lotsman.usecases import Platform
from lotsman.usecases.arrange_credit import end_promises, tell_low_balances
from lotsman.usecases.carry_mails import forget_old_mails
from lotsman.usecases.expire_messages import expire_messages
from lotsman.usecases.fall_back import fall_back, forget_ended_fallbacks
from lotsman.usecases.record_inbound import tell_incomplete_inbound
from lotsman.usecases.release_deferred import release_deferred
from lotsman.usecases.replay_callbacks import callback_backlog, forget_dead_callbacks
from lotsman.usecases.reroute_waiting import reroute_waiting
from lotsman.usecases.rescue_held import rescue_of_dead
from lotsman.usecases.watch_queue import (
    forget_old_strays,
    forget_old_texts,
    forget_unspoken_minutes,
    lanes_with_work,
    watch_queue,
)

_DAY: Final = 24 * 60 * 60 * 1000  # ms

log = structlog.get_logger()


class Upkeep:
    """Each duty is called again and again by the node (node/process.py)."""

    def __init__(
        self, platform: Platform, clock: Clock, patience: int = 60_000, *, mails: bool = False
    ) -> None:
        """`patience`: ms until what a messenger has not delivered goes as an SMS; `mails`: whether mail can be sent."""
        self._platform, self._clock, self._patience, self._mails = platform, clock, patience, mails

    async def look_for_work(self) -> None:
        """The queue is never forgotten, even if a wake-up was lost."""
        for lane in await lanes_with_work(self._platform, self._clock()):
            self._platform.handoff.wake(lane)

    async def release(self) -> None:
        while await release_deferred(self._platform, self._clock()):
            pass

    async def reroute(self) -> None:
        count = await reroute_waiting(self._platform, self._clock())
        if count:
            log.info("rerouted", messages=count)
            self._platform.handoff.wake()

    async def expire(self) -> None:
        while count := await expire_messages(self._platform, self._clock()):
            log.info("expired", messages=count)

    async def fall_back(self) -> None:
        while count := await fall_back(self._platform, self._patience, self._clock()):
            log.info("fell_back_to_sms", messages=count)

    async def end_promises(self) -> None:
        count = await end_promises(self._platform, self._clock())
        if count:
            log.info("credit_limits_changed", accounts=count)

    async def tell_low_balances(self) -> None:
        count = await tell_low_balances(self._platform, self._clock(), mails=self._mails)
        if count:
            log.info("low_balances_told", accounts=count)

    async def rescue(self) -> None:
        rescued = await rescue_of_dead(self._platform, self._clock())
        if any(rescued):
            log.warning("rescued_from_dead_nodes", **rescued._asdict())

    async def forget(self) -> None:
        count = await forget_old_strays(self._platform, self._clock())
        if count:
            log.warning("stray_receipts_forgotten", receipts=count)
        count = await forget_dead_callbacks(self._platform, self._clock())
        if count:
            log.warning("dead_callbacks_forgotten", callbacks=count)
        await forget_ended_fallbacks(self._platform, self._clock() - _DAY)
        await forget_unspoken_minutes(self._platform)
        await forget_old_mails(self._platform, self._clock())

    async def tell_incomplete(self) -> None:
        count = await tell_incomplete_inbound(self._platform, self._clock())
        if count:
            log.warning("inbound_incomplete", messages=count)

    async def forget_texts(self) -> None:
        while await forget_old_texts(self._platform, self._clock()):
            pass

    async def measure(self) -> None:
        found = await watch_queue(self._platform)
        for state in State:
            if not is_final(state):
                metrics.QUEUED.labels(state.name).set(found.by_state.get(state, 0))
        age = (self._clock() - found.oldest) / 1000 if found.oldest is not None else 0
        metrics.OLDEST.set(max(age, 0))
        calls = await callback_backlog(self._platform)
        metrics.CALLBACKS_WAITING.set(calls.waiting)
        metrics.CALLBACKS_DEAD.set(calls.dead)
        age = (self._clock() - calls.oldest) / 1000 if calls.oldest is not None else 0
        metrics.CALLBACKS_OLDEST.set(max(age, 0))
