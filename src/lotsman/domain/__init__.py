"""Decisions: facts in, what to do about them out.

In: plain values, the time among them. Out: values: a yes with its details, or a Refusal.
Calls: gsm.
Never: IO, clocks, random, the store; raise for an expected no.
"""
