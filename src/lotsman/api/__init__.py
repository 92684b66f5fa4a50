"""The SMSPilot doors: bytes of an HTTP request become a command, its outcome the bytes of an answer.

In: bytes from a connection. Out: bytes for it.
Calls: usecases, domain.
Never: SQL, carriers, SMPP; an exception that reaches the caller of the door.
"""
