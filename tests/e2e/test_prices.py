"""Prices and currencies on the command line, and what a running node charges by them."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from e2e.test_command_line import PHONE, balance, complain, said, shown
from lotsman.domain.service import Service

RETAIL = "service,country,operator,price\nSMS,RU,,2.50\nSMS,RU,MTS,2.90\n"


@pytest.fixture
def node(new_node, any_database):
    return new_node(database_url=any_database)


def test_a_price_list_is_previewed_imported_exported_and_charged(node, tmp_path):
    node.cli("init")
    node.start("serve")
    file = tmp_path / "prices.csv"
    file.write_text(RETAIL)
    preview = said(node, "tariff", "import", "retail", file)
    assert re.search(r"^SMS +RU +MTS +- -> 2\.90$", preview, re.MULTILINE)
    assert preview.endswith("2 prices would change; add --apply to change them\n")
    assert "retail" not in said(node, "tariff", "list")
    said(node, "tariff", "import", "retail", file, "--apply")
    assert said(node, "tariff", "export", "retail") == RETAIL
    assert "retail\n" in said(node, "tariff", "list")

    opened = said(node, "account", "add", "shop@example.ru", "--sender", "SHOP", "--tariff", "retail")
    key = shown(opened, "apikey")
    said(node, "account", "top-up", "shop", "100")
    cost = f"/api.php?send=Hi&to={PHONE}&cost=1&apikey={key}"
    assert node.get(cost)[1].strip().endswith("2.90")

    file.write_text("service;country;operator;price;prefix\nSMS;RU;;1,50;7916\n")
    own = said(node, "tariff", "import", "shop", file, "--account", "--apply")
    assert re.search(r"^SMS +RU +any +prefix 7916 +- -> 1\.50  from 20", own, re.MULTILINE)
    node.wait_until(lambda: node.get(cost)[1].strip().endswith("1.50"), "the own price to count")
    assert balance(node, key) == "100.00"
    whole = said(node, "tariff", "show", "--account", "shop")
    assert re.search(r"^shop: 1 prices in RUB$", whole, re.MULTILINE)
    assert re.search(r"^  SMS +RU +MTS +2\.90$", whole, re.MULTILINE)
    assert said(node, "tariff", "export", "shop", "--account").startswith(
        "service,country,operator,price,prefix,from\n"
    )


def test_what_a_price_was_and_will_be_can_be_looked_up(new_node, tmp_path):
    node = new_node()
    node.cli("init")
    file = tmp_path / "prices.csv"
    file.write_text(RETAIL)
    said(node, "tariff", "import", "retail", file, "--apply")
    file.write_text(RETAIL.replace("2.90", "3.10"))
    today = datetime.now(UTC)
    later, yesterday = (f"{today + timedelta(days=days):%Y-%m-%d}" for days in (30, -1))
    planned = said(node, "tariff", "import", "retail", file, "--from", later, "--apply")
    assert re.search(rf"^SMS +RU +MTS +2\.90 -> 3\.10  from {later}$", planned, re.MULTILINE)
    assert "3.10" not in said(node, "tariff", "show", "retail")
    assert "3.10" in said(node, "tariff", "show", "retail", "--on", later)
    file.write_text(RETAIL.replace("2.90", "2.80"))
    said(node, "tariff", "import", "retail", file, "--apply")
    assert "2.90" in said(node, "tariff", "show", "retail", "--on", yesterday)
    assert "2.80" in said(node, "tariff", "show", "retail", "--on", later)
    assert "2.90" in said(node, "tariff", "export", "retail", "--history")
    assert "2.90" not in said(node, "tariff", "export", "retail")


def test_what_carriers_take_and_what_is_left(new_node, tmp_path):
    node = new_node()
    node.cli("init")
    file = tmp_path / "carrier.csv"
    file.write_text("service,country,operator,price\nSMS,RU,,0.012345\n")
    euro = ("tariff", "import", "emulator", file, "--link", "--currency", "eur", "--apply")
    assert "say `lotsman currency set EUR RATE` first" in node.cli(*euro, exit_code=1).stderr
    assert (
        said(node, "currency", "set", "EUR", "98.5", "--from", "2026-01-01")
        == "1 EUR = 98.5 RUB from 2026-01-01\n"
    )
    assert "1 prices changed" in said(node, *euro)
    assert "0.012345" in said(node, "tariff", "show", "emulator", "--link")
    named = file.read_text().replace("price", "price EUR")
    assert said(node, "tariff", "export", "emulator", "--link") == named
    file.write_text(named.replace("0.012345", "0.013"))
    assert "0.012345 -> 0.013" in said(node, "tariff", "import", "emulator", file, "--link")
    assert said(node, "currency", "list") == (
        "RUB  the installation's own\nEUR         98.50 RUB  from 2026-01-01\n"
    )
    report = said(node, "tariff", "margin", "--from", "2026-01-01", "--to", "2026-02-01")
    assert re.search(r"^all, in RUB +0 +0\.00 +0\.00 +0\.00$", report, re.MULTILINE)


def test_a_wrong_price_list_or_currency_is_named_with_its_line(new_node, tmp_path):
    node = new_node()
    node.cli("init")
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(RETAIL)
    bad.write_text("service,country,operator,price\nSMS,RU,,2.50\nSMS,RUS,,1\nFAX,,,1\n")
    failed = node.cli("tariff", "import", "demo", bad, "--apply", exit_code=1)
    assert failed.stderr.splitlines()[:2] == [
        "line 3: 'RUS' is no country of two letters",
        f"line 4: no service 'FAX'; one of {', '.join(Service.__members__)}",
    ]
    complain(
        node,
        {
            f"tariff import nobody {good} --account": "no account nobody",
            f"tariff import south {good} --link": "no link south",
            f"tariff import demo {good} --link --account": "not both",
            f"tariff import demo {good} --from soon": "'soon' is no date",
            f"tariff import demo {good} --from 2020-01-01": "lies in the past",
            f"tariff import demo {good} --currency EUR": "are in RUB, and stay so",
            "tariff export nowhere": "no price list nowhere",
            "tariff show demo --on 1.1.2026": "is no date",
            "tariff assign demo nowhere": "no price list nowhere",
            "tariff margin --from yesterday": "is no date",
            "currency set EURO 1": "is no currency",
            "currency set RUB 1": "own currency",
            "currency set EUR much": "not an amount",
            "currency set EUR 0": "above zero",
        },
    )
