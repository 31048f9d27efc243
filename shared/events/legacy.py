"""旧单的事实 (facts of legacy tickets): what another desk recorded, and what became of it."""

from collections.abc import Mapping
from dataclasses import field

from shared.events import fact
from shared.events.values import (
    At,
    LegacyText,
    OwnerStream,
    Priority,
    Ref,
    Text,
    Ticket,
)

WRITER = ("intake",)


@fact(writers=WRITER, schema=3)
class LegacyEntryImported:
    """旧单导入: one row of another desk's history, as it was there. No rule was applied."""

    source: Ref
    row: int
    """The row of the file, counted from 1 below the heading."""
    number: str
    """The ticket's number in the other desk."""
    state: str
    """The other desk's state in our words, as the import's map translates it."""
    is_open: bool
    original: Mapping[str, str]
    """The row's values by column, without the personal ones."""
    personal: Mapping[str, LegacyText]
    """The values of the columns the map calls personal."""
    at: At | None = None
    """When, by the other desk. The newest row is the ticket's state, whichever file it came in."""
    listed: Mapping[str, str] = field(default_factory=dict)
    """Which columns say what the list shows: `fault`, `customer`, `machine` and so on."""
    priority: Priority | None = None
    """Our word for the other desk's priority."""
    newest_first: bool = False
    """Whether the newest row stands first in its file: it orders rows of one moment."""
    step: int = 0
    """Which of the steps of its row, counted from 0."""
    twin: int = 1
    """Which of the rows that say the same, counted from 1."""
    generation: int = 1
    """Which import of this desk: one that was withdrawn is done again as the next."""


@fact(writers=WRITER)
class LegacyTicketWithdrawn:
    """旧单撤回: the rows of one import count no more; they stay where they are."""

    source: Ref
    generation: int
    because: Text


@fact(writers=WRITER)
class LegacyTicketContinued:
    """旧单续办: an open legacy ticket goes on as one of our reports."""

    ticket: Ticket
    report: OwnerStream
    """The stream of the report."""
