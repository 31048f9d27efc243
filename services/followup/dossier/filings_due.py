"""待归档 (filings due): dossiers that lack nothing and that nobody has filed; feeds the clock."""

from dataclasses import dataclass
from datetime import datetime

from shared.events.followup import DossierFiled, FilingDue, FilingUrged
from shared.view import Key, Recorded, keys_by_stream

NAME = "filings_due"
VERSION = 1
KEY = ("stream",)
INDEXES = (("due",),)


@dataclass(frozen=True, slots=True)
class Row:
    """待归档一行: a dossier whose time to be filed runs."""

    stream: str
    due: datetime
    ticket: str | None
    branch: str


keys = keys_by_stream(FilingDue, FilingUrged, DossierFiled)


def project(key: Key, _row: Row | None, recorded: Recorded) -> Row | None:
    """There from the last paper on, until it is filed or somebody was reminded."""
    match recorded.fact:
        case FilingDue(due_at):
            return Row(str(key[0]), due_at, recorded.ticket, recorded.branch)
        case _:
            return None
