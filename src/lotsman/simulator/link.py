"""One connection to the message centre.

In: events of its session. Out: binds, submits and acknowledgements for the centre; queries are answered from it.
Rule 1: once dropped it is deaf: what came in the same segment as the last submit is never read.
"""

from typing import TYPE_CHECKING, Any, Final

from lotsman.simulator.mailbox import Item, Mailbox
from lotsman.simulator.message import STATE_NUMBERS
from lotsman.smpp import commands, times, tlv
from lotsman.smpp.events import Event, Lost, Nacked, Request, Response, TimedOut, Unbound
from lotsman.smpp.pdu import Bind, CancelSm, DataSm, Pdu, QuerySm, Sm
from lotsman.smpp.states import State
from lotsman.smpp.transport import SmppProtocol

if TYPE_CHECKING:
    from lotsman.simulator.smsc import Simulator

NAME: Final = "simulator"  # the system_id of the message centre
_INTERFACE: Final = (tlv.make(tlv.SC_INTERFACE_VERSION, 0x34),)
_RECEIVING: Final = frozenset({State.BOUND_RX, State.BOUND_TRX})
_REFUSALS: Final = {
    commands.REPLACE_SM: commands.ESME_RREPLACEFAIL,
    commands.SUBMIT_MULTI: commands.ESME_RSUBMITFAIL,
}


class Link:
    def __init__(self, centre: "Simulator", protocol: SmppProtocol) -> None:
        self.protocol: Final = protocol
        self.system_id = ""  # until it is bound
        self.system_type = ""
        self._centre = centre
        self._mailbox: Mailbox | None = None
        self._dropped = False

    @property
    def ready(self) -> bool:
        return self.protocol.session.room > 0 and self.protocol.writable

    @property
    def receives(self) -> bool:
        return self.protocol.session.state in _RECEIVING

    def hand_over(self, item: Item) -> None:
        self.protocol.send(item.sm, item)

    def answer(self, request: Pdu, status: int, message_id: str) -> None:
        if status:
            self.protocol.answer(request, status)
        else:
            self.protocol.answer(request, message_id=message_id)

    def drop(self) -> None:
        """No unbind; what was answered before still leaves"""
        self._dropped = True
        if self._mailbox is not None:
            self._mailbox.detach(self)
        self.protocol.close()

    # Listener

    def on_events(self, events: list[Event]) -> None:
        mailbox = self._mailbox
        for event in events:
            if isinstance(event, Request):
                if self._dropped:
                    break
                self._requested(event.pdu)
            elif mailbox is None:
                continue
            elif isinstance(event, Response):
                mailbox.answered(_item(event.context), event.status)
            elif isinstance(event, Nacked):
                mailbox.answered(_item(event.context), event.status or commands.ESME_RSYSERR)
            elif isinstance(event, TimedOut):
                mailbox.unanswered(_item(event.context))
            elif isinstance(event, Lost):
                mailbox.detach(self)
                mailbox.lost(event.contexts)
            elif isinstance(event, Unbound):
                mailbox.detach(self)
        if mailbox is not None:
            mailbox.pump()
        self._centre.changed()

    def before_write(self, contexts: list[object]) -> None:
        pass

    def on_writable(self) -> None:
        if self._mailbox is not None:
            self._mailbox.pump()

    def on_closed(self, error: BaseException | None) -> None:  # noqa: ARG002  why does not matter
        if self._mailbox is not None:
            self._mailbox.detach(self)
        self._centre.gone(self)

    # Requests

    def _requested(self, request: Pdu) -> None:
        if isinstance(request, Sm | DataSm):
            self._centre.submit(self, request)
        elif isinstance(request, Bind):
            self._bind(request)
        elif isinstance(request, QuerySm):
            self._query(request)
        elif isinstance(request, CancelSm):
            self._cancel(request)
        else:
            self.protocol.answer(request, _REFUSALS.get(request.command, commands.ESME_RSYSERR))

    def _bind(self, request: Bind) -> None:
        status = self._centre.bind(request)
        if status:
            self.protocol.answer(request, status)
            return
        self.system_id, self.system_type = request.system_id, request.system_type
        self.protocol.answer(request, system_id=NAME, tlvs=_INTERFACE)
        self._mailbox = self._centre.mailbox(request.system_id)
        if self.receives:
            self._centre.attach(self, self._mailbox)

    def _query(self, request: QuerySm) -> None:
        message = self._centre.find(request.message_id)
        if message is None:
            self.protocol.answer(request, commands.ESME_RQUERYFAIL)
            return
        error = int(message.error) if message.error.isdecimal() else 255
        self.protocol.answer(
            request,
            message_id=request.message_id,
            final_date=times.absolute(message.done) if message.over else "",
            message_state=STATE_NUMBERS[message.state],
            error_code=min(error, 255),
        )

    def _cancel(self, request: CancelSm) -> None:
        message = self._centre.find(request.message_id)
        if message is None or message.over:
            self.protocol.answer(request, commands.ESME_RCANCELFAIL)
        else:
            self.protocol.answer(request)
            self._centre.cancel(message)


def _item(context: Any) -> Item:
    assert isinstance(context, Item)
    return context
