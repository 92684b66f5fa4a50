"""Routes and terms as they are now, for admission and for links."""

from collections.abc import Mapping

from lotsman.carriers.registry import services
from lotsman.domain.carrier_sender import SenderBook
from lotsman.domain.purchase import PurchasePrices
from lotsman.domain.routing import LinkTerms, RoutingTable
from lotsman.store.cluster import UNFIT, LinkRow, LinkStatus, all_links, statuses
from lotsman.store.prices import load_purchases
from lotsman.store.routes import LinkSender, all_link_senders, all_routes, names_of
from lotsman.usecases import Platform


async def read_routing(platform: Platform) -> None:
    """Whatever has changed since the last call counts for the next message. Refresh the directory before."""
    revision, read = platform.directory.revision, platform.database.read
    if revision == platform.routing.revision:
        return
    senders = await read(all_link_senders)
    costs = await read(load_purchases, platform.directory.currency, platform.directory.now)
    said = await read(statuses)
    terms = [
        found
        for link in await read(all_links)
        if (found := _terms(link, senders, costs, said.get(link.id))) is not None
    ]
    platform.routing = RoutingTable(await read(all_routes), {each.id: each for each in terms}, revision)


def _terms(
    link: LinkRow,
    senders: list[LinkSender],
    costs: Mapping[int, PurchasePrices],
    status: LinkStatus | None,
) -> LinkTerms | None:
    """None for a link that no node can start."""
    try:
        serves = services(link.name, link.kind, link.settings)
    except (LookupError, ValueError):
        return None
    unfit = status.detail if status is not None and status.state == UNFIT else ""
    book = SenderBook(link.only_registered, link.substitute, names_of(senders, link.id))
    purchase = costs.get(link.id)
    return LinkTerms(link.id, link.name, serves, link.priority, link.enabled, book, purchase, unfit)
