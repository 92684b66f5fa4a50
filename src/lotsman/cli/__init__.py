"""The command line: one file for each noun.

In: arguments, LOTSMAN_… settings.
Out: lines for people, exit codes for scripts.
Calls: node, usecases.
Never: SQL (but for migrations), secrets on the screen twice.
"""
