"""Outgoing mail: what verbs have queued, carried to the operator's mail server.

In: mails that are due. Out: SMTP to one relay; sent, to be tried again, or given up.
Calls: usecases, aiosmtplib.
Never: decides what is worth a mail; SQL; a message's life.
"""
