"""电子邮件 against a real SMTP server: taken once, refused for good or for now, silent, away."""

import socket
from dataclasses import replace

import pytest

from guiyi.demo.post import smtp_server
from shared.sender.mail import Mail, MailSecurity
from shared.sender.message import NotTaken
from tests.notices.example import MESSAGE, NUMBER
from tests.notices.receivers import Mailbox

LETTER = replace(MESSAGE, to="zhang@example.org")


def mail(port: int, **changed: float) -> Mail:
    made = Mail("127.0.0.1", port, "归一 <service@guiyi.example>", MailSecurity.NONE)
    return replace(made, **changed)  # type: ignore[arg-type]


def why(way: Mail) -> tuple[str, bool]:
    """Why it was not taken, and whether for good."""
    with pytest.raises(NotTaken) as no:
        way.send(LETTER)
    assert "zhang" not in str(no.value), "what the server says may name somebody"
    return no.value.why, no.value.final


def test_what_is_taken_has_the_same_id_at_every_try() -> None:
    with smtp_server(mailbox := Mailbox()) as port:
        mail(port).send(LETTER)
        mail(port).send(LETTER)
    first, second = mailbox.letters
    assert first["Message-ID"] == second["Message-ID"] == f"<{NUMBER}@guiyi.example>"
    assert (first["To"], first["Subject"]) == ("zhang@example.org", LETTER.subject)
    assert first["Auto-Submitted"] == "auto-generated"
    assert first.get_content().strip() == LETTER.body


@pytest.mark.parametrize(
    ("box", "said"),
    [
        (Mailbox(to_recipient=["550 zhang@example.org is unknown"]), ("smtp-550", True)),
        (Mailbox(to_recipient=["450 zhang@example.org: later"]), ("smtp-450", False)),
        (Mailbox(to_message=["554 no letters from you"]), ("smtp-554", True)),
        (Mailbox(to_message=["451 try again"]), ("smtp-451", False)),
    ],
)
def test_a_refusal_is_for_good_or_for_now(box: Mailbox, said: tuple[str, bool]) -> None:
    with smtp_server(box) as port:
        assert why(mail(port)) == said
        assert not box.letters


def test_a_server_that_is_away_silent_or_no_mail_server_costs_bounded_time() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        assert why(mail(port, each_s=0.2)) == ("timed-out", False)
        assert why(mail(port, each_s=5, whole_s=0.2)) == ("timed-out", False)
    assert why(mail(port)) == ("not-reached", False)


def test_no_letter_goes_in_plain_text_where_encryption_is_asked_for() -> None:
    with smtp_server(box := Mailbox()) as port:
        assert why(mail(port).__class__("127.0.0.1", port, "service@guiyi.example")) == (
            "smtp-login",
            False,
        )
    assert not box.letters


def test_nobody_else_is_written_to_by_a_line_in_an_address() -> None:
    with smtp_server(box := Mailbox()) as port, pytest.raises(NotTaken):
        mail(port).send(replace(LETTER, to="a@example.org\r\nBcc: b@example.org"))
    assert not box.letters
