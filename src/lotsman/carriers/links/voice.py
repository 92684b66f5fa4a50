"""Calls: GOLOS reads a text to whoever answers, FLASHCALL rings from a number that ends in the code.

In: messages of the services voice and flashcall. Out: one outcome for each, and with it the receipt of its call.
Strategy: a task for each call, from the speech to the receipt. The message is held (SENDING) all the while, as nobody can
say before its end what a call has come to; only then it is taken and delivered, or not. So whatever dies in between
leaves it in doubt, which the link's policy decides.
Rule 1: no two calls to one number at a time.
Rule 2: nobody is put through to silence: the speech is there before the trunk is asked.
"""

import asyncio
import shutil
from collections import OrderedDict
from math import ceil
from pathlib import Path
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from lotsman import metrics
from lotsman.carriers.links.baresip import Baresip
from lotsman.carriers.links.call_engine import CallEngine, Dial, EngineDown
from lotsman.carriers.links.private_folder import private_folder
from lotsman.carriers.links.speech import Speaker, SpeechFailed, Unspeakable, duration, write_silence
from lotsman.carriers.links.voice_call import Call
from lotsman.carriers.links.voice_settings import VoiceSettings
from lotsman.carriers.port import Clock, Inlet, LinkConfig
from lotsman.domain.call import CallRecord, Cause, End, Fate, Unanswered, caller_ending_in, masked, unanswered
from lotsman.domain.inbound import Piece
from lotsman.domain.message import Outgoing
from lotsman.domain.night import awake_at
from lotsman.domain.parts import Outcome, PartOutcome, PartState
from lotsman.domain.receipt import Receipt
from lotsman.domain.refusals import Refusal
from lotsman.domain.service import Service
from lotsman.domain.speech import has_code

_SILENCE: Final = "silence.wav"  # for who answers a call that only rings
_MALE: Final = "GOLOSM"
_DRAIN: Final = 20.0  # seconds for calls that were answered, when stopping
_SPEECH_AGAIN: Final = 60_000  # ms until a pipeline that failed is tried again
_LINE_AGAIN: Final = 5_000  # ms until a number that is being called may be called again
_SEEN: Final = 1.0  # seconds that a phone must ring for its owner to see the number
_LOOK_AGAIN: Final = 5.0  # seconds until a missing program is looked for again
_MANY_FAULTS: Final = 3
_FAULT_LASTS: Final = 30.0  # seconds
_STORE_AGAIN: Final = 1.0  # seconds until a receipt that could not be stored is stored again
_REMEMBERED: Final = 10_000  # messages whose tries are counted
_LATIN_1: Final = 3  # data_coding of keys


class _Tries(NamedTuple):
    called: int = 0
    failed: int = 0  # by the trunk


# By message: what all links of a node have tried. A restart begins anew: a call or two too many, and none too few.
_counted: WeakKeyDictionary[Inlet, OrderedDict[int, _Tries]] = WeakKeyDictionary()


class VoiceLink:
    def __init__(self, config: LinkConfig, inlet: Inlet, clock: Clock) -> None:
        self.config = config
        self.state, self.detail = "down", ""
        self._inlet, self._clock = inlet, clock
        self._settings = VoiceSettings(**config.settings)
        self._settings.check()
        self._folder: Path | None = None
        self._engine: CallEngine | None = None
        self._speaker: Speaker | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}  # by the number that is called
        self._calls: dict[int, Call] = {}  # by the message's id
        self._tries = _counted.setdefault(inlet, OrderedDict())
        self._fault = ""  # what the trunk or the pipeline did, while that counts
        self._faults = 0  # in a row
        self._recovery: asyncio.TimerHandle | None = None
        self._look_again: asyncio.TimerHandle | None = None
        self._stopping = False
        self._up = metrics.LINK_UP.labels(config.name)
        metrics.LINK_WINDOW.labels(config.name).set(self._settings.window)

    @property
    def up(self) -> bool:
        return self.state in {"bound", "throttled"}

    @property
    def depth(self) -> int:
        return 1  # a call takes long: what is free is wanted at once

    @property
    def room(self) -> int:
        return max(0, self._settings.window - len(self._tasks)) if self.up else 0

    @property
    def in_flight(self) -> int:
        return len(self._tasks)

    @property
    def window(self) -> int:
        return self._settings.window

    def start(self) -> None:
        try:
            self._folder = private_folder(f"voice-{self.config.id}")
            cache = self._settings.cache
            kept = Path(cache) / f"link-{self.config.id}" if cache else self._folder / "speech"
            kept.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._speaker = Speaker(self._settings, kept)
            write_silence(self._folder / _SILENCE, self._settings.flash_ring)
        except OSError as error:
            self._set_state("refused", f"{error.filename or 'folder'}: {error.strerror or error}")
            return
        self._engine = Baresip(self._settings, self._folder, self)
        self._set_state("connecting", "")
        self._engine.start()

    async def stop(self) -> None:
        """Who has not answered yet is called another time; who is listening may listen to the end."""
        self._stopping = True
        self._set_state("draining", "")
        for key, call in list(self._calls.items()):
            if not call.answered_at and self._engine is not None:
                call.stopped = True
                await self._engine.hang_up(key)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks.values(), timeout=_DRAIN)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for timer in (self._recovery, self._look_again):
            if timer is not None:
                timer.cancel()
        if self._engine is not None:
            await self._engine.stop()
        if self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
        self._set_state("down", "stopped")

    def submit(self, message: Outgoing) -> None:
        now = self._clock()
        if message.expires_at <= now:
            self._end(message, Outcome.EXPIRED)
        elif not self.up:
            self._end(message, Outcome.PUT_BACK, "link down")
        elif message.msisdn in self._tasks:
            self._end(message, Outcome.PUT_BACK, "this number is being called", now + _LINE_AGAIN)
        else:
            later = self._morning(message, now)
            if later > now:
                self._end(message, Outcome.PUT_BACK, "quiet hours", later)
                return
            task = asyncio.get_running_loop().create_task(self._serve(message))
            self._tasks[message.msisdn] = task
            task.add_done_callback(lambda _: self._served(message.msisdn))

    def _served(self, msisdn: str) -> None:
        del self._tasks[msisdn]
        if self.up:
            self._inlet.room(self)

    def _morning(self, message: Outgoing, now: int) -> int:
        """When it may be called: a code is awaited at night, too."""
        if message.service is Service.FLASHCALL or has_code(message.text):
            return now
        return awake_at(message.msisdn, self._settings.quiet, self._settings.time_zone, now)

    # One call

    async def _serve(self, message: Outgoing) -> None:
        """Exactly one outcome, whatever happens."""
        audio: Path | None = None
        call: Call | None = None
        try:
            caller = self._caller(message)
            if caller is None:
                self._turn_down(message, Refusal.NO_SUCH_CALLER.code, "no number of the pool ends so")
                return
            assert self._speaker is not None
            if message.service is Service.VOICE:
                audio = await self._speaker.say(message.text, male=message.sender.upper() == _MALE)
            call = Call(message, caller)
            await self._call(call, audio)
        except Unspeakable as error:
            self._turn_down(message, Refusal.NOT_SPEAKABLE.code, str(error))
        except SpeechFailed as error:
            self._fail(str(error), serious=True)
            self._end(message, Outcome.PUT_BACK, str(error)[:80], self._clock() + _SPEECH_AGAIN)
        except EngineDown:
            self._end(message, Outcome.PUT_BACK, "engine down")
        except asyncio.CancelledError:
            self._broken_off(message, call, "stopping")
            raise
        except Exception as error:  # noqa: BLE001 whatever it was, the message has an outcome
            self._broken_off(message, call, type(error).__name__)
        finally:
            if audio is not None:
                audio.unlink(missing_ok=True)

    def _broken_off(self, message: Outgoing, call: Call | None, why: str) -> None:
        """Once it was dialled nobody knows whether the phone has rung."""
        again = self._clock() + _SPEECH_AGAIN
        if call is not None and call.dialled:
            self._end(message, Outcome.UNKNOWN, why, again)
        else:
            self._end(message, Outcome.PUT_BACK, why, 0 if self._stopping else again)

    def _caller(self, message: Outgoing) -> str | None:
        if message.service is Service.VOICE:
            return self._settings.caller
        return caller_ending_in(message.text.strip(), self._settings.flash_numbers)

    async def _call(self, call: Call, audio: Path | None) -> None:
        assert self._engine is not None
        assert self._folder is not None
        s, message = self._settings, call.message
        if self._stopping:
            raise EngineDown("stopping")
        self._inlet.leaving([(message.id, 1)])
        self._calls[message.id] = call
        call.dialled = True
        try:
            sound = audio if audio is not None else self._folder / _SILENCE
            await self._engine.dial(Dial(message.id, s.dialled(message.msisdn), call.caller, sound))
            if call.stopped:  # meanwhile
                await self._engine.hang_up(message.id)
            end = await call.run(self._engine, s)
        finally:
            self._calls.pop(message.id, None)
        metrics.CALLS.labels(self.config.name, end.cause.name.lower()).inc()
        cut_off = end.cause is Cause.OURSELVES and not call.given_up
        if end.cause is Cause.LOST or (cut_off and call.answered_at):
            again = self._clock() + int(s.retry_after * 1000)
            self._end(message, Outcome.UNKNOWN, end.reason or "cut off", again)
        elif cut_off:
            self._end(message, Outcome.PUT_BACK, "stopping" if call.stopped else "cut off")
        elif message.service is Service.FLASHCALL and (call.answered_at or call.rang_for >= _SEEN):
            self._report(message, CallRecord(), 0, end)
        elif call.answered_at:
            self._was_answered(call, end, audio)
        else:
            self._was_not_answered(message, unanswered(end), end)

    # What came of it

    def _was_answered(self, call: Call, end: End, audio: Path | None) -> None:
        lasted = call.lasted
        record = CallRecord(max(1, ceil(lasted)), call.keys)
        heard = end.cause is Cause.PLAYED or (audio is not None and lasted >= duration(audio) / 4)
        if call.keys:
            self._answered_by_keys(call)
        self._report(call.message, record, 0 if heard else Refusal.HUNG_UP.code, end)

    def _was_not_answered(self, message: Outgoing, what: Unanswered, end: End) -> None:
        s, now = self._settings, self._clock()
        tries = self._tries.pop(message.id, _Tries())
        said = f"{end.status} {end.reason}".strip() if end.status else end.reason or end.cause.value
        if what.fate is Fate.BAD_NUMBER:
            self._turn_down(message, what.error, said)
            return
        if what.fate is Fate.TRUNK_FAULT:
            self._fail(said, serious=end.cause is Cause.SILENCE)
            tries = tries._replace(failed=tries.failed + 1)
            left, again = tries.failed < s.trunk_tries, now + int(s.trunk_retry_after * 1000)
        else:
            self._works()
            tries = tries._replace(called=tries.called + 1)
            left, again = what.fate is Fate.AGAIN and tries.called < s.tries, now + int(s.retry_after * 1000)
        if left and again < message.expires_at:
            self._tries[message.id] = tries
            if len(self._tries) > _REMEMBERED:
                self._tries.popitem(last=False)
            self._end(message, Outcome.PUT_BACK, said[:80], self._morning(message, again))
        elif what.fate is Fate.TRUNK_FAULT:
            passed = PartOutcome(1, Outcome.PASS_ON, "", what.error, said[:80])
            self._inlet.outcome(self, message, passed)
        else:
            self._report(message, CallRecord(), what.error, end)

    def _report(self, message: Outgoing, record: CallRecord, error: int, end: End) -> None:
        """The trunk took it, and this is what came of it: two facts that are stored one after the other."""
        self._works()
        self._tries.pop(message.id, None)
        smsc_id = f"V{message.id}"
        self._inlet.outcome(self, message, PartOutcome(1, Outcome.TAKEN, smsc_id))
        state = PartState.FAILED if error else PartState.DELIVERED
        said = str(end.status or "")
        receipt = Receipt(self.config.id, smsc_id, message.msisdn, state, error, said, self._clock(), record)
        self._store(receipt)

    def _store(self, receipt: Receipt) -> None:
        loop = asyncio.get_running_loop()

        def done(stored: bool) -> None:
            if not stored:
                loop.call_later(_STORE_AGAIN, self._store, receipt)

        self._inlet.receipt(receipt, done)

    def _answered_by_keys(self, call: Call) -> None:
        message, loop = call.message, asyncio.get_running_loop()
        keys, at = call.keys.encode(), self._clock()
        piece = Piece(self.config.id, message.msisdn, call.caller, keys, _LATIN_1, at, answers=message.id)

        def done(stored: bool) -> None:
            if not stored:
                loop.call_later(_STORE_AGAIN, self._inlet.inbound, piece, done)

        self._inlet.inbound(piece, done)

    def _turn_down(self, message: Outgoing, error: int, why: str) -> None:
        self._tries.pop(message.id, None)
        self._inlet.outcome(self, message, PartOutcome(1, Outcome.TURNED_DOWN, "", error, why[:80]))

    def _end(self, message: Outgoing, outcome: Outcome, why: str = "", again: int = 0) -> None:
        self._inlet.outcome(self, message, PartOutcome(1, outcome, carrier_error=why, retry_at=again))

    # CallEvents

    def ringing(self, key: int) -> None:
        if key in self._calls:
            self._calls[key].on_ringing()

    def answered(self, key: int) -> None:
        if key in self._calls:
            self._calls[key].on_answered()

    def pressed(self, key: int, digit: str) -> None:
        if key in self._calls:
            self._calls[key].on_key(digit)

    def ended(self, key: int, end: End) -> None:
        if key in self._calls:
            self._calls[key].on_ended(end)

    def engine_changed(self) -> None:
        self._refresh()
        if self.up:
            self._inlet.room(self)

    # Its own state

    def _fail(self, why: str, *, serious: bool) -> None:
        """One call that a trunk refuses may be that call's fault; several, or silence, are the trunk's: for a while others
        go first, then it is tried again.
        """
        self._faults += 1
        if serious or self._faults >= _MANY_FAULTS:
            self._fault = masked(why)[:120]
            self._refresh()
            if self._recovery is not None:
                self._recovery.cancel()
            self._recovery = asyncio.get_running_loop().call_later(_FAULT_LASTS, self._works)

    def _works(self) -> None:
        self._faults, self._fault = 0, ""
        self._refresh()

    def _refresh(self) -> None:
        engine = self._engine
        if self._stopping or engine is None:
            return
        if self._look_again is not None:
            self._look_again.cancel()
        missing = self._speaker.missing if self._speaker is not None else []
        if not engine.installed:
            self._set_state("unfit", engine.trouble)
        elif missing and "voice" in self._settings.serves:
            self._set_state("unfit", f"{', '.join(missing)}: not installed")
            self._look_again = asyncio.get_running_loop().call_later(_LOOK_AGAIN, self._refresh)
        elif not engine.ready:
            self._set_state("connecting", engine.trouble)
        elif engine.trouble or self._fault:
            self._set_state("throttled", engine.trouble or self._fault)
        else:
            self._set_state("bound", "")

    def _set_state(self, state: str, detail: str) -> None:
        if (state, detail) != (self.state, self.detail):
            self.state, self.detail = state, detail
            self._up.set(1 if self.up else 0)
            self._inlet.changed(self)
