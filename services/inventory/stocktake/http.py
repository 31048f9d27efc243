"""盘点的接口 (HTTP of stocktakes): their numbers, the sheet to count by, and what came of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter

from services.inventory import ledger, periods, serial_book, stores
from services.inventory.reading import READING
from services.inventory.signing import Sheet
from services.inventory.stocktake import NUMBER, PAPER, SERIES, board
from services.inventory.stocktake.awaited.http import awaiting
from services.inventory.stocktake.counting import ConfirmCount, CountPart, OpenStocktake, on_shelves
from services.inventory.stocktake.deciding import ApproveStocktake, JudgingDifferences
from services.inventory.stocktake.posting import moves_of, values_of
from services.inventory.stocktake.sheet import to_sign
from services.inventory.stocktake.state import CountedLine, Stocktake, key_of
from shared.decider import reason, refuse_if
from shared.events.stocktakes import (
    Explanation,
    Judgement,
    LineValue,
    StocktakeKind,
    StocktakeStage,
)
from shared.events.values import PARTS, BranchCode, ContentHash, Period, Signature
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.form import Form, FormRequest, Forms, Made, NextNumber, next_in_series
from shared.http.query import Listed, Paged, Shown
from shared.http.registers import Registers
from shared.http.steps import in_path

StocktakeNumber = Annotated[str, in_path(NUMBER)]
_AT_ONCE = 200
"""Stocks that are read at once when it is asked what nobody has counted."""


@dataclass(frozen=True, slots=True)
class NewStocktake:
    """开始盘点: of a month, or of some parts; `branch` may be left out by who has only one."""

    kind: StocktakeKind
    period: Period | None = None
    """The month, of a monthly one: `2026-11`."""
    branch: BranchCode | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """监盘: that all was counted."""

    content: ContentHash
    """What was counted: `to_sign` of the stocktake says it."""


@dataclass(frozen=True, slots=True)
class LineShown:
    """盘点行: what was counted; no figure is shown before all is counted and witnessed."""

    part: str
    place: str
    needs_second: bool
    """复盘: somebody else has to count it as well."""
    knowing: bool
    """明点: it was counted again after its figures were shown; it is explained and decided."""
    counters: tuple[str, ...]
    """点数人: everybody who counted it, each once."""
    signature: Signature | None
    """点数签字: of who counted it last; not before the figures are shown, which it would prove."""
    counted: int | None
    book: int | None
    difference: int | None
    missing: tuple[str, ...]
    surplus: tuple[str, ...]
    lost_fen: int | None
    """What the missing pieces cost: as it was posted, or would be now; None: nothing is to be."""
    found_fen: int | None
    """What those are worth that are too many."""
    unknown: int | None
    """Of how many of them nobody said what they cost."""
    explained: Explanation | None
    judged: Judgement | None
    awaits_paper: bool
    """待补单据: finance left it to a paper, and nothing has moved there since."""


@dataclass(frozen=True, slots=True)
class StocktakeShown:
    """盘点表: as it stands."""

    number: str
    store: str
    kind: StocktakeKind
    period: str | None
    stage: StocktakeStage
    as_of: datetime
    lines: tuple[LineShown, ...]
    to_sign: tuple[Sheet, ...]
    """待签: the counts, for the witness; then what differs, for the keeper."""
    witnessed_by: str | None
    witness_sig: Signature | None
    keeper_sig: Signature | None
    decided_by: str | None
    decided_because: str | None


@dataclass(frozen=True, slots=True)
class StocktakeListed(board.Row):
    """盘点一行: with what is still to come of what was left to papers."""

    awaits_papers: int = 0
    """How many of these lines nothing has moved in since."""


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show stocktakes."""

    @api.query(router, "/stocktakes", reads=READING["stocktake"], shows=StocktakeListed)
    def list_stocktakes(
        page: Paged,
        *,
        branch: str | None = None,
        stage: StocktakeStage | None = None,
        kind: StocktakeKind | None = None,
        period: str | None = None,
    ) -> Listed:
        """盘点一览: what your stores count, by stage, kind and month."""
        where = {"branch": branch, "stage": stage, "kind": kind, "period": period}
        return Listed(board, page, where, told=partial(_listed, api.registers))

    @api.query(router, "/stocktakes/{number}", reads=READING["stocktake"], shows=StocktakeShown)
    def show_stocktake(number: StocktakeNumber) -> Shown:
        """盘点表: one stocktake; the figures once all is counted and witnessed."""
        seen = api.existing(PAPER.stream_of(number))
        taking: Stocktake = seen.state
        values = _values(api, number, taking)
        awaited = awaiting(api.registers, PAPER.stream_of(number), taking)
        shown = _shown(number, taking, values, awaited)
        return Shown(shown, number, seen.branch, seen.version, of=taking)


def _listed(registers: Registers, rows: Sequence[board.Row]) -> Sequence[StocktakeListed]:
    """The rows with how many papers are awaited."""
    homes = {row.number: PAPER.stream_of(row.number) for row in rows if row.to_papers}
    seen = registers.states(list(homes.values()))
    awaited = {
        number: len(awaiting(registers, home, seen[home].state)) for number, home in homes.items()
    }
    return [filled(StocktakeListed, r, awaits_papers=awaited.get(r.number, 0)) for r in rows]


def _values(api: RoomApi, number: str, taking: Stocktake) -> Mapping[str, LineValue]:
    """What each line that differs is worth: as it was posted, or would be if it were now."""
    if taking.stage is StocktakeStage.COUNTING:
        return {}
    known = {key: line.value for key, line in taking.lines.items() if line.value is not None}
    parts = {line.counted.part for line in taking.open_lines.values()}
    names = {part: ledger.stream_of(taking.store, part) for part in sorted(parts)}
    stocks = api.registers.states(list(names.values()))
    lines = {
        key: (line, moves_of(taking.store, number, line, _outside(api.registers, taking, line)))
        for key, line in taking.open_lines.items()
    }
    valuing = api.policies(taking.store, api.registers.now()).stock.valuing
    return {**known, **values_of(lines, lambda part: stocks[names[part]].state, valuing)}


def _outside(registers: Registers, taking: Stocktake, line: CountedLine) -> Mapping[str, str]:
    """From where outside each piece comes that was found, by the books of all stores."""
    part, found = line.counted.part, line.counted.surplus
    if not found:
        return {}
    homes = {each: ledger.stream_of(each, part) for each in ledger.stores_of(registers.names, part)}
    book = serial_book.stream_of(part)
    seen = registers.states([book, *homes.values()])
    stocks = {store: seen[home].state for store, home in homes.items()}
    return serial_book.put_outside(seen[book].state, found, taking.store, stocks)


def _shown(
    number: str, taking: Stocktake, values: Mapping[str, LineValue], awaited: Collection[str]
) -> StocktakeShown:
    opened = taking.opened
    assert opened is not None
    blind = taking.stage is StocktakeStage.COUNTING
    lines = tuple(
        _line(line, values.get(key), blind=blind, awaits_paper=key in awaited)
        for key, line in taking.lines.items()
    )
    return StocktakeShown(
        number,
        taking.store,
        opened.kind,
        opened.period,
        taking.stage,
        opened.as_of,
        lines,
        to_sign(taking),
        taking.witnessed_by,
        taking.witness_sig,
        taking.keeper_sig,
        taking.decided_by,
        taking.decided_because,
    )


def _line(
    line: CountedLine, value: LineValue | None, *, blind: bool, awaits_paper: bool
) -> LineShown:
    counted = line.counted
    return LineShown(
        part=counted.part,
        place=counted.place,
        needs_second=line.needs_second,
        knowing=line.knowing,
        counters=line.counters,
        signature=None if blind else counted.signature,
        counted=None if blind else counted.counted,
        book=None if blind else counted.book,
        difference=None if blind else line.difference,
        missing=() if blind else counted.missing,
        surplus=() if blind else counted.surplus,
        lost_fen=None if value is None else value.lost_fen,
        found_fen=None if value is None else value.found_fen,
        unknown=None if value is None else value.unknown,
        explained=line.explained,
        judged=line.judged,
        awaits_paper=awaits_paper,
    )


def _opening(request: FormRequest, body: NewStocktake) -> NextNumber:
    store = request.context.branch(body.branch)
    card = request.registers.branch(store)
    refuse_if(*stores.unusable(card, store))
    assert card is not None
    day = request.today(store)
    as_of = _as_of(body.period, day, card.time_zone, request.context.at)
    command = OpenStocktake(store, body.kind, body.period, as_of)
    return next_in_series(SERIES, store, day, PAPER, command)


def _as_of(period: str | None, day: date, time_zone: str, at: datetime) -> datetime:
    """截点: the end of the month if it is over, else now. Raises Refused."""
    if period is None:
        return at
    told = reason("period-not-over", period=period)
    refuse_if((periods.first_day(period) > day, told))
    _, end = periods.bounds(period, time_zone)
    return min(end, at)


def _witnessing(request: FormRequest, body: Witness) -> ConfirmCount:
    taking: Stocktake = request.state
    opened = taking.opened
    if opened is None or opened.kind is not StocktakeKind.MONTHLY:
        return ConfirmCount(body.content)
    return ConfirmCount(body.content, tuple(_uncounted(request, taking)))


def _uncounted(request: FormRequest, taking: Stocktake) -> list[str]:
    """The first parts that have pieces on the shelves and no count there, by the record."""
    places: dict[str, set[str]] = {}
    for line in taking.lines.values():
        places.setdefault(line.counted.part, set()).add(line.counted.place)
    beginning = ledger.stream_of(taking.store, "")
    names = request.registers.names(beginning, "")
    found: list[str] = []
    for n in range(0, len(names), _AT_ONCE):
        for name, seen in request.registers.states(names[n : n + _AT_ONCE]).items():
            part = name.removeprefix(beginning)
            if on_shelves(seen.state, frozenset(places.get(part, ()))):
                found.append(part)
        if len(found) >= PARTS:
            break
    return found[:PARTS]


def _counting(request: FormRequest, body: CountPart) -> CountPart:
    """Pieces are in the hands of somebody whom we know; nobody else could bring them home."""
    who = body.place.removeprefix(ledger.HANDS)
    unknown = who != body.place and request.registers.person(who) is None
    refuse_if((unknown, reason("person-unknown", person=who)))
    return body


def _approving(request: FormRequest, body: JudgingDifferences) -> Made:
    charged = [each.charged_to for each in body.lines if each.charged_to is not None]
    unknown = [who for who in charged if request.registers.person(who) is None]
    refuse_if(*((True, reason("person-unknown", person=who)) for who in unknown))
    taking: Stocktake = request.state
    policy = request.policy(taking.store)
    judged = {key_of(each.place, each.part) for each in body.lines}
    found = [
        line.counted.part
        for key, line in taking.lines.items()
        if key in judged and line.counted.surplus
    ]
    others = stores.others_of(request.registers.names, taking.store, *dict.fromkeys(found))
    command = ApproveStocktake(body.lines, policy.stock.valuing, others)
    return Made(command, policy=policy.label)


FORMS: Forms = {
    "difference-approvals": Form(JudgingDifferences, _approving),
    "shelf-counts": Form(CountPart, _counting),
    "/stocktakes": Form(NewStocktake, _opening),
    "witnesses": Form(Witness, _witnessing),
}
