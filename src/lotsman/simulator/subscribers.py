"""What a phone does, by its number, where the script says nothing else.

A number that ends in
    …98  is switched off:        receipt UNDELIV, error 001
    …97  does not exist:         refused at submit, ESME_RINVDSTADR
    …96  is never found:         receipt EXPIRED, three seconds later
    …95  is a mystery:           no receipt ever
and every other number gets its message half a second after it was taken: receipt DELIVRD.

In: nothing. Out: these facts as lines of the scenario language; `subscribers ordinary` in a script takes them away.
"""

from typing import Final

SCRIPT: Final = """
reject for *97
fails UNDELIV err 001 for *98
fails EXPIRED for *96
receipt 3s for *96
receipts lost for *95
"""
