"""A message centre (SMSC) to develop and test against: it takes messages and plays a scenario.

In: a scenario; binds, submits, queries and acknowledgements of SMPP clients; messages of phones (`deliver`).
Out: responses, receipts, MO messages, sudden silence; a list of everything that was submitted.
Calls: smpp, gsm, an HTTP library.
Never: the domain, the verbs, the store; the wall clock (an argument); chance without the scenario's seed.
"""
