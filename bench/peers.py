"""Other gateways, measured by the same driver and sink.

To measure one more: a class with what measure.py asks of a gateway, as Kannel has it, and an entry here.
"""

from jasmin import Jasmin
from kannel import Kannel, KannelFast, KannelFile, KannelNoCallback

PEERS = {
    "kannel-durable": Kannel,
    "kannel-file": KannelFile,
    "kannel-fast": KannelFast,
    "kannel-nocallback": KannelNoCallback,
    "jasmin": Jasmin,
}
