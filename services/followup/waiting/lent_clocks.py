"""借出时限 (clocks of papers that are lent): until when each was lent, and when it came back."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from services.followup.dossier import papers_lent
from shared import clock_runs
from shared.clock_runs import Run, ended_first, with_runs
from shared.view import Key, Recorded

NAME = "lent_clocks"
VERSION = papers_lent.VERSION
"""Another fold of that list is another fold of this."""
KEY = ("stream", "line")
INDEXES = clock_runs.BY_DUE
RETURN = "returns"
"""The clock; each paper is a line of its own."""


@dataclass(frozen=True, slots=True)
class Row(clock_runs.Row):
    """借出时限一行: every time that one paper was lent."""

    lent: papers_lent.Row | None = None
    """Who has it now."""


def keys(recorded: Recorded) -> Iterable[Key]:
    """The paper that a fact lends or has back."""
    return [(stream, f"{RETURN} {number}") for stream, number in papers_lent.keys(recorded)]


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact: one run a lending, done when nobody answers for it any more."""
    stream, line = map(str, key)
    row = row or clock_runs.blank(Row, line, recorded)
    number = line.partition(" ")[2]
    lent = papers_lent.project((stream, number), row.lent, recorded)
    before, after = _answering(row.lent), _answering(lent)
    runs = row.runs
    for (_, _, until), count in (before - after).items():
        runs = ended_first(runs, count, recorded.recorded_at, until)
    begun = (Run(RETURN, until, None) for _, _, until in (after - before).elements())
    told = with_runs(replace(row, lent=lent), (*runs, *begun), recorded)
    return told if told.runs else None


def _answering(lent: papers_lent.Row | None) -> Counter[tuple[str, str | None, datetime]]:
    """Who answers for the paper, for which claim, and until when."""
    return Counter((each.to, each.claim, each.until) for each in (lent.holders if lent else ()))
