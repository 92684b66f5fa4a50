"""Every command of an operator, against both databases: what it prints, what it changes, how it exits."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

PHONE = "79165550001"
AT_ONCE = 4  # commands that are refused do not disturb each other


@pytest.fixture
def node(new_node, any_database):
    return new_node(database_url=any_database)


def complain(node, expected):
    """Each command ends with exit code 1 and one line on stderr that says this; nothing on stdout, no traceback."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(lambda command: node.cli(*command.split(), exit_code=1), expected))
    for command, result in zip(expected, done, strict=True):
        assert result.stdout == "", command
        assert result.stderr.startswith("lotsman: "), command
        assert result.stderr.count("\n") == 1, command
        assert expected[command] in result.stderr, command


def said(node, *command):
    done = node.cli(*command)
    assert done.stderr == ""
    return done.stdout


def shown(text, name):
    """`name   value` as `account add` prints it."""
    return re.search(rf"^{name} +(\S+)$", text, re.MULTILINE)[1]


def balance(node, key):
    return node.get(f"/api.php?balance=rur&apikey={key}")[1].strip()


def test_the_schema_is_made_once_and_making_it_again_changes_nothing(node):
    first = said(node, "db", "upgrade")
    assert first.startswith("schema: empty -> ")
    assert said(node, "db", "upgrade") == f"schema {first.split()[-1]} is current\n"


def test_a_command_on_a_database_without_schema_says_what_to_do(node):
    commands = ("account list", "carrier status", "message list", f"message send {PHONE} Hi", "serve")
    complain(node, dict.fromkeys(commands, "lotsman db upgrade"))


def test_a_wish_that_cannot_be_granted_is_one_clear_line(new_node):
    node = new_node()
    node.cli("init")
    complain(
        node,
        {
            "account add demo@lotsman.local": "demo@lotsman.local",
            "account top-up nobody 1": "no account nobody",
            "account top-up demo much": "much",
            "account key nobody": "no account nobody",
            "sender add nobody HARBOUR": "no account nobody",
            "sender add demo ab": "ab",
            "sender approve demo NOBODYS": "has not registered NOBODYS",
            "sender share 2WAY": "cannot be a sender",
            "template approve 7": "no template 7",
            "list add black demo 12": "12 is no phone number",
            "list add black nobody 79161234567": "no account nobody",
            "list show black demo2": "no account demo2",
            "word add all ...": "is no word",
            "account block nobody --reason spam": "no account nobody",
            "account set demo allowed_ips=here": "here",
            "carrier add emulator --host 127.0.0.1": "exists",
            "carrier add south --host 127.0.0.1 --window 0": "window is 1 to 1000",
            "carrier add south --host 127.0.0.1 --in-doubt perhaps": "hold or resend",
            "carrier add south --host 127.0.0.1 --set windw=5": "perhaps window",
            "carrier add south --host 127.0.0.1 --set window=many": "window is a whole number",
            "carrier add south --host 127.0.0.1 --error 0x45=perhaps": "retry SECONDS",
            "carrier add south --host 127.0.0.1 --set errors=slow": "errors is a table",
            "carrier set south --window 5": "no link south",
            "carrier set emulator --window 5": "has no settings",
            "carrier show south": "no link south",
            "carrier settings pigeon": "unknown kind 'pigeon'",
            "carrier disable south": "no link south",
            "carrier enable south": "no link south",
            "message list --state sunk": "no state sunk",
            "message list --account nobody": "no account nobody",
            "message show 7": "no message 7",
            f"message send {PHONE} Hi --account nobody": "no account nobody",
            f"message send {PHONE} Hi --sender STRANGER": "204 ",
            "message send 12 Hi": "lotsman: 2",
        },
    )


def test_an_account_from_its_opening_to_its_first_message(node):
    node.cli("init")
    opened = said(node, "account", "add", "pilot@example.ru", "--sender", "PILOT", "--credit", "5")
    account, key = shown(opened, "account"), shown(opened, "apikey")
    assert len(key) == 64
    assert shown(opened, "login") == "pilot@example.ru"
    assert said(node, "account", "top-up", "pilot", "100.50") == "balance 100.50\n"
    assert (
        said(node, "account", "correct", account, "--reason", "mistake", "--", "-0.50") == "balance 100.00\n"
    )
    listed = said(node, "account", "list")
    assert re.search(rf"^ *{account}  pilot@example\.ru +100\.00  active  ", listed, re.MULTILINE)
    assert key not in listed

    second = said(node, "account", "key", "pilot").strip()
    node.start("serve", ready=False)
    node.wait_for_output('"started"')
    assert [balance(node, k) for k in (key, second)] == ["100.00", "100.00"]
    third = said(node, "account", "key", "pilot", "--replace").strip()
    node.wait_until(lambda: "ERROR" in balance(node, key), "the old key to end")
    assert "ERROR" in balance(node, second)
    assert balance(node, third) == "100.00"

    assert said(node, "sender", "add", "pilot", "HARBOUR", "--default") == "sender HARBOUR may be used\n"
    sent = said(node, "message", "send", PHONE, "Ready", "--account", "pilot")
    assert "accepted" in sent
    assert "from      HARBOUR" in said(node, "message", "show", sent.split()[0])


def test_a_link_from_its_first_day_to_its_last(node, new_smsc):
    smsc = new_smsc()
    node.cli("init")
    bind = ["--port", smsc.port, "--system-id", "north", "--password", "Geheim77", "--window", 7]
    added = said(node, "carrier", "add", "north", "--host", "127.0.0.1", *bind)
    assert re.fullmatch(rf"link \d+ north: 127\.0\.0\.1:{smsc.port}\n", added)
    listed = said(node, "carrier", "list")
    assert re.search(r"north +smpp +on .*window=7", listed)
    assert "Geheim77" not in listed

    assert "not running on any node" in node.cli("carrier", "status", exit_code=1).stdout
    node.start("serve")
    node.wait_until(lambda: node.cli("carrier", "status", exit_code=None).returncode == 0, "all links up")
    assert re.search(r"^north +bound +in flight 0/7 ", said(node, "carrier", "status"), re.MULTILINE)
    assert said(node, "carrier", "disable", "north") == "north is off\n"
    node.wait_until(lambda: smsc.sessions == 0, "the end of the session")
    assert re.search(r"^north +off$", said(node, "carrier", "status"), re.MULTILINE)
    assert said(node, "carrier", "enable", "north") == "north is on\n"
    node.wait_until(lambda: smsc.sessions == 1, "a new session")


def test_a_link_is_changed_and_shown_and_its_password_never(node, new_smsc):
    smsc = new_smsc()
    node.cli("init")
    bind = ["--port", smsc.port, "--system-id", "north", "--password", "Geheim77"]
    said(node, "carrier", "add", "north", "--host", "127.0.0.1", *bind, "--binds", 3, "--sender-rate", "*=2")
    node.start("serve")
    node.wait_until(lambda: smsc.sessions == 3, "three sessions")
    changes = [
        "--binds",
        2,
        "--rate",
        50,
        "--error",
        "0x45=retry 30",
        "--set",
        "tlvs.0x1400=text:11",
        "--unset",
    ]
    assert said(node, "carrier", "set", "north", *changes, "sender_rates.*") == "north is changed\n"
    node.wait_until(lambda: smsc.sessions == 2, "two sessions")
    node.wait_until(lambda: "in flight 0/20" in said(node, "carrier", "show", "north"), "the new window")
    shown_ = said(node, "carrier", "show", "north")
    assert "Geheim77" not in shown_
    for line in (
        "binds +2",
        "rate +50",
        "errors +0x45=retry 30",
        "tlvs +0x1400=text:11",
        "password +set, not shown",
    ):
        assert re.search(rf"^  {line}", shown_, re.MULTILINE), line
    assert "sender_rates" not in shown_
    listed = said(node, "carrier", "settings")
    assert re.search(r"^receipt_errors .*\n +err:", listed, re.MULTILINE)
    assert re.search(r"^  ESME_RTHROTTLED +slow$", listed, re.MULTILINE)


def test_a_message_sent_from_the_command_line_is_delivered_by_the_running_node(node, new_smsc, connect):
    smsc = new_smsc("receipt 50ms")
    connect(node, smsc)
    node.start("serve")
    sent = said(node, "message", "send", f"{PHONE},12", "Два слова")
    accepted, refused = sent.splitlines()[:2]
    assert accepted.endswith("accepted")
    assert not refused.endswith("accepted")
    message_id = accepted.split()[0]
    whole = said(node, "message", "show", message_id, "--wait", "15")
    told = (
        f"to        {PHONE}",
        "from      INFORM",
        "'Два слова'",
        "DELIVERED (status 2)",
        "part 1: DELIVERED",
    )
    assert [line for line in told if line not in whole] == []
    assert [seen.text for seen in smsc.seen] == ["Два слова"]
    assert re.search(rf"^{message_id} .* {PHONE} +DELIVERED ", said(node, "message", "list"), re.MULTILINE)
    delivered = said(node, "message", "list", "--state", "delivered", "--account", "demo", "--limit", "1")
    assert delivered.startswith(message_id)
    assert said(node, "message", "list", "--state", "deferred") == ""


def test_a_test_message_costs_nothing_and_never_leaves_the_house(node, new_smsc, connect):
    smsc = new_smsc()
    connect(node, smsc)
    node.start("serve")
    before = balance(node, node.demo["LOTSMAN_APIKEY"])
    sent = said(node, "message", "send", PHONE, "Only a drill", "--test")
    assert "DELIVERED" in said(node, "message", "show", sent.split()[0], "--wait", "15")
    assert balance(node, node.demo["LOTSMAN_APIKEY"]) == before
    assert not smsc.seen


def test_the_doctor_is_content_with_a_healthy_node_and_names_what_is_wrong(node, new_smsc, connect):
    smsc = new_smsc()
    connect(node, smsc)
    ill = node.cli("doctor", exit_code=1).stdout
    assert "FAIL  no node is running there" in ill
    assert "FAIL  link smsc" in ill

    node.start("serve")
    node.wait_until(lambda: node.cli("doctor", exit_code=None).returncode == 0, "a healthy node")
    well = said(node, "doctor")
    assert "FAIL" not in well
    assert "ledger: every balance is the sum of its entries" in well
    assert "waiting: nothing" in well

    smsc.stop()
    node.wait_until(lambda: node.cli("doctor", exit_code=None).returncode == 1, "a link that is down")
    assert "FAIL  link smsc" in node.cli("doctor", exit_code=1).stdout


def test_help_is_there_for_every_group_of_commands(new_node):
    node = new_node()
    assert all(
        "Usage: lotsman" in said(node, *group.split(), "--help") for group in ("", "account", "carrier")
    )


def test_what_guards_an_account_is_set_on_the_command_line_and_counts_within_a_second(node):
    node.cli("init")
    node.start("serve")
    answers = {
        ("word", "add", "all", "казино"): "247",
        ("word", "remove", "all", "казино"): None,
        ("list", "add", "black", "all", PHONE, "--note", "asked"): "212",
        ("list", "remove", "black", "all", PHONE): None,
        ("account", "block", "demo", "--reason", "dispute"): "122",
        ("account", "unblock", "demo"): None,
        ("account", "set", "demo", "spam_protection=on"): "223",
        ("list", "add", "white", "demo", PHONE): None,
    }
    for command, code in answers.items():
        node.cli(*command)

        def answered(code=code):
            answer = node.api(send="Новое казино", to=PHONE, from_="LOTSMAN", test=1)
            return answer.get("error", {}).get("code") == code

        node.wait_until(answered, f"{code} after {' '.join(command)}")
    assert said(node, "list", "show", "white", "demo") == f"{PHONE}\n"
    assert said(node, "word", "list", "all") == ""


@pytest.fixture
def receiver():
    """A customer's script; `told` are the targets of the calls it got."""
    told = []

    class Receiver(BaseHTTPRequestHandler):
        def do_GET(self):
            told.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"OK")

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.told = told
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_verdict_on_a_template_is_told_to_the_customers_script(new_node, any_database, receiver):
    node = new_node(database_url=any_database, callback_allow="127.0.0.0/8")
    node.cli("init")
    node.start("serve")
    script = f"http://127.0.0.1:{receiver.server_port}/told?of=templates"
    template = node.api(add_template="Код: ____", callback=script)["template"]["id"]
    node.cli("template", "refuse", template, "--comment", "too wide & short")
    told = f"/told?of=templates&template_id={template}&status=-1&comment=too+wide+%26+short"
    node.wait_until(lambda: receiver.told == [told], told)


def test_names_and_templates_are_judged_on_the_command_line(node):
    node.cli("init")
    node.start("serve")
    told = {"callback": "http://example.com/told"}
    assert (
        node.api(add_sender="SHOP", description="shop.example\x1b[31m\nmore", **told)["sender"]["status"]
        == "0"
    )
    template = node.api(add_template="Код:\n____", **told)["template"]["id"]
    waiting = said(node, "sender", "list")
    assert re.fullmatch(r" *\d+  SHOP +pending +shop\.example \[31m more\n", waiting)
    assert re.fullmatch(rf" *{template} +\d+  pending +Код:\\n____\n", said(node, "template", "list"))
    assert said(node, "sender", "approve", "demo", "shop").endswith("is approved\n")
    assert said(node, "template", "refuse", template, "--comment", "too wide").endswith("is refused\n")
    node.wait_until(lambda: "send" in node.api(send="Hi", to=PHONE, from_="SHOP", test=1), "SHOP may be used")
    assert said(node, "sender", "list") == said(node, "template", "list") == ""
    assert "SHOP         approved" in said(node, "sender", "list", "--all")
    assert f"{template} " in said(node, "template", "list", "--all", "--account", "demo")
    assert said(node, "sender", "share", "EVERYONE") == "EVERYONE is shared\n"
    assert said(node, "sender", "list") == "shared: EVERYONE\n"


def test_routes_are_put_listed_used_and_removed(node):
    node.cli("init")
    for name in ("north", "south", "tower"):
        node.cli("carrier", "add", name, "--host", "127.0.0.1", "--port", "1")
    assert said(node, "route", "list").startswith("no routes")
    added = said(
        node, "route", "put", "codes", "--class", "code", "--via", "north*70,south*30", "--position", "5"
    )
    assert added == "route codes added\n"
    said(
        node,
        "route",
        "put",
        "kz",
        "--country",
        "kz",
        "--via",
        "cheapest:north,south",
        "--via",
        "tower",
        "--margin",
        "0.2",
    )
    said(node, "route", "put", "closed", "--prefix", "7999", "--refuse", "--position", "1")
    lines = said(node, "route", "list").splitlines()
    assert [line.split()[1] for line in lines[:-1]] == ["closed", "codes", "kz"]
    assert "prefixes=7999  ->  refused" in lines[0]
    assert "classes=code  ->  north*70,south*30" in lines[1]
    assert "countries=KZ  ->  cheapest:north,south then tower  earns at least 0.20" in lines[2]
    told = said(node, "message", "explain", "--to", PHONE, "--text", "Ваш код 1234")
    assert re.search(r"route +closed +prefix", told)
    assert re.search(r"route +codes +decides", told)
    assert re.search(r"link +north +choice 1, weight 70 \(not running\)", told)
    assert re.search(r"text +12 characters, UCS-2, because of 'В'.*: 1 part", told)
    assert "verdict   accepted for" in told
    refused = said(node, "message", "explain", "--to", "79991112233", "--text", "Hello")
    assert "verdict   refused: 213 Unsupported operator" in refused
    assert said(node, "route", "put", "codes", "--class", "code", "--via", "south").endswith("changed\n")
    assert said(node, "route", "remove", "codes") == "route codes removed\n"
    complain(
        node,
        {
            "route remove codes": "no route codes",
            "route put x --via nowhere": "no link nowhere",
            "route put x": "--via with links or --refuse",
            "route put x --via north --country Russia": "no country of two letters",
            "route put x --via north,north": "only once",
            "route put x --via north*0": "a weight is 1 to 1000",
            "route put x --via north --hours nine": "hours are written like",
            "route put x --via north --margin much": "much",
            "message explain": "the id of a message, or --to and --text",
            "message explain 17": "no message 17",
        },
    )


def test_sender_names_at_a_carrier_are_told_and_counted(node):
    node.cli("init")
    node.cli("carrier", "add", "tower", "--host", "127.0.0.1", "--port", "1")
    assert said(node, "carrier", "sender", "list", "tower") == "tower takes any name that it did not refuse\n"
    node.cli("carrier", "sender", "policy", "tower", "--takes", "registered")
    told = said(node, "message", "explain", "--to", PHONE, "--text", "Hello")
    assert "tower            sender INFORM is not registered there" in told
    node.cli(
        "carrier",
        "sender",
        "set",
        "tower",
        "INFORM",
        "pending",
        "--as",
        "SHARED",
        "--note",
        "asked on Monday",
    )
    told = said(node, "message", "explain", "--to", PHONE, "--text", "Hello")
    assert "goes out as SHARED" in told
    assert "asked on Monday" in said(node, "carrier", "sender", "list", "tower")
    node.cli("carrier", "sender", "forget", "tower", "inform")
    complain(
        node,
        {
            "carrier sender set tower INFORM unknown": "no state unknown",
            "carrier sender set tower я registered": "is no sender name",
            "carrier sender forget tower INFORM": "was never asked for",
            "carrier sender list nowhere": "no link nowhere",
            "carrier sender policy tower --takes some": "any or registered",
        },
    )


def test_the_configuration_goes_out_as_a_file_and_comes_back(node, tmp_path):
    node.cli("init")
    node.cli("carrier", "add", "north", "--host", "127.0.0.1", "--port", "1", "--password", "hush")
    exported = said(node, "config", "export")
    assert "hush" not in exported
    assert "hush" in said(node, "config", "export", "carriers", "--secrets")
    file = tmp_path / "lotsman.yaml"
    file.write_text(exported)
    assert said(node, "config", "diff", file) == ""
    file.write_text(
        exported.replace("port: 1", "port: 2") + "routes:\n  all:\n    via:\n    - links: {north: 1}\n"
    )
    file.write_text(file.read_text().replace("routes: {}\n", ""))
    shown = node.cli("config", "diff", file, exit_code=1)
    assert shown.stdout.splitlines() == ["carriers.north.settings.port: 1 -> 2", "routes.all: new"]
    assert said(node, "config", "apply", file).splitlines()[-1] == "2 changed"
    assert said(node, "config", "apply", file) == "nothing to change\n"
    assert "everything  ->  north" in said(node, "route", "list")
    newest = said(node, "config", "history", "--limit", "1")
    number = newest.split()[0]
    assert "config apply" in newest
    assert "routes.all: new" in newest
    assert said(node, "config", "undo", number).endswith("is undone\n")
    assert said(node, "route", "list").startswith("no routes")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("routes: [1, 2")
    complain(
        node,
        {
            f"config apply {wrong}": "is no YAML",
            f"config apply {tmp_path}/nothing.yaml": "cannot read",
            "config export links": "no section links",
            "config undo 9999": "no change 9999",
            f"config undo {number}": "somebody has changed the same",
        },
    )


def test_the_books_are_kept_by_hand_and_looked_at(node):
    node.cli("init")
    assert said(node, "account", "correct", "demo", "12.50", "--reason", "a gift") == "balance 10012.50\n"
    assert said(node, "account", "credit", "demo", "100") == "demo may go to -100.00\n"
    day = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%d")
    assert (
        said(node, "account", "promise", "demo", "50", "--until", day)
        == f"demo may go to -150.00 until {day}\n"
    )
    assert said(node, "account", "alert", "demo", "500") == "demo is told below 500.00\n"
    checked = said(node, "ledger", "check")
    assert re.search(r"correction +1 entries +accounts +12\.50 +corrections +-12\.50", checked)
    assert checked.endswith("the books agree\n")
    month = said(node, "ledger", "month", datetime.now(UTC).strftime("%Y-%m"))
    assert month == "ledger: charged 0.00, given back 0.00, left 0.00\n"
    complain(
        node,
        {
            "account promise demo 50 --until soon": "a day is written as",
            f"account promise demo 50 --until {day}": "promised already",
            "account promise demo 50 --until 2020-01-01": "a day that is to come",
            "account credit demo much": "much",
            "account alert demo little": "little",
            "message refund 17 --reason complaint": "no message 17",
            "ledger month November": "a month is written as",
        },
    )


def test_a_carrier_s_list_is_compared_with_ours(node, new_smsc, connect, tmp_path):
    node.cli("init")
    connect(node, new_smsc("receipt 20ms"))
    node.start("serve")
    sent = node.api(send="Hello", to=PHONE, from_="INFORM")["send"][0]
    told = node.cli("message", "show", sent["server_id"], "--wait", "10").stdout
    smsc_id = re.search(r"SMSC id (\S+?),", told)[1]
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    file = tmp_path / "list.csv"
    file.write_bytes(f"Идентификатор;Телефон;Статус\n{smsc_id};{PHONE};Доставлено\n".encode("cp1251"))
    agreed = said(node, "carrier", "reconcile", "smsc", file, "--from", today)
    assert re.search(r"^same +1$", agreed, re.MULTILINE)
    file.write_text(f"id;phone;status\nX1;{PHONE};DELIVRD\n")
    differs = node.cli("carrier", "reconcile", "smsc", file, "--from", today, exit_code=1).stdout
    assert re.search(rf"^only theirs +line 2: X1 {PHONE} delivered$", differs, re.MULTILINE)
    assert re.search(
        rf"^only ours +ours: message {sent['server_id']} part 1 {smsc_id}", differs, re.MULTILINE
    )
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("phone\n1\n")
    complain(
        node,
        {
            f"carrier reconcile smsc {wrong} --from {today}": "line 1: no column of message ids",
            f"carrier reconcile smsc {tmp_path}/none.csv --from {today}": "cannot be read",
            f"carrier reconcile nowhere {file} --from {today}": "no link nowhere",
            f"carrier reconcile smsc {file} --from yesterday": "a day is written as",
        },
    )


def test_an_account_s_statement_is_printed_and_written_into_files(node, tmp_path):
    node.cli("init")
    node.cli("account", "correct", "demo", "12.50", "--reason", "подарок к празднику")
    today = datetime.now(UTC).astimezone(ZoneInfo("Europe/Moscow")).strftime("%Y-%m-%d")
    period = ("--from", "2020-01-01", "--to", today)
    lines = said(node, "account", "statement", "demo", *period).splitlines()
    assert lines[0] == "Дата;Операция;Записей;Сумма;Основание"
    assert lines[1] == "2020-01-01;Остаток на начало;;0,00;"
    assert lines[-1] == f"{today};Остаток на конец;;10012,50;"
    assert f"{today};Корректировка;1;12,50;подарок к празднику" in lines
    sheet, paper = tmp_path / "demo.csv", tmp_path / "demo.pdf"
    node.cli("account", "statement", "demo", *period, "--lang", "en", "--csv", sheet, "--pdf", paper)
    assert f"{today},Closing balance,,10012.50," in sheet.read_text(encoding="utf-8-sig")
    text = PdfReader(paper).pages[0].extract_text()
    assert "Closing balance: 10012.50 RUB" in text
    assert "подарок к празднику" in text
    complain(
        node,
        {
            f"account statement demo --from {today} --to 2020-01-01": "is before",
            "account statement demo --from today --to now": "days are written as",
            f"account statement demo --from 2020-01-01 --to {today} --lang fr": "no language fr",
            f"account statement demo --from 2020-01-01 --to {today} --csv {tmp_path}/no/x.csv": "cannot write",
        },
    )
