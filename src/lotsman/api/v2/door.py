"""What the doors need of API-2: read a request, carry it out for its caller, put the answer into its form."""

from lotsman import metrics
from lotsman.api.v1.emulator import ACCOUNT
from lotsman.api.v2 import emulator, operations
from lotsman.api.v2.answers import render
from lotsman.api.v2.call import Call
from lotsman.api.v2.envelope import Form, Source, find

__all__ = ["Call", "Source", "carry_out", "find", "render"]


async def carry_out(call: Call, form: Form) -> tuple[str, bytes]:
    """Content type and body; raises Refused."""
    operation = operations.select(call.envelope)
    metrics.REQUESTS.labels(operation.name).inc()
    work = emulator.ANSWERS[operation.name] if call.account is ACCOUNT else operation.answer
    return render(await work(call), form, legacy=call.account.settings.legacy_strings)
