"""待发箱 (the outbox): every notice, for whoever sends what is due and whoever looks for one.

Whoever sends asks the record itself before each try: this view may lag, and a rebuild of it sends
nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from shared.events.notices import (
    NoticeAsked,
    NoticeAskedAgain,
    NoticeChannel,
    NoticeFailed,
    NoticeKind,
    NoticeSent,
    NoticeStage,
)
from shared.events.values import Personal
from shared.view import Key, Recorded, keys_by_number

NAME = "notices"
VERSION = 1
KEY = ("number",)
INDEXES = (("stage", "due"), ("branch", "stage"), ("sent_at",))


@dataclass(frozen=True, slots=True)
class Row:
    """通知一行: one notice, and what became of it."""

    number: str
    about: str
    ticket: str | None
    branch: str
    kind: NoticeKind
    channel: NoticeChannel
    to: Personal
    command: UUID
    """That asked for it: the word of a link is made of it."""
    stage: NoticeStage
    due: datetime | None
    """When it is tried next; None: no more."""
    until: datetime
    attempts: int
    why: str | None
    """Why the last try came to nothing."""
    sent_at: datetime | None
    asked_at: datetime
    changed_at: datetime


keys = keys_by_number("notice")


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    fact, at = recorded.fact, recorded.recorded_at
    if isinstance(fact, NoticeAsked):
        return _asked(str(key[0]), fact, recorded)
    if row is None:
        return None
    row = replace(row, changed_at=at)
    match fact:
        case NoticeSent(attempt):
            sent = replace(row, stage=NoticeStage.SENT, due=None, attempts=attempt)
            return replace(sent, sent_at=at, why=None)
        case NoticeFailed(attempt, why, retry_at):
            stage = NoticeStage.WAITING if retry_at is not None else NoticeStage.DEAD
            return replace(row, stage=stage, due=retry_at, attempts=attempt, why=why)
        case NoticeAskedAgain():
            return replace(row, stage=NoticeStage.WAITING, due=at)
        case _:
            return row


def _asked(number: str, asked: NoticeAsked, recorded: Recorded) -> Row:
    return Row(
        number=number,
        about=asked.about,
        ticket=recorded.ticket,
        branch=recorded.branch,
        kind=asked.kind,
        channel=asked.channel,
        to=asked.to,
        command=recorded.command,
        stage=NoticeStage.WAITING,
        due=recorded.recorded_at,
        until=asked.until,
        attempts=0,
        why=None,
        sent_at=None,
        asked_at=recorded.recorded_at,
        changed_at=recorded.recorded_at,
    )
