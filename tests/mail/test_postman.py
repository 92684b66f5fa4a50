"""Mail reaches a real mail server, once, whatever the server says first."""

from urllib.parse import quote

import pytest

from lotsman.domain.outgoing_mail import DAY
from lotsman.mail.postman import Postman
from lotsman.mail.relay import parse
from lotsman.store.mails import NewMail, count_mails, list_mails, queue_mails
from lotsman.usecases.carry_mails import forget_old_mails
from stand.builders import NOW
from stand.mail_server import PASSWORD, USER, MailServer, a_certificate

SENDER = "Лоцман <robot@lotsman.example>"
MINUTE = 60_000


class Post:
    """A postman whose clock a test moves."""

    def __init__(self, store, url, sender=SENDER):
        self.store, self.now = store, NOW
        self.postman = Postman(store.platform, parse(url), sender, lambda: self.now)

    def queue(self, *mails):
        self.store.do(queue_mails, *mails)

    def deliver(self, after=0):
        self.now += after
        self.store.run(self.postman.deliver())

    @property
    def left(self):
        """(waiting, given up)."""
        return self.store.read(count_mails)


@pytest.fixture
def post(store, server):
    return Post(store, f"smtp://127.0.0.1:{server.port}")


def a_mail(to="olga@example.org", subject="Проверка", body="Привет, Ольга!\n.\nточка", at=NOW):
    return NewMail(to, subject, body, at)


def test_a_mail_arrives_as_it_was_written_and_is_forgotten(post, server):
    post.queue(a_mail())
    post.deliver()
    [mail] = server.taken
    assert mail["Subject"] == "Проверка"
    assert mail["From"] == SENDER
    assert mail["To"] == "olga@example.org"
    assert mail.get_content().splitlines() == ["Привет, Ольга!", ".", "точка"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.timestamp() * 1000 == NOW
    assert server.envelopes == [("robot@lotsman.example", ["olga@example.org"])]
    assert post.left == (0, 0)


def test_many_mails_share_dialogues(post, server):
    post.queue(*(a_mail(f"{i}@example.org") for i in range(25)))
    post.deliver()
    assert len({mail["Message-ID"] for mail in server.taken}) == 25
    assert server.dialogues == 3


def test_a_recipient_that_the_server_refuses_is_given_up_and_the_others_are_sent(post, server):
    server.to_recipient["nobody@example.org"] = "550 no such user here"
    post.queue(a_mail("nobody@example.org"), a_mail("olga@example.org"))
    post.deliver()
    assert [mail["To"] for mail in server.taken] == ["olga@example.org"]
    assert post.left == (0, 1)
    [row] = post.store.read(list_mails, 10)
    assert row.answer == "550 no such user here"


def test_a_text_that_the_server_refuses_for_good_is_given_up(post, server):
    server.to_data = ["554 spam"]
    post.queue(a_mail())
    post.deliver()
    assert post.left == (0, 1)


def test_a_temporary_failure_is_tried_again_later_with_the_same_message_id(post, server):
    server.to_data = ["451 greylisted", "451 greylisted"]
    post.queue(a_mail())
    post.deliver()
    assert post.left == (1, 0)
    post.deliver(after=30_000)
    assert len(server.to_data) == 1  # too early: not tried
    post.deliver(after=45_000)
    assert server.to_data == []
    post.deliver(after=3 * MINUTE)
    assert len(server.taken) == 1
    assert post.left == (0, 0)


def test_a_server_that_is_down_costs_nothing_but_time(post, server):
    server.stop()
    post.queue(a_mail("a@example.org"), a_mail("b@example.org"))
    post.deliver()
    assert post.left == (2, 0)
    server.start()
    post.deliver(after=2 * MINUTE)
    assert {mail["To"] for mail in server.taken} == {"a@example.org", "b@example.org"}
    assert post.left == (0, 0)


def test_a_day_of_failures_ends_it_and_says_why(post, server):
    server.stop()
    post.queue(a_mail())
    tries = 0
    while post.left[0]:
        post.deliver(after=150 * MINUTE)
        tries += 1
        assert post.now < NOW + DAY + 300 * MINUTE
    assert tries >= 8
    [row] = post.store.read(list_mails, 10)
    assert row.due_at is None
    assert str(server.port) in row.answer


def test_a_server_that_refuses_our_sender_is_the_operators_trouble_and_the_mail_waits(store, server):
    post = Post(store, f"smtp://127.0.0.1:{server.port}", "root@localhost.example")
    server.handle_MAIL = refuse
    post.queue(a_mail())
    post.deliver()
    assert post.left == (1, 0)


async def refuse(*_):
    return "550 not from here"


def test_nothing_that_is_written_can_add_a_header_or_a_recipient(post, server):
    post.queue(
        a_mail(subject="Hello\r\nBcc: eve@example.org\r\n\r\nbody\x1b\u2028x"),
        a_mail(to="olga@example.org\r\nBcc: eve@example.org"),
        a_mail(to="olga@example.org, eve@example.org"),
        a_mail(body="text\r\n.\r\nMAIL FROM:<eve@example.org>\r\nRCPT TO:<eve@example.org>"),
    )
    post.deliver()
    assert len(server.taken) == 2
    assert all(mail["Bcc"] is None for mail in server.taken)
    assert {tuple(to) for _, to in server.envelopes} == {("olga@example.org",)}
    assert "RCPT TO:<eve@example.org>" in server.taken[1].get_content()
    assert post.left == (0, 2)


def test_old_mail_is_forgotten(post):
    post.queue(a_mail(at=NOW - 15 * DAY), a_mail(at=NOW - 13 * DAY))
    post.store.run(forget_old_mails(post.store.platform, NOW))
    assert post.left == (1, 0)


# ---- TLS and login ---------------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path):
    return a_certificate(tmp_path)


def test_starttls_is_demanded_and_the_certificate_checked(store, certificate, monkeypatch):
    with MailServer(certificate) as server:
        post = Post(store, f"smtp://127.0.0.1:{server.port}?tls=starttls")
        post.queue(a_mail())
        post.deliver()
        assert post.left == (1, 0)  # nobody vouches for this certificate
        assert "certificate verify failed" in post.store.read(list_mails, 1)[0].answer
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        post.deliver(after=2 * MINUTE)
        assert server.encrypted == [True]


def test_a_server_without_starttls_gets_nothing_where_encryption_is_demanded(store, server):
    post = Post(store, f"smtp://127.0.0.1:{server.port}?tls=starttls")
    post.queue(a_mail())
    post.deliver()
    assert server.taken == []
    assert post.left == (1, 0)


def test_login_and_password_of_the_url_are_used_and_wrong_ones_are_the_operators_trouble(
    store, certificate, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with MailServer(certificate, demands_login=True) as server:
        wrong = Post(store, f"smtp://{USER}:wrong@127.0.0.1:{server.port}?tls=starttls")
        wrong.queue(a_mail())
        wrong.deliver()
        assert wrong.left == (1, 0)
        assert wrong.store.run(wrong.postman.trouble()).startswith("535")
        right = Post(store, f"smtp://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{server.port}?tls=starttls")
        assert right.store.run(right.postman.trouble()) == ""
        right.deliver(after=2 * MINUTE)
        assert len(server.taken) == 1


@pytest.mark.parametrize(
    "url",
    ["", "mail.example.org", "http://mail.example.org", "smtp://", "smtp://a:b@h:99999", "smtp://h?tls=perhaps",
     "smtps://h?tls=off"],
)  # fmt: skip
def test_a_wrong_url_is_said_without_its_password(url):
    with pytest.raises(ValueError) as error:
        parse(url.replace("://", "://lotsman:Geheim77@") if url.count("@") == 0 else url)
    assert "Geheim77" not in str(error.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.org", ("mail.example.org", 587, "starttls")),
        ("smtp://mail.example.org:25?tls=off", ("mail.example.org", 25, "off")),
        ("smtps://u:p@mail.example.org", ("mail.example.org", 465, "tls")),
        ("smtp://localhost:25", ("localhost", 25, "off")),
    ],
)
def test_how_a_url_is_understood(url, expected):
    relay = parse(url)
    assert (relay.host, relay.port, relay.tls) == expected
    assert "p" not in relay.password or "password" not in repr(relay)
