"""A strict message centre on smpp.twisted3 (Jasmin's SMPP engine), which nobody here wrote. Run as a process of its own.

Its argument is JSON: {binds: how many sessions of each kind a client may have, throttle: every how manyth submit}. It says
{"port": N}, then {"bind": kind}, {"submit": {...}}, {"acknowledged": status} and {"complaint": text}, a line each; other
lines are the library's own. It takes what it can read, closes on what it cannot, and never on less.
"""

import json
import logging
import sys

from smpp.pdu.operations import DeliverSM
from smpp.pdu.pdu_types import CommandStatus, EsmClass, EsmClassMode, EsmClassType, MessageState
from smpp.twisted.config import SMPPServerConfig
from smpp.twisted.protocol import DataHandlerResponse
from smpp.twisted.server import SMPPServerFactory
from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import Portal
from twisted.internet import reactor

OPTIONS = json.loads(sys.argv[1])
taken = 0


def say(**facts):
    sys.stdout.write(json.dumps(facts, default=str) + "\n")
    sys.stdout.flush()


class Complaints(logging.Handler):
    def emit(self, record):
        say(complaint=record.getMessage())


class Realm:
    def requestAvatar(self, avatar, mind, *interfaces):  # noqa: N802, ARG002  the library's name
        return interfaces[0], avatar, lambda: None


class Factory(SMPPServerFactory):
    def addBoundConnection(self, connection):  # noqa: N802  the library's name
        super().addBoundConnection(connection)
        say(bind=connection.bind_type.name)


def on_message(system_id, session, pdu):
    global taken  # noqa: PLW0603  a script
    taken += 1
    facts = {
        name: value.decode("latin-1") if isinstance(value, bytes) else value
        for name, value in pdu.params.items()
    }
    text = pdu.params.get("short_message") or pdu.params.get("message_payload") or b""
    say(submit={name: str(value) for name, value in facts.items()} | {"octets": text.hex()})
    every = OPTIONS.get("throttle")
    if every and taken % every == 0:
        return CommandStatus.ESME_RTHROTTLED
    message_id = f"{taken:08X}"
    reactor.callLater(0.02, report, system_id, pdu, message_id)
    return DataHandlerResponse(status=CommandStatus.ESME_ROK, message_id=message_id)


def report(system_id, submit, message_id):
    text = f"id:{message_id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:DELIVRD err:000 text:"
    receipt = DeliverSM(
        source_addr=submit.params["destination_addr"],
        destination_addr=submit.params["source_addr"],
        esm_class=EsmClass(EsmClassMode.DEFAULT, EsmClassType.SMSC_DELIVERY_RECEIPT),
        receipted_message_id=message_id,
        message_state=MessageState.DELIVERED,
        short_message=text.encode(),
    )
    sessions = factory.getBoundConnections(system_id)
    session = sessions.getNextBindingForDelivery() if sessions is not None else None
    if session is None:
        say(complaint="nobody takes receipts")
        return
    sent = session.sendDataRequest(receipt)
    sent.addCallback(lambda answered: say(acknowledged=answered.response.status.name))
    sent.addErrback(lambda failure: say(complaint=str(failure.value)))


logging.getLogger("smpp").addHandler(Complaints(logging.ERROR))
config = SMPPServerConfig(
    msgHandler=on_message, systems={"lotsman": {"max_bindings": OPTIONS.get("binds", 1)}}
)
checker = InMemoryUsernamePasswordDatabaseDontUse()
checker.addUser(b"lotsman", b"secret")
checker.addUser("lotsman", "secret")
portal = Portal(Realm())
portal.registerChecker(checker)
factory = Factory(config, portal)
say(port=reactor.listenTCP(0, factory, interface="127.0.0.1").getHost().port)
reactor.run()
