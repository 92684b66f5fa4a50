"""Telling customers: what became of their messages, and what came in.

In: calls that are due, from the store.
Out: HTTP requests to customers' addresses; what became of each try.
Calls: usecases, domain, the HTTP client.
Never: decides what is told; connects to an address that the guard has not seen.
"""
