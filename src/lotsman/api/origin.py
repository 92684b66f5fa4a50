"""Which request brought a message: noted in its trace, without keys and passwords."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from lotsman.api.http1 import Request
from lotsman.domain.trace import Kind, Trace, as_data, shown


class Origin(NamedTuple):
    http: Request
    address: Callable[[], str]  # of the caller; "" when nobody knows it

    def note(
        self, trace: Trace, first_id: int, now: int, door: str, parameters: Iterable[tuple[str, str]]
    ) -> None:
        """`first_id`: of the messages that the request brought."""
        if trace.on:
            http = self.http
            said = (door, "send", http.method, http.path.decode("latin-1"), self.address())
            trace.note(first_id, now, Kind.REQUEST, 0, as_data((*said, *shown(parameters))))
