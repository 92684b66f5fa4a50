"""One running process: settings become objects, objects become a node that starts, drains and stops.

In: settings, roles.
Out: a listening, dispatching process; health and metrics.
Calls: everything below, in wiring.py only.
Never: decides anything about a message.
"""
