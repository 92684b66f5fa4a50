"""format=v: the one value a client wants, or the sentence that says why not."""

from lotsman.api.v1.answers.shapes import Failure, Listing, Record, Registered, Scalar


def scalar(answer: Scalar) -> str:
    return answer.value


def record(answer: Record) -> str:
    return answer.value


def listing(answer: Listing) -> str:
    return answer.value


def registered(answer: Registered) -> str:
    return answer.value


def failure(answer: Failure, lang: str) -> str:
    return answer.refusal.said_in(lang)
