"""GSM: characters to parts, and the octets of a short message back to characters.

In: a text to send; data_coding and octets of a short message that came in.
Out: encoding, octets of each part, concatenation headers; the text of what came in.
Calls: nothing.
Never: IO, clocks, SMPP; registering a codec (other libraries fight over the name gsm0338).
"""
