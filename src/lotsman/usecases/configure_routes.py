"""Routes: add, change, remove, list; links by their names."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lotsman.domain.lane import Member
from lotsman.domain.route import Route, Step, parse_match
from lotsman.store.cluster import all_links
from lotsman.store.routes import all_routes, remove_route, save_route
from lotsman.usecases import Platform

__all__ = ["Route", "RouteWish", "StepWish", "delete_route", "list_routes", "put_route"]

_POSITION: int = 100


class StepWish(NamedTuple):
    links: Sequence[tuple[str, int]]  # names and weights
    cheapest: bool = False


class RouteWish(NamedTuple):
    """A route as people write it."""

    name: str
    match: Mapping[str, Any]  # conditions, as domain.route.parse_match takes them
    steps: Sequence[StepWish]  # none: what matches is refused
    position: int = _POSITION
    margin: int | None = None  # kopecks
    enabled: bool = True


async def put_route(platform: Platform, wish: RouteWish) -> bool:
    """Make the route or replace the one of its name; -> whether there was one. Raises ValueError, LookupError."""
    if not wish.name or wish.name.strip() != wish.name:
        raise ValueError("a route needs a name")
    ids = {link.name: link.id for link in await platform.database.read(all_links)}
    steps = tuple(_step(step, ids) for step in wish.steps)
    named = [member.link_id for step in steps for member in step.members]
    if len(named) != len(set(named)):
        raise ValueError("a link can be in a route only once")
    route = Route(wish.name, wish.position, parse_match(wish.match), steps, wish.margin, wish.enabled)
    return await platform.change(save_route, route)


async def delete_route(platform: Platform, name: str) -> bool:
    """-> whether there was one."""
    return await platform.change(remove_route, name)


async def list_routes(platform: Platform) -> tuple[list[Route], dict[int, str]]:
    """In the order in which they are asked, and the names of links."""
    names = {link.id: link.name for link in await platform.database.read(all_links)}
    return await platform.database.read(all_routes), names


def _step(wish: StepWish, ids: Mapping[str, int]) -> Step:
    unknown = [name for name, _ in wish.links if name not in ids]
    if unknown or not wish.links:
        raise LookupError(f"no link {', '.join(unknown)}; `lotsman carrier list` shows all")
    if not all(1 <= weight <= 1000 for _, weight in wish.links):
        raise ValueError("a weight is 1 to 1000")
    return Step(tuple(Member(ids[name], weight) for name, weight in wish.links), wish.cheapest)
