"""A message centre on a port: it accepts binds, takes messages, plays its scenario and sends receipts.

In: a scenario; SMPP sessions. Out: `received`, `counts`, receipts, and what `deliver` sends from a phone.
Strategy: everything happens within the events of the sessions and the calls of one agenda; no task, no queue per
message. What waits for a system_id lives in its mailbox and outlives its sessions, a stop and a new start too.
Rule 1: time is the loop's; the dates of receipts are the `clock`'s, which begins in 2026 when none is given.
Rule 2: a receipt is sent when its message asked for one (registered_delivery).
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from lotsman.simulator import phone
from lotsman.simulator.agenda import Agenda
from lotsman.simulator.link import Link
from lotsman.simulator.mailbox import Counts, Item, Mailbox
from lotsman.simulator.message import (
    Message,
    Submission,
    Submit,
    asked,
    look_up,
    read,
    receipt,
    spell,
    wants_receipt,
)
from lotsman.simulator.scenario import Answer, Play, Scenario
from lotsman.smpp import commands, times, writer
from lotsman.smpp.pdu import Bind, Sm
from lotsman.smpp.session import Session
from lotsman.smpp.states import Role
from lotsman.smpp.timers import Timeouts
from lotsman.smpp.transport import SmppProtocol, serve

if TYPE_CHECKING:
    import ssl

KEPT: Final = 10_000  # submits in `received`, at least
MESSAGES_KEPT: Final = 100_000  # for query_sm and cancel_sm
WINDOW: Final = 200  # deliver_sm that a session may leave unacknowledged
_BEGINNING: Final = 1_767_225_600_000  # 2026-01-01T00:00:00Z


class Simulator:
    def __init__(
        self,
        scenario: Scenario | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 2775,  # 0: any free one; `port` tells which
        system_id: str = "",  # empty: any
        password: str = "",  # empty: any
        tls: "ssl.SSLContext | None" = None,
        clock: Callable[[], int] | None = None,  # milliseconds since the epoch
        on_submit: Callable[[Submit], None] | None = None,
        timeouts: Timeouts | None = None,
        window: int = WINDOW,
    ) -> None:
        self.host, self.port = host, port
        self.system_id, self.password = system_id, password
        self.on_submit = on_submit
        self.counts: Final = Counts()
        self.received: Final[list[Submit]] = []  # the last KEPT, at times up to twice as many
        self.links: Final[list[Link]] = []  # all connections
        self._tls, self._clock, self._timeouts, self._window = tls, clock, timeouts, window
        self._agenda: Final = Agenda()
        self._mailboxes: Final[dict[str, Mailbox]] = {}
        self._unclaimed: Final[list[Item]] = []  # of phones, while nobody receives
        self._messages: Final[dict[str, Message]] = {}
        self._watchers: Final[list[tuple[Callable[[], bool], asyncio.Future[None]]]] = []
        self._server: asyncio.Server | None = None
        self.play(scenario or Scenario())
        # Nine digits: short enough to be padded, and no start repeats the ids of the one before
        self._number = self._play.random.randrange(10**8, 9 * 10**8)
        self._reference = 0

    # For its owner

    async def start(self) -> None:
        """Raises OSError when the port is taken"""
        self._loop = asyncio.get_running_loop()
        self._server = await serve(
            self.host, self.port, self._session, self._link, self._ticks, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._agenda.wake(self._loop)

    async def stop(self) -> None:
        """Ends every connection without a word; what was still to come, comes after the next start"""
        if self._server is None:
            return
        server, self._server = self._server, None
        self._agenda.rest()
        server.close()
        for link in self.links:
            link.protocol.abort()
        # One whose TLS handshake failed never had a peer, and nobody says that it closed
        await self.until(lambda: not any(link.protocol.peername for link in self.links))
        self.links.clear()
        await server.wait_closed()

    @property
    def waiting(self) -> int:
        """Receipts and messages of phones that no session has in hand"""
        return len(self._unclaimed) + sum(mailbox.waiting for mailbox in self._mailboxes.values())

    def play(self, scenario: Scenario) -> None:
        """From now on; what was decided stays decided"""
        self._play = Play(scenario)

    async def wait_for(self, count: int, timeout: float = 5.0) -> list[Submit]:  # noqa: ASYNC109
        """`received`, as soon as so many were submitted in all"""
        await self.until(lambda: self.counts.submits >= count, timeout)
        return self.received

    async def until(self, true: Callable[[], bool], timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """Asks whenever something happened here, as in `until(lambda: simulator.counts.acknowledged == 3)`"""
        if true():
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        watcher = (true, future)
        self._watchers.append(watcher)
        try:
            async with asyncio.timeout(timeout):
                await future
        except TimeoutError:
            raise TimeoutError(f"not within {timeout} s; so far {self.counts}") from None
        finally:
            self._watchers.remove(watcher)

    async def deliver(
        self,
        source: str,
        destination: str,
        text: str = "",
        *,
        data_coding: int | None = None,  # None: what the text needs
        octets: bytes | None = None,  # instead of the text; one part
        header: bytes = b"",  # before the octets: a user data header, its length octet included
        payload: bool = False,  # in message_payload, whole
        system_id: str | None = None,  # None: whoever receives
    ) -> list[int]:
        """A message of a phone. The first status that each part was answered, be it much later"""
        if octets is not None:
            coding, pieces = data_coding or 0, [(header, octets)]
        else:
            self._reference += 1
            coding, pieces = phone.pieces(text, data_coding, self._reference, whole=payload)
        sms = [phone.deliver(source, destination, coding, piece, payload=payload) for piece in pieces]
        return await self.deliver_pdus(sms, system_id)

    async def deliver_pdus(self, sms: list[Sm], system_id: str | None = None) -> list[int]:
        """The same for deliver_sm made by hand. UnwritableError: they cannot stand on the wire"""
        for sm in sms:
            writer.encode(sm)
        loop = asyncio.get_running_loop()
        answers: list[asyncio.Future[int]] = [loop.create_future() for _ in sms]
        items = [Item(sm, answer=answer) for sm, answer in zip(sms, answers, strict=True)]
        mailbox = self.mailbox(system_id) if system_id is not None else self._anyones()
        if mailbox is None:
            self._unclaimed.extend(items)
        else:
            for item in items:
                mailbox.post(item)
        self.changed()
        return [await answer for answer in answers]

    # For its links

    def bind(self, request: Bind) -> int:
        if self.system_id and request.system_id != self.system_id:
            status = commands.ESME_RINVSYSID
        elif self.password and request.password != self.password:
            status = commands.ESME_RINVPASWD
        else:
            status = self._play.bind(self._loop.time())
        if status:
            self.counts.binds_refused += 1
        else:
            self.counts.binds += 1
        return status

    def mailbox(self, system_id: str) -> Mailbox:
        mailbox = self._mailboxes.get(system_id)
        if mailbox is None:
            mailbox = Mailbox(self._agenda, self.counts, lambda: self._play.settings.resend)
            self._mailboxes[system_id] = mailbox
        return mailbox

    def attach(self, link: Link, mailbox: Mailbox) -> None:
        """It receives from now on"""
        mailbox.attach(link)
        items = self._unclaimed.copy()
        self._unclaimed.clear()
        for item in items:
            mailbox.post(item)

    def submit(self, link: Link, submission: Submission) -> None:
        answer = self._play.answer(submission.destination_addr, self._loop.time())
        clock = self.clock()
        status = answer.status or _wrong(submission, clock)
        text, head = read(submission)
        message = self._take(link, submission, text, clock) if not status else None
        smsc_id = message.id if message is not None else ""
        self._note(
            Submit(
                self.counts.submits + 1,
                submission.source_addr,
                submission.destination_addr,
                text,
                submission.data_coding,
                head,
                smsc_id,
                None if answer.silent else status,
                clock,
                link.system_id,
                submission,
            )
        )
        self._answer(link, answer, status, submission, message)

    def find(self, message_id: str) -> Message | None:
        return self._messages.get(message_id)

    def cancel(self, message: Message) -> None:
        message.delivery.state, message.delivery.error = "DELETED", "000"
        self._conclude(message)

    def gone(self, link: Link) -> None:
        self.links.remove(link)
        self.changed()

    def changed(self) -> None:
        for true, future in self._watchers:
            if not future.done() and true():
                future.set_result(None)

    def clock(self) -> int:
        return self._clock() if self._clock is not None else _BEGINNING + self._ticks()

    # Within

    def _session(self) -> Session:
        return Session(Role.SMSC, window=self._window, timeouts=self._timeouts)

    def _link(self, protocol: SmppProtocol) -> Link:
        link = Link(self, protocol)
        self.links.append(link)
        return link

    def _ticks(self) -> int:
        return int(self._loop.time() * 1000)

    def _anyones(self) -> Mailbox | None:
        return next((mailbox for mailbox in self._mailboxes.values() if mailbox.takers), None)

    def _take(self, link: Link, submission: Submission, text: str, clock: int) -> Message:
        play = self._play
        self._number += 1
        message = Message(
            number=self._number,
            id=spell(self._number, play.settings.ids),
            text=text,
            submission=submission,
            delivery=play.delivery(submission.destination_addr, self._loop.time()),
            submitted=clock,
            system_id=link.system_id,
            origin=link,
            asked=asked(submission, text, link.system_type),
        )
        if message.asked:
            look_up(message)
        self._messages[message.id] = message
        if len(self._messages) > MESSAGES_KEPT:
            del self._messages[next(iter(self._messages))]
        return message

    def _note(self, submit: Submit) -> None:
        counts, received = self.counts, self.received
        counts.submits += 1
        if submit.status is None:
            counts.unanswered += 1
        elif submit.status:
            counts.refused += 1
        else:
            counts.taken += 1
        received.append(submit)
        if len(received) >= 2 * KEPT:
            del received[:KEPT]
        if self.on_submit is not None:
            self.on_submit(submit)

    def _answer(
        self, link: Link, answer: Answer, status: int, submission: Submission, message: Message | None
    ) -> None:
        if message is not None and message.delivery.early:
            self._conclude(message)
        if answer.drop:
            self.counts.dropped += 1
            link.drop()
        elif not answer.silent:
            message_id = message.id if message is not None else ""
            if answer.latency:
                self._agenda.after(answer.latency, link.answer, submission, status, message_id)
            else:
                link.answer(submission, status, message_id)
        if message is not None and not message.delivery.early:
            scheduled = _schedule(submission, message.submitted) or message.submitted
            wait = answer.latency + message.delivery.delay + max(scheduled - message.submitted, 0) / 1000
            self._agenda.after(wait, self._conclude, message)

    def _conclude(self, message: Message) -> None:
        """The message reaches its last state, and its receipts leave"""
        if message.over:
            return  # cancelled
        delivery = message.delivery
        message.state, message.error, message.done = delivery.state, delivery.error, self.clock()
        if wants_receipt(message.submission, message.state):
            for _ in range(delivery.copies):
                item = Item(receipt(message), message.origin, delivery.other_bind)
                self.mailbox(message.system_id).post(item)
        reply = delivery.reply
        can_answer = (
            delivery.state == "DELIVRD" and message.submission.source_addr.isdecimal()
        )  # not to a name
        if reply is not None and can_answer and not message.asked:
            self._agenda.after(reply[0], self._reply, message, reply[1])
        self.changed()

    def _reply(self, message: Message, text: str) -> None:
        """The phone writes back"""
        self._reference += 1
        coding, pieces = phone.pieces(text, None, self._reference, whole=False)
        submission, mailbox = message.submission, self.mailbox(message.system_id)
        for piece in pieces:
            sm = phone.deliver(
                submission.destination_addr, submission.source_addr, coding, piece, payload=False
            )
            mailbox.post(Item(sm))
        self.changed()


def _wrong(submission: Submission, now: int) -> int:
    """What every message centre refuses"""
    if not submission.destination_addr:
        return commands.ESME_RINVDSTADR
    if isinstance(submission, Sm):
        if submission.schedule_delivery_time and _schedule(submission, now) is None:
            return commands.ESME_RINVSCHED
        if submission.validity_period and times.parse(submission.validity_period, now) is None:
            return commands.ESME_RINVEXPIRY
    return commands.ESME_ROK


def _schedule(submission: Submission, now: int) -> int | None:
    if isinstance(submission, Sm) and submission.schedule_delivery_time:
        return times.parse(submission.schedule_delivery_time, now)
    return None
