"""装入 (loading a list): row by row through the API; a list may be loaded again.

The idempotency key of a part's card or an opening is made from its content. So if the same one was
sent before, the answer is the same as then. Every list sets the quotas and the cards of registers
again; what is so already makes no fact. So a row that was loaded before adds nothing. A row that
the room refuses is written to the rejects with the reasons, and the next row follows.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from guiyi.access import Away
from guiyi.lists.bodies import broken
from guiyi.lists.kinds import Ask, CardAsk, ListKind
from guiyi.lists.registering import register
from guiyi.lists.room import ListRoom, RowRefused
from guiyi.lists.sheet import Sheet
from guiyi.rooms import wiring
from guiyi.tables.faults import Unreadable
from guiyi.tables.lines import Record
from guiyi.tables.rejects import Rejects, texts_of
from shared.decider import Reason
from shared.texts import Texts

TEXTS = Path(__file__).with_name("lists.toml")


@dataclass(slots=True)
class LoadTally:
    """计数: what became of the rows so far."""

    rows: int = 0
    added: int = 0
    """Facts that were not there before."""
    changed: int = 0
    """Rows that changed a card."""
    known: int = 0
    """Rows that added nothing; of a dry run, rows that can be read."""
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


Watch: TypeAlias = Callable[[LoadTally, Sheet], None]


class LoadStopped(Exception):
    """The room did not answer, or the file is cut off. Rows before that are in the record."""

    def __init__(self, tally: LoadTally, reason: str) -> None:
        super().__init__(reason)
        self.tally = tally


def texts(of: ListKind) -> Texts:
    """The sentences beside a rejected row."""
    return texts_of(TEXTS, wiring(of.room).texts)


def load(
    sheet: Sheet,
    branch: str,
    room: ListRoom | None,
    rejects: Path | None,
    watch: Watch = lambda _tally, _sheet: None,
) -> LoadTally:
    """Load every row; without a room, only read them.

    Raises Unusable, Answered (the room refuses all of it), LoadStopped.
    """
    tally = LoadTally()
    said = texts(sheet.of)
    with Rejects(rejects, sheet.header, sheet.table.delimiter, said) as bad:
        for number, row in sheet.rows():
            tally.rows += 1
            try:
                _load(row, sheet, branch, room, tally)
            except RowRefused as no:
                tally.rejected += 1
                tally.reasons.update(each.code for each in no.reasons)
                bad.write(number, row.line, no.reasons, row.values)
                bad.flush()
            except Away as error:
                raise LoadStopped(tally, f"{error}: no answer") from error
            watch(tally, sheet)
    if sheet.table.cut_short is not None:
        raise LoadStopped(tally, f"the file is cut off: {sheet.table.cut_short}")
    return tally


def _load(row: Record, sheet: Sheet, branch: str, room: ListRoom | None, tally: LoadTally) -> None:
    asks = _asks(row, sheet, branch)
    added = 0
    for wanted in asks if room else ():
        assert room is not None
        more, is_change = _given(room, wanted)
        added, tally.added = added + more, tally.added + more
        tally.changed += is_change
    tally.known += not added


def _asks(row: Record, sheet: Sheet, branch: str) -> Sequence[Ask]:
    """What the row asks for, each body as the room takes it. Raises RowRefused."""
    try:
        asks = sheet.asks(row, branch)
    except Unreadable as fault:
        raise RowRefused([Reason(fault.code, fault.numbers)]) from fault
    if reasons := [each for wanted in asks for each in broken(sheet.of, wanted)]:
        raise RowRefused(reasons)
    return asks


def _given(room: ListRoom, wanted: Ask) -> tuple[int, bool]:
    return register(room, wanted) if isinstance(wanted, CardAsk) else (room.ask(wanted), False)
