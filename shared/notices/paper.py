"""通知单 (the notice): asked for with a step of another paper, tried until it is sent or dead.

It is written together with the paper that it is about, so what is owed to somebody and the reason
for it are recorded both or not at all. Whoever sends it records each try; nothing here sends.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from shared.decider import Asked, Decision, Fact, Series, reason, refuse_if, too_many
from shared.events.notices import (
    NoticeAsked,
    NoticeAskedAgain,
    NoticeChannel,
    NoticeFailed,
    NoticeKind,
    NoticeLanguage,
    NoticeSent,
    NoticeStage,
)
from shared.events.values import TICKET_FORM, At, EmailAddress, Note, Personal, Ref
from shared.fields import filled
from shared.step import Address, Owed, PaperType, PathField, by_command

MOST = 20
"""So many notices of one paper at most: whoever makes more links than that makes a mistake."""
MOST_OF_PEOPLE = 200
"""So many notices of one paper at most to those of us who are told by themselves."""

NoticeFact: TypeAlias = NoticeAsked | NoticeSent | NoticeFailed | NoticeAskedAgain


@dataclass(frozen=True, slots=True)
class Telling:
    """告知方式: by which way it is sent to the customer, if at all."""

    tell: NoticeChannel | None = None
    """None: whoever asks passes it on. By e-mail: to `email`; otherwise to their phone."""
    email: EmailAddress | None = None
    """None: by e-mail, to the address on their card."""


@dataclass(frozen=True, slots=True)
class NoticeWanted:
    """通知: who is to be told, as what policy has for it; a step carries it to its rule."""

    kind: NoticeKind
    channel: NoticeChannel
    language: NoticeLanguage
    to: Personal | None = None
    """None: nobody knows where they are reached by this way."""
    template: int | None = None
    """None: by policy nothing is sent by this way."""


@dataclass(frozen=True, slots=True)
class ToPeople:
    """通知我方: what our own people are sent, as what policy has for it; a step carries it too."""

    kind: NoticeKind
    channels: tuple[NoticeChannel, ...]
    """Those that are open; each of us is sent it by the first for which their card says where."""
    language: NoticeLanguage
    template: int

    def to(self, phone: Personal | None, email: Personal | None) -> NoticeWanted | None:
        """For somebody who is reached there; None: by no way that is open."""
        for channel in self.channels:
            if where := email if channel is NoticeChannel.EMAIL else phone:
                return NoticeWanted(self.kind, channel, self.language, where, self.template)
        return None


@dataclass(frozen=True, slots=True)
class NoteNoticeSent:
    """通知已发: this try was taken by whoever carries it."""

    attempt: int


@dataclass(frozen=True, slots=True)
class NoteNoticeFailed:
    """通知未发出: this try came to nothing."""

    attempt: int
    why: Ref
    retry_at: At | None
    """Obligation: as policy says; None: no more."""


@dataclass(frozen=True, slots=True)
class AskNoticeAgain:
    """通知重发: try it anew from now on."""

    attempt: int
    """After which try: if more were made since, they saw an older notice."""
    because: Note


@dataclass(frozen=True, slots=True)
class Notice:
    """通知单: what was asked for, and what became of it."""

    stage: NoticeStage = NoticeStage.NONE
    asked: NoticeAsked | None = None
    attempts: int = 0
    """How often it was tried, since ever."""
    since: int = 0
    """How often it had been tried when it was asked for last."""
    retry_at: datetime | None = None
    why: str | None = None
    """Why the last try came to nothing."""


@dataclass(frozen=True, slots=True)
class NoticeShown:
    """通知: what a ticket's page shows of it; never to which address, and never the text."""

    about: str
    kind: NoticeKind
    channel: NoticeChannel
    language: NoticeLanguage
    stage: NoticeStage
    attempts: int
    why: str | None
    retry_at: datetime | None
    """When it is tried again; None: it waits for its first try, or is not tried any more."""
    until: datetime


def shown(notice: Notice) -> NoticeShown | None:
    """What everybody who reads notices sees of it."""
    return filled(NoticeShown, notice.asked, notice) if notice.asked is not None else None


def _ticket_of(number: str) -> str | None:
    """`BX-…-0001` of `BX-…-0001-V1-N1`; none of `TS-…-0001-N1`."""
    ticket = number.rpartition("-N")[0].rpartition("-")[0]
    return ticket if re.fullmatch(TICKET_FORM, ticket) else None


OF_SERIES = r"[A-Z]{2}-[A-Z0-9]{2,8}-[0-9]{4}-[0-9]{4,9}"
"""Of a paper with a series of its own, such as a complaint."""
NUMBER = rf"^({TICKET_FORM}-[A-Z][0-9]+|{OF_SERIES})-N[0-9]+$"
PAPER: PaperType[Notice] = PaperType(
    "notice",
    Address("/notices/{number}", (PathField(pattern=NUMBER),)),
    ticket_of=_ticket_of,
    shown=shown,
)


def series_of(about: str) -> Series:
    """All notices of a paper."""
    return Series(PAPER.stream_of(f"{about}-N"))


def ask(
    asked: Asked, about: str, wanted: NoticeWanted | None, until: datetime, word: str | None
) -> Iterable[tuple[str, Fact]]:
    """通知待发: for the rule of the paper that it is about, whose row reads `series_of` it."""
    if wanted is None:
        return
    prefix, count = _asked_before(asked, about)
    refuse_if(
        (wanted.template is None, reason("channel-closed", channel=wanted.channel)),
        (wanted.to is None, reason("address-missing", channel=wanted.channel)),
        too_many("notices", count + 1, MOST),
    )
    yield f"{prefix}{count + 1}", _stated(about, wanted, until, word)


def ask_each(
    asked: Asked, about: str, wanted: Sequence[NoticeWanted], until: datetime
) -> Iterator[tuple[str, Fact]]:
    """通知待发: each of these, as far as so many may be; nothing is refused.

    For a rule that tells our own people of what has happened, whose row reads `series_of` it.
    """
    if not wanted:
        return
    prefix, count = _asked_before(asked, about)
    fit = wanted[: max(MOST_OF_PEOPLE - count, 0)]
    for n, each in enumerate(fit, start=count + 1):
        yield f"{prefix}{n}", _stated(about, each, until, None)


def _asked_before(asked: Asked, about: str) -> tuple[str, int]:
    """How the streams of a paper's notices begin, and how many there are."""
    prefix = series_of(about).prefix
    return prefix, len(asked.read_series(prefix))


def _stated(about: str, wanted: NoticeWanted, until: datetime, word: str | None) -> NoticeAsked:
    assert wanted.template is not None
    assert wanted.to is not None
    return NoticeAsked(
        about=about,
        kind=wanted.kind,
        template=wanted.template,
        language=wanted.language,
        channel=wanted.channel,
        to=wanted.to,
        until=until,
        word=word,
    )


def note_sent(command: NoteNoticeSent, notice: Notice, asked: Asked) -> Decision:
    """通知已发: of the try that is next; one that was noted already changes nothing."""
    if not _is_next(command.attempt, notice):
        return []
    return asked.here(NoticeSent(command.attempt))


def note_failed(command: NoteNoticeFailed, notice: Notice, asked: Asked) -> Decision:
    """通知未发出: of the try that is next; one that was noted already changes nothing."""
    if not _is_next(command.attempt, notice):
        return []
    return asked.here(NoticeFailed(command.attempt, command.why, command.retry_at))


def ask_again(command: AskNoticeAgain, notice: Notice, asked: Asked) -> Decision:
    """通知重发: of one that is dead or sent, while it is of use."""
    if notice.stage is NoticeStage.WAITING or command.attempt < notice.attempts:
        return []
    is_over = notice.asked is not None and notice.asked.until <= asked.recorded_at
    refuse_if(
        (notice.asked is None, reason("notice-unknown")),
        (is_over, reason("notice-over")),
    )
    return asked.here(NoticeAskedAgain(command.attempt, command.because))


def _is_next(attempt: int, notice: Notice) -> bool:
    return notice.stage is NoticeStage.WAITING and attempt == notice.attempts + 1


STEPS = (
    Owed(NoteNoticeSent, note_sent),
    Owed(NoteNoticeFailed, note_failed),
    Owed(AskNoticeAgain, ask_again),
)
decide = by_command(STEPS)
initial = Notice()


def evolve(notice: Notice, fact: NoticeFact) -> Notice:
    """What stands after the fact."""
    match fact:
        case NoticeAsked():
            return Notice(NoticeStage.WAITING, fact)
        case NoticeSent(attempt):
            sent = replace(notice, stage=NoticeStage.SENT, attempts=attempt)
            return replace(sent, retry_at=None, why=None)
        case NoticeFailed(attempt, why, retry_at):
            stage = NoticeStage.WAITING if retry_at is not None else NoticeStage.DEAD
            return replace(notice, stage=stage, attempts=attempt, retry_at=retry_at, why=why)
        case NoticeAskedAgain():
            waiting = replace(notice, stage=NoticeStage.WAITING, retry_at=None)
            return replace(waiting, since=notice.attempts)
