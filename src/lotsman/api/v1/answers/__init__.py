"""One answer in four formats and any charset.

In: a shape (shapes.py) and the style the caller asked for. Out: content type and body.
Calls: api.charset, domain.refusals.
Never: know which operation it speaks for; fail over a character.
"""
