"""Whole processes: started by the command line, killed, drained, and asked over HTTP.

In: the installed program, a message centre, a database.
Out: what customers and operators would see.
Calls: stand.
Never: the program's own modules, but to look into its database.
"""
