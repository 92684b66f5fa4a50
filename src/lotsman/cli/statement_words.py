"""What a statement says, in Russian and English."""

from typing import Final, NamedTuple

from lotsman.domain.ledger import EntryKind


class Words(NamedTuple):
    title: str
    contract: str
    period: str
    columns: tuple[str, str, str, str, str]  # day, what, entries, amount, note
    opening: str
    closing: str
    page: str
    kinds: dict[EntryKind, str]
    separator: str  # of CSV: what spreadsheets of that language open
    point: str  # of decimals


LANGUAGES: Final = {
    "ru": Words(
        "Выписка по счёту", "Договор", "Период", ("Дата", "Операция", "Записей", "Сумма", "Основание"),
        "Остаток на начало", "Остаток на конец", "стр.",
        {
            EntryKind.TOP_UP: "Пополнение", EntryKind.CHARGE: "Сообщения", EntryKind.REFUND: "Возврат",
            EntryKind.CORRECTION: "Корректировка",
        }, ";", ",",
    ),
    "en": Words(
        "Statement of account", "Contract", "Period", ("Date", "What", "Entries", "Amount", "For"),
        "Opening balance", "Closing balance", "page",
        {
            EntryKind.TOP_UP: "Top-up", EntryKind.CHARGE: "Messages", EntryKind.REFUND: "Refund",
            EntryKind.CORRECTION: "Correction",
        }, ",", ".",
    ),
}  # fmt: skip
