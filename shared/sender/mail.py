"""电子邮件 (e-mail): one notice as one message, by SMTP."""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from enum import StrEnum

from shared.sender.deadline import EACH_S, WHOLE_S, Overdue, cut_after
from shared.sender.message import NotTaken, Outgoing

_FINAL = range(500, 600)


class MailSecurity(StrEnum):
    """邮件加密: how the way to the server is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Mail:
    """电子邮件: by this server, from this address."""

    host: str
    port: int
    sender: str
    """As it stands in From: `归一 <service@example.org>`."""
    security: MailSecurity = MailSecurity.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    each_s: float = EACH_S
    whole_s: float = WHOLE_S

    def send(self, message: Outgoing) -> None:
        """As Way.send. A server that takes it twice gets it with the same Message-ID."""
        client = self._client()
        try:
            letter = self.letter(message)
            with cut_after(self.whole_s, lambda: client.sock):
                self._deliver(client, letter, message.to)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise _not_taken(error) from None
        finally:
            client.close()

    def letter(self, message: Outgoing) -> EmailMessage:
        """The message, the same at every try but for its date."""
        letter = EmailMessage(policy=SMTP)
        letter["Message-ID"] = f"<{message.number}@{self._domain}>"
        letter["Date"] = format_datetime(message.at)
        letter["From"] = self.sender
        letter["To"] = message.to
        letter["Subject"] = message.subject
        letter["Content-Language"] = message.language
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(message.body)
        return letter

    @property
    def _domain(self) -> str:
        return parseaddr(self.sender)[1].rpartition("@")[2]

    def _client(self) -> smtplib.SMTP:
        if self.security is MailSecurity.TLS:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(timeout=self.each_s, context=context)
        return smtplib.SMTP(timeout=self.each_s)

    def _deliver(self, client: smtplib.SMTP, letter: EmailMessage, to: str) -> None:
        # The client needs the name for the check of the certificate: `connect` does not keep it.
        client._host = self.host  # type: ignore[attr-defined]  # noqa: SLF001
        code, _ = client.connect(self.host, self.port)
        if code != 220:  # noqa: PLR2004 - the greeting of SMTP
            raise NotTaken(f"smtp-{code}")
        if self.security is MailSecurity.STARTTLS:
            client.starttls(context=ssl.create_default_context())
        if self.username:
            client.login(self.username, self.password)
        client.send_message(letter, to_addrs=[to])


def _not_taken(error: Exception) -> NotTaken:
    """What an error means. Its text is left out: servers name the address in it."""
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            (code, _) = next(iter(refused.values()))
            return NotTaken(f"smtp-{code}", final=code in _FINAL)
        case smtplib.SMTPResponseException(smtp_code=code):
            is_final = isinstance(error, smtplib.SMTPDataError) and code in _FINAL
            login = isinstance(error, smtplib.SMTPAuthenticationError)
            return NotTaken("smtp-login" if login else f"smtp-{code}", final=is_final)
        case smtplib.SMTPNotSupportedError():
            return NotTaken("smtp-login")
        case ssl.SSLError():  # those of certificates are errors of a value too
            return NotTaken("tls-failed")
        case ValueError():
            return NotTaken("address-unfit", final=True)
        case _:
            late = (error, error.__context__)
            was_late = any(isinstance(each, Overdue | TimeoutError) for each in late)
            return NotTaken("timed-out" if was_late else "not-reached")
