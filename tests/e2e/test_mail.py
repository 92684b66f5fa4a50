"""Mail as operator and customer see it: a real node, a real mail server, over HTTP and from the command line."""

import pytest

from stand.mail_server import MailServer

REQUEST = "/api.php?send=Hello&to=79087964781&test=1"


@pytest.fixture
def server():
    with MailServer() as running:
        yield running


@pytest.fixture
def node(new_node, server):
    node = new_node(smtp_url=f"smtp://127.0.0.1:{server.port}", mail_from="Lotsman <robot@lotsman.example>")
    node.cli("init")
    return node


def key_of(node, who="demo"):
    return node.cli("account", "key", who).stdout.strip()


def test_debug_brings_the_request_and_its_answer_even_if_the_mail_server_comes_later(node, server):
    server.stop()
    key = key_of(node)
    node.start("serve")
    _, answer = node.get(f"{REQUEST}&debug=olga@example.org&apikey={key}")
    assert answer.startswith("SUCCESS=SMS SENT")
    node.wait_for_output("mail_server_failed")
    listed = node.cli("mail", "list").stdout
    assert "olga@example.org" in listed
    assert "tries 1" in listed
    assert "1 waiting" in node.cli("doctor", exit_code=1).stdout
    server.start()
    node.cli("mail", "retry")
    node.wait_until(lambda: server.taken, "the mail")
    [mail] = server.taken
    assert mail["To"] == "olga@example.org"
    content = mail.get_content()
    assert answer.strip() in content.replace("\r\n", "\n")
    assert "send = Hello" in content
    assert "Address:   127.0.0.1" in content
    assert key not in content
    assert key not in node.output
    node.wait_until(lambda: node.cli("mail", "list").stdout == "", "nothing is left")
    assert 'lotsman_mails_total{outcome="sent"} 1.0' in node.get("/metrics")[1]


def test_the_command_line_tries_the_mail_server(node, server):
    assert "olga@example.org" in node.cli("mail", "test", "olga@example.org").stdout
    assert server.taken[0]["Subject"] == "Lotsman: проверка почты"
    server.to_recipient["olga@example.org"] = "550 nobody here"
    refused = node.cli("mail", "test", "olga@example.org", exit_code=1)
    assert refused.stderr == "lotsman: not sent: 550 nobody here\n"
    wrong = node.cli("mail", "test", "olga", exit_code=1)
    assert wrong.stderr == "lotsman: olga is no e-mail address\n"


def test_without_a_mail_server_nothing_is_queued_and_the_doctor_says_so(new_node):
    node = new_node()
    node.cli("init")
    key = key_of(node)
    node.start("serve")
    assert node.get(f"{REQUEST}&debug=olga@example.org&apikey={key}")[0] == 200
    assert node.cli("mail", "list").stdout == ""
    assert "mail is off" in node.cli("doctor", exit_code=None).stdout
    assert "mail is off" in node.cli("mail", "test", "olga@example.org", exit_code=1).stderr


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"smtp_url": "smtp://127.0.0.1"}, "LOTSMAN_MAIL_FROM"),
        ({"smtp_url": "http://user:Geheim77@mail", "mail_from": "a@b.example"}, "LOTSMAN_SMTP_URL"),
    ],
)
def test_wrong_settings_are_one_clear_line_at_the_start(new_node, settings, complaint):
    node = new_node(**settings)
    node.cli("init")
    refused = node.cli("serve", exit_code=1)
    assert complaint in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert "Geheim77" not in refused.stderr


def test_whoever_brought_a_customer_is_shown_to_the_operator(new_node):
    node = new_node()
    node.cli("init")
    node.cli("account", "add", "partner@example.org")
    key = key_of(node)
    node.start("serve")
    node.get(f"/api.php?balance=rur&r=1002&apikey={key}")
    node.wait_until(lambda: "brought by 1002" in node.cli("account", "list").stdout, "the partner")


def test_the_verdict_on_a_sender_name_comes_by_mail(node, server):
    key = key_of(node)
    node.start("serve")
    asked = f"add_sender=SHOP&description=shop.example&callback=olga@example.org&apikey={key}"
    assert node.get(f"/api.php?{asked}") == (200, "SUCCESS=SENDER ADDED")
    node.cli("sender", "approve", "demo", "SHOP")
    node.wait_until(lambda: server.taken, "the mail")
    assert server.taken[0]["Subject"] == "SHOP: approved"
    assert "одобрено" in server.taken[0].get_content()
