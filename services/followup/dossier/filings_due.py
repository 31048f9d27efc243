"""待归档 (filings due): dossiers that lack nothing and that nobody has filed; feeds the clock."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.followup import DossierFiled, FilingDue, FilingOverdue, FilingUrged
from shared.view import Key, Recorded, keys_by_stream

NAME = "filings_due"
VERSION = 2
KEY = ("stream",)
INDEXES = (("due",),)


@dataclass(frozen=True, slots=True)
class Row:
    """待归档一行: a dossier whose time to be filed runs."""

    stream: str
    due: datetime
    ticket: str | None
    branch: str
    urged: bool = False
    """Whether the clerks were reminded of it."""


keys = keys_by_stream(FilingDue, FilingUrged, FilingOverdue, DossierFiled)


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """There from the last paper on, until it is filed or the approvers were told."""
    match recorded.fact:
        case FilingDue(due_at):
            return Row(str(key[0]), due_at, recorded.ticket, recorded.branch)
        case FilingUrged() if row is not None:
            return replace(row, urged=True)
        case _:
            return None
