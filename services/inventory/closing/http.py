"""截帐的接口 (HTTP of closings): the calendar of the store, and the lists."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import Annotated

from fastapi import APIRouter

from services.inventory import periods, stores
from services.inventory.closing import PAPER, STORE, board, reports_due
from services.inventory.closing.closing import ClosePeriod
from services.inventory.closing.computing import Books, Told, computed, digest_of
from services.inventory.closing.sending import SendConsumption
from services.inventory.closing.sheet import rows_of
from services.inventory.consumption_report import ConsumptionLine, number_of
from services.inventory.issue_note import board as notes
from services.inventory.periods import Closings, Order
from services.inventory.reading import READING
from services.inventory.rules import report_due
from services.inventory.stocktake import PAPER as STOCKTAKE
from services.inventory.stocktake import SERIES as STOCKTAKES
from services.inventory.stocktake.state import Stocktake, posted_at
from shared.decider import refuse_if
from shared.events.inventory import Valuing
from shared.events.order_sheet import NoteStage
from shared.events.values import PARTS, ContentHash, Period
from shared.http.api import RoomApi
from shared.http.form import Form, FormRequest, Forms, Made
from shared.http.problem import unknown
from shared.http.query import AsFile, Listed, Paged, Shown
from shared.http.registers import Registers
from shared.http.steps import in_path
from shared.policy import local_day
from shared.sheets import MEDIA, SheetForm, as_csv, as_workbook
from shared.step import PathField
from shared.texts import Texts

StoreCode = Annotated[str, in_path(STORE)]
PERIOD = PathField("period", described="月份 2026-11", pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")
PeriodCode = Annotated[str, in_path(PERIOD)]
UNSETTLED = (NoteStage.RELEASED, NoteStage.ISSUED)


@dataclass(frozen=True, slots=True)
class Month:
    """截帐: which month of the store is closed."""

    period: Period
    """The month: `2026-11`."""


@dataclass(frozen=True, slots=True)
class ClosingsShown:
    """截帐: how far a store is closed."""

    store: str
    period: str | None
    """The last month that is closed."""
    next: str | None
    """The month that is closed next; None: any, since it is the first."""
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReportSending:
    """消耗报表报送: which month's report is signed, as it was shown."""

    period: Period
    """The month: `2026-11`."""
    digest: ContentHash
    """Of the report that was shown."""


@dataclass(frozen=True, slots=True)
class ReportShown:
    """消耗报表: of one month of a store, as the record says it."""

    number: str
    store: str
    period: str
    closing_on: date
    """截帐日: the last day of the month."""
    due_on: date
    """By when it is sent."""
    due_after: timedelta
    """How long after the last day that is: `P3D`."""
    valuing: Valuing
    lines: tuple[ConsumptionLine, ...]
    digest: str
    """Of all that stands above; it is what is signed."""


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show closings, and what the months were."""

    @api.query(router, "/closings", reads=READING["closing"], shows=board.Row)
    def list_closings(
        page: Paged, *, branch: str | None = None, period: str | None = None
    ) -> Listed:
        """截帐一览: the months of your stores that are closed, and what was not settled then."""
        return Listed(board, page, {"branch": branch, "period": period})

    @api.query(router, "/closings/{store}", reads=READING["closing"], shows=ClosingsShown)
    def show_closings(store: StoreCode) -> Shown:
        """截帐: how far one store is closed."""
        seen = api.existing(PAPER.stream_of(store))
        closings: Closings = seen.state
        last = closings.last
        period = last.period if last else None
        following = periods.following(period) if period else None
        shown = ClosingsShown(store, period, following, last.ends_at if last else None)
        return Shown(shown, store, seen.branch, seen.version, of=closings)

    api.listing(
        router,
        "/consumption/due",
        reports_due,
        reads=READING["closing"],
        said="待报: closed months whose consumption report is not sent, by when and by whom.",
        named="list_reports_due",
        filters=("branch", "period", "urged"),
    )

    @api.query(router, "/consumption/{store}/{period}", reads=READING["closing"], shows=ReportShown)
    def show_consumption(store: StoreCode, period: PeriodCode) -> Shown:
        """消耗报表: what a closed month was, by part and use nature, in pieces and fen."""
        return _report(api.registers, store, period)

    @api.file(
        router,
        "/consumption/{store}/{period}/sheet",
        reads=READING["closing"],
        types=tuple(MEDIA.values()),
    )
    def show_consumption_sheet(
        store: StoreCode, period: PeriodCode, *, form: SheetForm = SheetForm.CSV
    ) -> AsFile:
        """消耗报表表格: the same report as CSV or as a workbook, headings in both languages."""
        shown, now = _report(api.registers, store, period), api.registers.now()
        name = number_of(store, period)

        def write(report: Mapping[str, object]) -> bytes:
            rows = rows_of(report, partial(_label, api.texts))
            return as_csv(rows) if form is SheetForm.CSV else as_workbook(name, rows, now)

        return AsFile(shown, f"{name}.{form.value}", MEDIA[form], write)


def _report(registers: Registers, store: str, period: str) -> Shown:
    """The report of a month. Raises Problem if the month is not closed."""
    found = computed(books_of(registers), store, period)
    if found is None:
        raise unknown(f"{store}/{period}")
    shown = ReportShown(
        number=found.number,
        store=store,
        period=period,
        closing_on=found.closing_on,
        due_on=found.due_on,
        due_after=found.due_on - found.closing_on,
        valuing=found.valuing,
        lines=found.lines,
        digest=digest_of(found),
    )
    return Shown(shown, f"{store}/{period}", store)


def _label(texts: Texts, name: str) -> str:
    """What something is called, in Chinese and English."""
    said = texts.label(name)
    return f"{said.zh} {said.en}"


def _closing(request: FormRequest, body: Month) -> Made:
    store = request.given["store"]
    request.context.needs_branches((store,))
    card = request.registers.branch(store)
    refuse_if(*stores.unusable(card, store))
    assert card is not None
    begins, ends = periods.bounds(body.period, card.time_zone)
    policy = request.policies(store, ends)
    closings: Closings = request.state
    year = local_day(request.policy(store), card, request.registers.now()).year
    since = int(body.period[:4]) if closings.last else 0
    left = _unsettled(request.registers, store, ends)
    command = ClosePeriod(
        store=store,
        period=body.period,
        begins_at=begins,
        ends_at=ends,
        valuing=policy.stock.valuing,
        counted_since=periods.last_days(body.period, card.time_zone, policy.closing.last_days),
        stocktakes=tuple(_stocktakes(request.registers, store, since, year)),
        unsettled=tuple(left[:PARTS]),
        unsettled_more=len(left[PARTS:]),
        report_due_at=report_due(policy, ends),
    )
    return Made(command, branch=store, policy=policy.label)


def _stocktakes(registers: Registers, store: str, since: int, year: int) -> Iterator[str]:
    """The stocktakes of the store from a year on, and the number that comes next this year.

    Older ones were over when the month before was closed.
    """
    beginning = STOCKTAKE.stream_of(f"{STOCKTAKES}-{store}-")
    newest = 0
    for name in registers.names(beginning, ""):
        told, number = name.removeprefix(beginning).split("-")
        if int(told) == year:
            newest = max(newest, int(number))
        if int(told) >= since:
            yield f"{STOCKTAKES}-{store}-{told}-{number}"
    yield f"{STOCKTAKES}-{store}-{year}-{newest + 1:04}"


def _unsettled(registers: Registers, store: str, until: datetime) -> list[str]:
    """The notes from before the end of the month that are not settled, the first ones first."""
    found = [
        row
        for stage in UNSETTLED
        for row in registers.glimpsed(notes, {"branch": store, "stage": stage})
        if row.released_at < until
    ]
    return [row.number for row in sorted(found, key=lambda row: row.released_at)]


def _sending(request: FormRequest, body: ReportSending) -> Made:
    """报送: with the digest of the report as the record has it now."""
    store = request.given["store"]
    request.context.needs_branches((store,))
    found = computed(books_of(request.registers), store, body.period)
    digest = None if found is None else digest_of(found)
    return Made(SendConsumption(store, body.period, body.digest, digest), branch=store)


def books_of(registers: Registers) -> Books:
    """The books of the record."""

    @cache
    def cut(number: str) -> datetime:
        taking: Stocktake = registers.stream(STOCKTAKE.stream_of(number)).state
        assert taking.opened is not None
        return posted_at(taking.opened)

    return Books(partial(_told, registers), cut, registers.wait_for_appends)


def _told(registers: Registers, beginning: str) -> Iterator[Told]:
    """The facts of streams, and when each happened: at the latest when it was recorded."""
    for each in registers.recorded_in(beginning):
        at = min(each.occurred_at, each.recorded_at)
        order = Order(each.recorded_at, each.partition, each.seq)
        yield Told(each.stream, each.fact, at, order)


FORMS: Forms = {
    "periods": Form(Month, _closing),
    "reports": Form(ReportSending, _sending),
}
