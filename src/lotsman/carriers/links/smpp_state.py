"""What a link says of itself: a word and a sentence, made of its binds and of its rate. For people, and for alarms."""

from collections.abc import Sequence

from lotsman.carriers.links.pace import Throttle
from lotsman.carriers.links.smpp_bind import SmppBind


def judge(binds: Sequence[SmppBind], throttle: Throttle, pause: float) -> tuple[str, str]:
    """(state, detail). Bound: it can send, if it is meant to, and hear receipts, if it is meant to.

    `pause`: seconds for which a link that was throttled sends nothing; 0: it sends.
    """
    missing = [bind for bind in binds if bind.protocol is None]
    why = next((f"{bind.address}: {bind.why}" for bind in missing if bind.why), "")
    if not _works(binds):
        refused = any(bind.refused for bind in missing)
        return "refused" if refused else "connecting", missing[0].why if len(binds) == 1 else why
    said = []
    if throttle.lowered:
        said.append(_slow(throttle, pause))
    if missing:
        said.append(f"{len(binds) - len(missing)} of {len(binds)} binds")
        said += [why] if why else []
    return "throttled" if throttle.lowered else "bound", "; ".join(said)


def _slow(throttle: Throttle, pause: float) -> str:
    full = f" of {throttle.agreed:g}" if throttle.agreed else ""
    rate = f"{throttle.rate:.3g}{full} parts a second"
    return f"pausing {pause:.1f} s, then {rate}" if pause else f"slowed to {rate}"


def _works(binds: Sequence[SmppBind]) -> bool:
    senders = [bind for bind in binds if bind.sends]
    receivers = [bind for bind in binds if bind.receives]
    return all(any(bind.protocol is not None for bind in some) for some in (senders, receivers) if some)
