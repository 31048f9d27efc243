"""通知单 (the notice): asked for with a step of another paper, tried until it is sent or dead.

Whoever sends it records each try; nothing here sends.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from shared.decider import Asked, Decision, reason, refuse_if
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
from shared.events.values import TICKET_FORM, At, Note, Ref
from shared.fields import filled
from shared.notices.reminding import TellReminded, reads_reminded, tell_reminded
from shared.step import Address, Owed, PaperType, PathField, by_command

NoticeFact: TypeAlias = NoticeAsked | NoticeSent | NoticeFailed | NoticeAskedAgain


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
    found = re.match(rf"{TICKET_FORM}(?=-)", number)
    return found[0] if found else None


OF_SERIES = r"[A-Z]{2}-[A-Z0-9]{2,8}-[0-9]{4}-[0-9]{4,9}"
"""Of a paper with a series of its own, such as a complaint."""
_MARK = "-[A-Z][0-9]+"
NUMBER = rf"^({TICKET_FORM}({_MARK}){{1,2}}|{OF_SERIES}({_MARK})?|[A-Z0-9]{{2,8}}{_MARK})-N[0-9]+$"
"""Of a reminder the last but one says of which fact of the paper it reminds, and by which room."""
PAPER: PaperType[Notice] = PaperType(
    "notice",
    Address("/notices/{number}", (PathField(pattern=NUMBER),)),
    ticket_of=_ticket_of,
    shown=shown,
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
    Owed(TellReminded, tell_reminded, reads_reminded),
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
