"""No command at all: who am I? API-1 §4."""

from lotsman.api.v1.answers.shapes import Answer, Record
from lotsman.api.v1.call import Call
from lotsman.domain import money
from lotsman.domain.account import Account
from lotsman.domain.columns import local_time
from lotsman.usecases.read_balance import read_balance


async def answer(call: Call) -> Answer:
    return record(call.account, await read_balance(call.platform, call.account))


def record(account: Account, balance: int) -> Record:
    return Record(
        name="info",
        headline="SUCCESS=APIKEY INFO",
        fields=(
            ("id", str(account.id)),
            ("tariff_id", str(account.tariff.id)),
            ("email", account.login),
            ("name", account.name),
            ("phone", account.phone),
            ("balance", money.text(balance)),
            ("date", local_time(account.created_at, account.time_zone)),
            ("default_sender", account.default_sender),
            ("any_sender", str(int(account.any_sender))),
            ("senders", ",".join(account.senders)),
        ),
        value=account.login,
    )
