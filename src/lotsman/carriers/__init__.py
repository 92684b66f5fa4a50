"""The way out: links to carriers.

In: claimed messages.
Out: an outcome for each part, receipts, the state of the link; all through the Inlet that the wiring hands in.
Calls: domain, gsm, smpp.
Never: the store; never decides what becomes of a message.
"""
