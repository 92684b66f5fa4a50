"""The catalogue of errors: every reason to say no, and every reason why a message did not arrive.

The API answers, the pages, the command line and docs/errors.md all read it; to add a reason is to add a line.
Rule 1: customers' programs compare these texts: a word changes only when a better source is found. The sources, best
first: an answer captured on the wire; for English the tables of API-1 §1.5 and §2.3, for Russian the sample answers of
API-1 (the right column of its tables is advice); the vendor's table of 2019, misspellings kept; else ours (122, 232).
Rule 2: an obsolete code is never answered; it is here to be understood in old logs, and not to be given anew.
Rule 3: 118 (RATE LIMIT) is such a code, so a limit that is reached is not told by it: 8xx are our own, each naming its limit,
so that a row, which has room for a code only, says why, too.
Rule 4: inside the domain a refusal is a value; Refused is raised for the whole request only.
"""

from enum import Enum
from typing import Final

_OBSOLETE: Final = ("No longer answered.", "Больше не возвращается.", True)


class Refusal(Enum):
    """code, English, Russian, what the customer should do in English and in Russian"""

    # fmt: off
    SUCCESS = 0, "Success", "Нет ошибок", "Nothing to do.", "Ничего делать не нужно."

    # the envelope of API-2
    INPUT_REQUIRED = 10, "INPUT data is required", "Нет входных данных", "Send JSON or XML in the body.", "Передайте JSON или XML в теле запроса."
    INPUT_FORMAT_UNKNOWN = 11, "Unknown INPUT format", "Неизвестный формат", "Send JSON or XML.", "Передайте JSON или XML."
    XML_INVALID = 12, "XML structure is invalid", "Ошибка XML", "Check the XML: tags, quotes, encoding.", "Проверьте XML: теги, кавычки, кодировку."
    JSON_INVALID = 13, "JSON structure is invalid", "Ошибка JSON", "Check the JSON: quotes, commas, UTF-8.", "Проверьте JSON: кавычки, запятые, UTF-8."
    COMMAND_UNKNOWN = 14, "Unknown COMMAND", "Неизвестная команда", "Use send, check, balance, info or inbound.", "Используйте send, check, balance, info или inbound."

    # who is asking
    APIKEY_REQUIRED = 100, "APIKEY is required", "Не указан API-ключ (параметр apikey)", "Add the parameter apikey.", "Добавьте параметр apikey."
    APIKEY_INVALID = 101, "APIKEY is invalid", "Неправильный API-ключ (см. настройки API в личном кабинете)", "Copy the whole key, 64 characters, from the API settings.", "Скопируйте ключ целиком, 64 символа, из настроек API."
    APIKEY_NOT_FOUND = 102, "APIKEY not found", "Такой API-ключ не найден в системе", "Use the current key from the API settings.", "Возьмите действующий ключ из настроек API."
    APIKEY_NOT_PAID = 103, "APIKEY NOT PAID", "Ключ не оплачен", *_OBSOLETE
    APIKEY_NOT_ACTIVATED = 104, "APIKEY NOT ACTIVATED", "Ключ ещё не активирован", *_OBSOLETE
    BLOCKED_BALANCE = 105, "User is blocked (balance)", "Пользователь блокирован из-за низкого баланса", "Top up the balance.", "Пополните баланс."
    BLOCKED_SPAM = 106, "APIKEY is blocked (spam)", "Пользователь блокирован за спам/ошибки", "Contact support.", "Свяжитесь со службой поддержки."
    BLOCKED_UNTRUSTED = 107, "User is blocked (untrusted)", "Пользователь блокирован за недостоверные учетные данные / недоступна эл. почта / проблемы с телефоном", "Correct the account details and contact support.", "Исправьте учётные данные и свяжитесь со службой поддержки."

    # the request
    PHONE_REQUIRED = 108, "Phone is required", "Не указан телефон", "Give a number in the parameter to.", "Укажите номер в параметре to."
    SYSTEM_ERROR = 110, "System error", "Системная ошибка", "Try again; if it persists, contact support.", "Повторите запрос; если не помогло, свяжитесь со службой поддержки."
    PHONE_INVALID = 111, "Invalid phone", "Неправильный номер телефона", "Check the number: digits with the country code.", "Проверьте номер: цифры с кодом страны."
    NO_MONEY = 112, "No money", "Нет денег", "Top up the balance or shorten the list.", "Пополните баланс или сократите список получателей."
    IP_RESTRICTION = 113, "IP restriction", "Недопустимый IP", "Add the server's address to the list in the API settings.", "Добавьте адрес сервера в список в настройках API."
    SENDER_INVALID = 115, "Invalid sender", "Неправильный отправитель", "Use 3 to 11 of A-Z a-z 0-9 . - _ or a number of 6 to 14 digits.", "Допустимы 3–11 символов A-Z a-z 0-9 . - _ или номер из 6–14 цифр."
    SENDER_DEPRECATED = 116, "DEPRICATED SENDER", "Запрещённый отправитель", *_OBSOLETE
    ACCOUNT_RESTRICTION = 117, "ACCOUNT RESTRICTION", "Ограничения тестового аккаунта", *_OBSOLETE
    RATE_LIMIT = 118, "RATE LIMIT", "Превышена частота запросов", *_OBSOLETE
    BLOCKED_DISPUTE = 122, "User is temporarily blocked (dispute)", "Пользователь временно блокирован (спорная ситуация)", "Contact support.", "Свяжитесь со службой поддержки."

    # the sender
    FROM_REQUIRED = 200, "Sender (from) is required", "Не указан отправитель", "Give from, or set a default sender.", "Укажите from или задайте отправителя по умолчанию."
    FROM_INVALID = 201, "Sender (from) is invalid", "Неправильный формат отправителя", "Use 3 to 11 of A-Z a-z 0-9 . - _ or a number of 6 to 14 digits.", "Допустимы 3–11 символов A-Z a-z 0-9 . - _ или номер из 6–14 цифр."
    FROM_DEPRECATED = 202, "FROM is depricated", "Запрещённый отправитель", *_OBSOLETE
    SENDER_UNREGISTERED = 204, "Sender (from) unregistered", "Отправитель (from) не зарегистрирован, либо отключен", "Register the sender, or use one from your list.", "Зарегистрируйте отправителя или выберите из своего списка."

    # the recipient
    TO_REQUIRED = 210, "TO is required", "Не указан получатель", "Give a number in to.", "Укажите номер в to."
    TO_INVALID = 211, "TO is invalid", "Неправильный номер получателя", "Check the number: digits with the country code.", "Проверьте номер: цифры с кодом страны."
    PHONE_BLACKLISTED = 212, "Phone in black list", "Телефон в черном списке", "Remove the number from your list: its owner wants no messages.", "Уберите номер из списка: его владелец отказался от сообщений."
    OPERATOR_UNSUPPORTED = 213, "Unsupported operator", "Оператор не поддерживается", "Ask support about this country or operator.", "Спросите службу поддержки об этой стране или операторе."
    PHONE_DUPLICATED = 214, "Phone is dublicated", "Дубликат получателя", "Give each number once.", "Указывайте каждый номер один раз."
    PHONE_LENGTH = 215, "Invalid phone length", "Неправильная длина номера телефона", "Check the length: 11 digits for Russia.", "Проверьте длину: для России 11 цифр."

    # the text
    TEXT_REQUIRED = 220, "TEXT is required", "Введите текст сообщения", "Give a text in the parameter send.", "Укажите текст в параметре send."
    TEXT_TOO_LONG = 221, "TEXT too long", "Текст сообщения слишком длинный", "Shorten the text.", "Сократите текст."
    SPAM_PROTECTION = 223, "Spam protection", "Защита от спама", "Send by an approved template, or add the number to the white list.", "Отправляйте по одобренному шаблону или внесите номер в белый список."
    SPAM_PROTECTION_SENDER = 224, "Spam protection (SENDER)", "Защита от спама", "Use a sender that may carry this text.", "Выберите отправителя, которому разрешён этот текст."
    SPAM_PROTECTION_DIRECT = 225, "Spam protection (DIRECT)", "Защита от спама", "Send by an approved template.", "Отправляйте по одобренному шаблону."
    SHARED_SENDER_DISABLED = 226, "Shared sender disabled", "Отключены общие каналы", "Use your own sender, or allow shared ones in the settings.", "Выберите своего отправителя или разрешите общих в настройках."

    # the packet of API-2
    ID_INVALID = 230, "ID is invalid", "ID неправильный", "Correct id.", "Исправьте id."
    PACKET_ID_INVALID = 231, "PACKET_ID is invalid", "PACKET_ID неправильный", "Correct packet_id.", "Исправьте packet_id."
    PHONE_NOT_WHITELISTED = 232, "Phone is not in the white list", "Телефона нет в белом списке", "Add the number to the white list, or take a business tariff.", "Внесите номер в белый список или подключите бизнес-тариф."
    SMS_LIST_INVALID = 240, "Invalid SMS list", "Неправильный список SMS", "Give send a list of messages.", "Передайте в send список сообщений."
    NOT_ENOUGH_MONEY = 241, "You don't have enough money", "Недостаточно денег", *_OBSOLETE
    TRIAL_LIMIT = 242, "SMS count limit (trial)", "Превышено число SMS (тестовый режим)", *_OBSOLETE

    # filters
    LOOP_PROTECTION = 243, "Loop protection, blacklist", "Защита от дубликатов", "The same text went to this number just now; see the API settings.", "Этот текст на этот номер уже отправлен; см. настройки API."
    FILTERED = 247, "Filter", "Фильтры", "Reword the text: it holds forbidden words.", "Измените текст: в нём запрещённые слова."
    CYRLAT_FILTER = 248, "CyrLat filter", "Кириллица и латиница в одном слове", "Spell each word in one alphabet.", "Пишите каждое слово буквами одного алфавита."

    # optional parameters
    SEND_DATETIME_INVALID = 250, "Invalid SEND_DATETIME", "Неправильное время отправки send_datetime", "Give GMT as YYYY-MM-DD HH:MM:SS or UNIX time, not in the past.", "Укажите время GMT в виде ГГГГ-ММ-ДД ЧЧ:ММ:СС или UNIXSTAMP, не в прошлом."
    CALLBACK_INVALID = 260, "Invalid callback URL", "Неправильный адрес скрипта callback", "Give a full http or https address.", "Укажите полный адрес http или https."
    TTL_INVALID = 270, "Invalid ttl", "Неправильное время жизни сообщения ttl", "Give minutes from 1 to 1440.", "Укажите минуты от 1 до 1440."
    FIELDS_INVALID = 275, "Invalid list fields", "Неправильный список полей fields", "Name known fields with commas between, or all.", "Перечислите известные поля через запятую или укажите all."

    # checking
    SERVER_ID_REQUIRED = 300, "SMS server_id is required", "server_id не указан", "Give the server_id from the answer to send.", "Укажите server_id из ответа на отправку."
    SERVER_ID_INVALID = 301, "SMS server_id is invalid", "server_id неправильный", "server_id is a number.", "server_id – это число."
    SERVER_ID_NOT_FOUND = 302, "SMS server_id not found", "SMS не найдена", "Check server_id and the account it was sent from.", "Проверьте server_id и аккаунт, с которого отправляли."
    IDS_INVALID = 303, "Invalid IDs list", "Ошибка запроса", "Give numbers with commas between.", "Укажите числа через запятую."
    SERVER_PACKET_ID_INVALID = 304, "SERVER_PACKET_ID is invalid", "server_packet_id неправильный", "Give the server_packet_id from the answer to send.", "Укажите server_packet_id из ответа на отправку."

    # login and password
    USER_NOT_FOUND = 400, "User not found", "Пользователь не найден", "Check login and password.", "Проверьте логин и пароль."
    LOGIN_INVALID = 401, "Invalid login details", "Не введен логин или пароль", "Give login, an e-mail address, and password.", "Укажите login (эл. почту) и password."

    # inbound messages
    SINCE_INVALID = 500, "Invalid -since- format YYYY-MM-DD HH:II:SS", "Неправильный формат параметра -since- YYYY-MM-DD HH:II:SS", "Give the date as YYYY-MM-DD HH:MM:SS.", "Укажите дату в виде ГГГГ-ММ-ДД ЧЧ:ММ:СС."

    # what became of a message after it was accepted
    EXPIRED = 600, "Expired", "Просрочено", "The phone was out of reach; send again or give more ttl.", "Телефон был недоступен; повторите или увеличьте ttl."
    UNDELIVERABLE = 601, "Undeliverable", "Невозможно доставить", "Check that the number is in use.", "Проверьте, что номер действует."
    UNREACHABLE = 602, "Destination unreachable", "Номер недоступен", "Try again later.", "Повторите позже."
    REJECTED = 603, "Rejected", "Отказано оператором", "Ask support why the operator rejects it.", "Узнайте причину отказа у службы поддержки."
    CANCELLED = 604, "Cancelled", "Отменено", "Nothing to do.", "Ничего делать не нужно."
    RECIPIENT_OPTED_OUT = 605, "The recipient has disabled such messages", "Абонент запретил отправлять ему SMS", "Remove the number from your list.", "Уберите номер из списка."

    # registering templates
    TEMPLATE_REQUIRED = 630, "TEMPLATE is required", "Введите шаблон", "Give a text in add_template.", "Укажите текст в add_template."
    TEMPLATE_TOO_LONG = 631, "TEMPLATE too long", "Шаблон слишком длинный", "Shorten the template.", "Сократите шаблон."
    TEMPLATE_EXISTS = 632, "TEMPLATE exits", "Такой шаблон уже есть", "Nothing to do: use the one you have.", "Ничего делать не нужно: пользуйтесь имеющимся."
    TEMPLATE_CALLBACK_REQUIRED = 633, "TEMPLATE callback is required", "Нужен callback", "Give callback, an http or https address.", "Укажите callback, адрес http или https."
    TEMPLATE_CALLBACK_INVALID = 634, "TEMPLATE callback is invalid", "Неправильный callback", "Give a full http or https address.", "Укажите полный адрес http или https."

    # registering senders
    SENDER_NAME_REQUIRED = 640, "Sender is required", "Введите имя отправителя", "Give a name in add_sender.", "Укажите имя в add_sender."
    SENDER_NAME_INVALID = 641, "Sender is invalid", "Неправильное имя отправителя", "Use 3 to 11 of A-Z a-z 0-9 . - _ or a number of 6 to 14 digits.", "Допустимы 3–11 символов A-Z a-z 0-9 . - _ или номер из 6–14 цифр."
    SENDER_EXISTS = 642, "Sender is added", "Уже добавленное имя отправителя", "Nothing to do: see it in your list.", "Ничего делать не нужно: имя уже в вашем списке."
    DESCRIPTION_REQUIRED = 643, "Description is required", "Введите название проекта, сайт, примеры сообщений", "Give description: project, site, sample messages.", "Укажите description: проект, сайт, примеры сообщений."
    SENDER_CALLBACK_REQUIRED = 644, "Callback is required (URL or email)", "Нужен callback (URL или email)", "Give callback, an address of a script or an e-mail.", "Укажите callback: адрес скрипта или эл. почту."
    SENDER_CALLBACK_INVALID = 645, "Callback is invalid (URL or email)", "Неправильный callback (URL или email)", "Give a full http or https address or an e-mail.", "Укажите полный адрес http или https либо эл. почту."

    # what became of a call; the vendor's own codes go up to 715 (ours)
    BUSY = 720, "Busy", "Абонент занят", "Call again later.", "Позвоните позже."
    NO_ANSWER = 721, "No answer", "Абонент не ответил", "Call again later.", "Позвоните позже."
    CALL_DECLINED = 722, "Call declined", "Абонент отклонил звонок", "Do not call again soon: the callee rejected the call.", "Не звоните сразу снова: абонент сбросил звонок."
    HUNG_UP = 723, "Hung up too soon", "Абонент не дослушал", "Shorten the text: the callee hung up before half of it was read.", "Сократите текст: абонент положил трубку, не дослушав и половины."
    NOT_SPEAKABLE = 724, "TEXT cannot be read aloud", "Текст нельзя прочитать голосом", "Send words and numbers: nothing of the text could be spoken.", "Отправьте слова и числа: из текста ничего нельзя произнести."
    FLASHCALL_CODE = 725, "FLASHCALL takes 3 to 8 digits", "Для FLASHCALL нужны 3–8 цифр", "Give the code in send: digits alone.", "Укажите в send код: только цифры."
    NO_SUCH_CALLER = 726, "No number ends in this code", "Нет номера с таким окончанием", "Use a code of the length that the operator offers.", "Используйте код той длины, которую предлагает оператор."

    # the operator's limits: our own, far from the vendor's (its codes have been seen up to 715)
    LIMIT_PER_SECOND = 800, "Limit reached (messages per second)", "Превышен лимит (сообщений в секунду)", "Send more slowly.", "Отправляйте медленнее."
    LIMIT_PER_MINUTE = 801, "Limit reached (messages per minute)", "Превышен лимит (сообщений в минуту)", "Send more slowly, or ask support for a higher limit.", "Отправляйте медленнее или попросите службу поддержки повысить лимит."
    LIMIT_PER_HOUR = 802, "Limit reached (messages per hour)", "Превышен лимит (сообщений в час)", "Wait, or ask support for a higher limit.", "Подождите или попросите службу поддержки повысить лимит."
    LIMIT_PER_DAY = 803, "Limit reached (messages per day)", "Превышен лимит (сообщений в сутки)", "Wait, or ask support for a higher limit.", "Подождите или попросите службу поддержки повысить лимит."
    LIMIT_SPEND_HOUR = 804, "Limit reached (money per hour)", "Превышен лимит (расход в час)", "Wait, or ask support for a higher limit.", "Подождите или попросите службу поддержки повысить лимит."
    LIMIT_SPEND_DAY = 805, "Limit reached (money per day)", "Превышен лимит (расход в сутки)", "Wait, or ask support for a higher limit.", "Подождите или попросите службу поддержки повысить лимит."
    LIMIT_PER_IP = 806, "Limit reached (messages per hour for this ip)", "Превышен лимит (сообщений в час для этого ip)", "This visitor of your site has had enough messages for now.", "Этот посетитель сайта пока получил достаточно сообщений."
    IP_INVALID = 807, "Invalid ip", "Неправильный ip", "Give the IPv4 or IPv6 address of your site's visitor.", "Укажите адрес IPv4 или IPv6 посетителя сайта."
    COUNTRY_CLOSED = 808, "Country is closed for this account", "Страна закрыта для этого аккаунта", "Ask support to open the country.", "Попросите службу поддержки открыть страну."
    HELD = 809, "Held for approval", "Ожидает одобрения", "Nothing to do: support releases or rejects it.", "Ничего делать не нужно: служба поддержки отправит или отклонит сообщение."
    NOT_APPROVED = 810, "Not approved", "Не одобрено", "Ask support why it was not approved.", "Узнайте причину у службы поддержки."
    HELD_TOO_MANY = 811, "Too many messages wait for approval", "Слишком много сообщений ожидает одобрения", "Wait until support has looked at them.", "Подождите, пока служба поддержки их рассмотрит."
    # fmt: on

    def __init__(
        self, code: int, en: str, ru: str, help_en: str, help_ru: str, obsolete: bool = False
    ) -> None:
        self.code = code
        self.en = en
        self.ru = ru
        self.help_en = help_en
        self.help_ru = help_ru
        self.obsolete = obsolete

    def said_in(self, lang: str) -> str:
        return self.ru if lang == "ru" else self.en


class Refused(Exception):
    """The whole request is refused; `detail` is for our log, never for the caller."""

    def __init__(self, refusal: Refusal, detail: str = "") -> None:
        super().__init__(refusal, detail)
        self.refusal = refusal
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.refusal.code} {self.refusal.en}" + (f": {self.detail}" if self.detail else "")


def by_code(code: int) -> Refusal:
    """110 for a code we do not know: a newer node may have stored it."""
    return _BY_CODE.get(code, Refusal.SYSTEM_ERROR)


_BY_CODE: Final = {refusal.code: refusal for refusal in Refusal}
