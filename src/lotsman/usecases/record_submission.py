"""What a carrier answered to the submits of one message."""

from lotsman.store.database import Done
from lotsman.store.submissions import Submission, record_submissions
from lotsman.usecases import Platform

__all__ = ["Submission", "record_submission"]


def record_submission(platform: Platform, submission: Submission, done: Done) -> None:
    """`done` gets the message's new state once it is on disk (None: it did not move), or an exception."""
    platform.database.submit(record_submissions, submission, done)
