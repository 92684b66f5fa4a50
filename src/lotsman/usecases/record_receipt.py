"""THE place where a receipt lands: what a carrier says became of a part."""

from lotsman.domain.receipt import Receipt
from lotsman.store.database import Done
from lotsman.store.receipts import record_receipts
from lotsman.usecases import Platform


def record_receipt(platform: Platform, receipt: Receipt, done: Done) -> None:
    """`done` gets how it matched (domain/smsc_id.py; NONE: kept until it does) once it is on disk, or an exception."""
    platform.database.submit(record_receipts, receipt, done)
