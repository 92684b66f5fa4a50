"""SMPP 3.4, sans-IO, for both roles (ESME and SMSC).

In: bytes from a peer; PDUs a caller wants sent; the time.
Out: bytes for the peer; events for the caller.
Calls: nothing outside the standard library; of it, only `transport` touches asyncio.
Never: a clock, a thread, a socket (but `transport`), text encodings of messages, retries, routing.
"""
