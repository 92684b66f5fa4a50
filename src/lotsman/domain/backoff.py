"""Attempt number -> how long to wait. The jitter is an argument, so the decision stays pure."""


def delay(attempt: int, jitter: float, *, first: float = 1.0, most: float = 60.0) -> float:
    """Seconds before the attempt after the `attempt`-th failure: doubling, capped, spread over +-25 % by jitter 0..1."""
    wait: float = min(most, first * 2 ** min(attempt, 30))
    return wait * (0.75 + jitter / 2)
