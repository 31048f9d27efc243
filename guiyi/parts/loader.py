"""装入配件表 (loading a list of parts): row by row through the API; a list may be loaded again.

The idempotency key of a card or an opening is made from its content. So if the same one was sent
before, the answer is the same as then. Every list sets the quotas again, and a quota that is set
already makes no fact. So a row that was loaded before adds nothing. If the room refuses a row, the
row is written to the rejects with the reasons, and the next row follows.
"""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

import httpx

from guiyi.access import Answered, Away
from guiyi.parts.rights import Kind
from guiyi.parts.sheet import Ask, Sheet
from guiyi.plain import JsonObject
from guiyi.rooms import wiring
from guiyi.tables.faults import Unreadable
from guiyi.tables.lines import Record
from guiyi.tables.rejects import Rejects, texts_of
from shared.decider import Reason

TEXTS = Path(__file__).with_name("parts.toml")
PATIENCE_S = 10.0
PAUSES_S = (0.2, 0.5, 1.0, 2.0, 4.0)
"""The pauses between the tries of a command that was not answered."""
_LATER = frozenset({HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.BAD_GATEWAY})

Send: TypeAlias = Callable[[str, Mapping[str, str], bytes], httpx.Response]
"""One POST: its address, headers and body. Raises httpx.HTTPError."""


@dataclass(slots=True)
class LoadTally:
    """计数: what became of the rows so far."""

    rows: int = 0
    added: int = 0
    """Facts that were not there before."""
    known: int = 0
    """Rows that added none."""
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


class LoadStopped(Exception):
    """The room did not answer, or the file is cut off. Rows before that are in the record."""

    def __init__(self, tally: LoadTally, reason: str) -> None:
        super().__init__(reason)
        self.tally = tally


class _Refused(Exception):
    """The room refused a row, with every reason."""

    def __init__(self, reasons: list[Reason]) -> None:
        super().__init__(", ".join(each.code for each in reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class PartStore:
    """配件库: the part store's API, asked in the names of people of a branch."""

    send: Send
    tokens: Mapping[Kind, str]
    """The token of whoever gives each kind of command."""
    branch: str
    sleep: Callable[[float], None] = time.sleep
    loading: str = field(default_factory=lambda: uuid4().hex)
    """The id of this run."""

    def ask(self, wanted: Ask) -> int:
        """Ask until there is an answer; how many facts it added. Raises Answered, Away."""
        body = json.dumps(wanted.body, ensure_ascii=False, sort_keys=True).encode()
        loading = "" if wanted.is_once else self.loading
        named = f"{self.branch}\n{wanted.path}\n{loading}\n".encode() + body
        headers = {
            "Authorization": f"Bearer {self.tokens[wanted.kind]}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"parts-{hashlib.sha256(named).hexdigest()}",
        }
        path = f"{wanted.path}?branch={self.branch}" if wanted.path == "/v1/parts" else wanted.path
        for pause in (*PAUSES_S, None):
            try:
                answer = self.send(path, headers, body)
            except httpx.HTTPError as error:
                if pause is None:
                    raise Away("inventory") from error
            else:
                again = answer.status_code in _LATER or _is_unheard(answer)
                if not again or pause is None:
                    return _added(answer)
            self.sleep(pause)
        raise AssertionError


def load(sheet: Sheet, store: PartStore, rejects: Path) -> LoadTally:
    """Load every row. Raises Unusable, Answered (the room refuses all of it), LoadStopped."""
    tally = LoadTally()
    texts = texts_of(TEXTS, wiring("inventory").texts)
    with Rejects(rejects, sheet.header, sheet.table.delimiter, texts) as bad:
        for number, row in sheet.rows():
            tally.rows += 1
            try:
                _load(row, sheet, store, tally)
            except _Refused as no:
                tally.rejected += 1
                tally.reasons.update(each.code for each in no.reasons)
                bad.write(number, row.line, no.reasons, row.values)
                bad.flush()
            except Away as error:
                raise LoadStopped(tally, f"{error}: no answer") from error
    if sheet.table.cut_short is not None:
        raise LoadStopped(tally, f"the file is cut off: {sheet.table.cut_short}")
    return tally


def _load(row: Record, sheet: Sheet, store: PartStore, tally: LoadTally) -> None:
    try:
        asks = sheet.asks(row, store.branch)
    except Unreadable as fault:
        raise _Refused([Reason(fault.code, fault.numbers)]) from fault
    added = 0
    for wanted in asks:
        more = store.ask(wanted)
        added, tally.added = added + more, tally.added + more
    tally.known += not added


def _is_unheard(answer: httpx.Response) -> bool:
    """Whether the part store has not heard yet of the branch, which is registered."""
    return answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY and any(
        each.get("code") == "branch-unknown" for each in answer.json().get("reasons", ())
    )


def _added(answer: httpx.Response) -> int:
    """How many new facts an answer names. Raises _Refused, Answered."""
    try:
        told: JsonObject = answer.json()
    except ValueError:
        told = {}
    if answer.is_success:
        return 0 if told["repeated"] else len(told["facts"])
    if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
        raise _Refused([Reason(e["code"], e.get("numbers", {})) for e in told["reasons"]])
    raise Answered(answer.status_code, told)
