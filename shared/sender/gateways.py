"""网关 (the gateways): by whom each way of sending goes, from the file that NOTICES_FILE names."""

from collections.abc import Mapping
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from shared.events.notices import NoticeChannel
from shared.policy.source import Unfit, read
from shared.sender.mail import Mail, MailSecurity
from shared.sender.message import Way
from shared.sender.webhook import Webhook, key_of_secret

Words = Annotated[str, Meta(min_length=1, max_length=500)]


class MailGateway(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """邮件网关: a server for e-mail."""

    host: Words
    sender: Words
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    security: MailSecurity = MailSecurity.STARTTLS
    username: str = ""
    password: str = ""

    def __post_init__(self) -> None:
        if self.security is MailSecurity.NONE and not _is_here(self.host):
            raise Unfit("security", "only a server on this machine is spoken to in plain text")
        if "@" not in parseaddr(self.sender)[1] or not self.sender.isprintable():
            raise Unfit("sender", "an address, such as Guiyi <service@example.org>")

    def way(self) -> Way:
        """The way of sending by it."""
        return Mail(self.host, self.port, self.sender, self.security, self.username, self.password)


class WebhookGateway(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """回调网关: an address that takes signed webhooks."""

    url: Words
    secret: Words

    def __post_init__(self) -> None:
        there = urlsplit(self.url)
        if there.scheme not in {"http", "https"} or not there.hostname:
            raise Unfit("url", "an address that begins with https://")
        if there.scheme == "http" and not _is_here(there.hostname):
            raise Unfit("url", "only a server on this machine is spoken to in plain text")
        try:
            key_of_secret(self.secret)
        except ValueError as error:
            raise Unfit("secret", str(error)) from None

    def way(self) -> Way:
        """The way of sending by it."""
        return Webhook(self.url, key_of_secret(self.secret))


class Gateways(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """网关: those of one installation; a way that is not named is closed."""

    email: MailGateway | None = None
    sms: WebhookGateway | None = None
    webhook: WebhookGateway | None = None

    def ways(self) -> Mapping[NoticeChannel, Way]:
        """The ways of sending that are open."""
        named = {
            NoticeChannel.EMAIL: self.email,
            NoticeChannel.SMS: self.sms,
            NoticeChannel.WEBHOOK: self.webhook,
        }
        return {channel: each.way() for channel, each in named.items() if each is not None}


def read_gateways(file: Path) -> Gateways:
    """What the file says. Raises PolicyBroken, which names the field and shows no secret."""
    return read(file, Gateways)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
