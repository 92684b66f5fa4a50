"""One file for each kind of link.

In: claimed messages, through `submit`.
Out: outcomes and receipts, through the Inlet.
Calls: smpp, gsm, domain.
Never: each other, the store.
"""
