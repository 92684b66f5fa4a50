"""An ESME session and an SMSC session joined without a socket: what one sends, the other receives at once."""

from lotsman.smpp import commands as c
from lotsman.smpp.events import Request
from lotsman.smpp.pdu import Bind, Sm
from lotsman.smpp.session import Session
from lotsman.smpp.states import Role


class ConnectionPair:
    def __init__(self, *, bind=c.BIND_TRANSCEIVER, **esme_options):
        self.now = 1_000
        self.esme = Session(Role.ESME, **esme_options)
        self.smsc = Session(Role.SMSC)
        self.at_esme = []  # events not yet looked at
        self.at_smsc = []
        self.esme.opened(self.now)
        self.smsc.opened(self.now)
        if bind is not None:
            self.to_smsc(self.esme.bind(Bind(bind, system_id="shop", password="secret"), self.now))
            (request,) = self.take_smsc()
            self.to_esme(self.smsc.answer(request.pdu, system_id="smsc"))
            self.take_esme()

    def to_smsc(self, data):
        """Delivers, and delivers every automatic answer, until both are quiet"""
        while data:
            events, reply = self.smsc.receive(data, self.now)
            self.at_smsc += events
            data = b""
            if reply:
                events, data = self.esme.receive(reply, self.now)
                self.at_esme += events

    def to_esme(self, data):
        while data:
            events, reply = self.esme.receive(data, self.now)
            self.at_esme += events
            data = b""
            if reply:
                events, data = self.smsc.receive(reply, self.now)
                self.at_smsc += events

    def take_esme(self):
        events, self.at_esme = self.at_esme, []
        return events

    def take_smsc(self):
        events, self.at_smsc = self.at_smsc, []
        return events

    def submit(self, context):
        self.to_smsc(self.esme.send_request(a_submit(), context, self.now))

    def submitted(self):
        """The requests the SMSC has got"""
        return [event.pdu for event in self.take_smsc() if isinstance(event, Request)]


def a_submit(**values):
    return Sm(c.SUBMIT_SM, **{"destination_addr": "79161234567", "short_message": b"hello"} | values)


def a_deliver(**values):
    return Sm(c.DELIVER_SM, **{"source_addr": "79161234567", "short_message": b"hi"} | values)
