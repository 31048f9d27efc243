"""待发通知 (a message): what a way of sending is given, and how it says that nothing was taken."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shared.events.notices import NoticeChannel, NoticeKind, NoticeLanguage


@dataclass(frozen=True, slots=True)
class Outgoing:
    """待发通知: one notice with its text and address, in memory alone."""

    number: str
    """The number of the notice. At every try it is the same: whoever has it already knows it."""
    channel: NoticeChannel
    kind: NoticeKind
    language: NoticeLanguage
    about: str
    ticket: str | None
    branch: str
    to: str
    subject: str
    body: str
    asked_at: datetime
    at: datetime
    """When this try is made."""

    def __repr__(self) -> str:
        """Without address and text, which would else stand in whatever shows an error."""
        return f"Outgoing({self.number}, {self.channel})"


class NotTaken(Exception):
    """The other side has not taken it. The code says why; what it answered is kept nowhere."""

    def __init__(self, why: str, *, final: bool = False, after: timedelta | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.final = final
        """Whether another try would come to the same."""
        self.after = after
        """How long the other side asks to be left alone."""


class Way(Protocol):
    """途径: one way of sending."""

    def send(self, message: Outgoing) -> None:
        """Return when it was taken. Raises NotTaken within a bounded time."""
