"""旧件清单的接口 (HTTP of lists of old parts): their numbers, the lists, what waits too long."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Annotated

from fastapi import APIRouter

from services.inventory import stores
from services.inventory.issue_note.state import IssueNote
from services.inventory.missent import ApproveSending, SendingNumber
from services.inventory.old_parts import NUMBER, PAPER, SERIES, board, waiting
from services.inventory.old_parts.judging import SettleOldPart, SettlingOldPart
from services.inventory.old_parts.listing import ListOldParts, OldPiece
from services.inventory.old_parts.origin import Origin, origin_of
from services.inventory.old_parts.state import ACCOUNTS, OldPartList
from services.inventory.old_parts.travelling import SendOldParts, to_sign
from services.inventory.reading import READING
from services.inventory.shown.http import days_of, names_of
from services.inventory.signing import Sheet
from services.inventory.stocktake.blind.http import Hides, hides_from
from shared.decider import refuse_if
from shared.events.consignments import Consignment
from shared.events.old_parts import OldClass, OldPartsStage
from shared.events.order_sheet import WorkOrderDocument
from shared.events.values import BranchCode, ContentHash, PartList
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.form import Form, FormRequest, Forms, Made, NextNumber, next_in_series
from shared.http.query import Listed, Paged, Shown
from shared.http.steps import in_path
from shared.policy import local_day

ListNumber = Annotated[str, in_path(NUMBER)]
YEARS = 10
"""How far back the list of what waits too long looks."""


@dataclass(frozen=True, slots=True)
class NewOldParts:
    """旧件列单: reconciled lines with old parts; `branch` may be left out by who has only one."""

    old_class: OldClass
    """`warranty`, or all `other`s: never both on one list."""
    lines: PartList[OldPiece]
    branch: BranchCode | None = None
    """The store that lists; of base's own, as its card says, nothing is sent."""


@dataclass(frozen=True, slots=True)
class OldParcel:
    """旧件发出: everything on the list leaves for base, and how it travels."""

    base: BranchCode
    """The store of base that receives it."""
    consignment: Consignment
    content: ContentHash
    """What was shown: `to_sign` of the list says it."""


@dataclass(frozen=True, slots=True)
class OldPartsShown:
    """旧件明细清单: as it stands."""

    number: str
    stage: OldPartsStage
    old_parts: OldPartList
    to_sign: tuple[Sheet, ...]
    """待签: the list, to be sent or counted."""


@dataclass(frozen=True, slots=True)
class WaitingListed:
    """待列旧件一行: with the name of the part, and for how many days it waits."""

    store: str
    part: str
    source: str
    issue_note: str | None
    branch: str
    """The store's."""
    old_class: OldClass
    came: int | None
    """None, as what is left of them: they are counted just now, by a count that is blind."""
    listed: int | None
    written_off: int | None
    waiting: int | None
    is_waiting: bool
    since: datetime
    month: str
    name: str | None
    days: int
    """By the calendar of the store."""
    counting: bool
    """在盘: whether the figures are hidden from whoever may count the old parts."""


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show old parts."""

    @api.query(router, "/old-parts", reads=READING["old_parts"], shows=board.Row)
    def list_old_parts(
        page: Paged,
        *,
        store: str | None = None,
        base: str | None = None,
        stage: OldPartsStage | None = None,
    ) -> Listed:
        """旧件清单一览: the lists of your stores, and those that come to them, by stage."""
        return Listed(board, page, {"store": store, "base": base, "stage": stage})

    @api.query(router, "/old-parts-waiting", reads=READING["old_parts"], shows=WaitingListed)
    def list_old_parts_waiting(
        context: RequestContext,
        page: Paged,
        *,
        store: str | None = None,
        old_class: OldClass | None = None,
        late: bool | None = None,
    ) -> Listed:
        """待列旧件: old parts on no list; `late=true` those that waited longer than the period."""
        now = api.registers.now()
        policy = api.policies(store or "", now)
        today = local_day(policy, None, now)
        months = tuple(_before(today, policy.stock.old_parts_months)) if late else None
        where = {"store": store, "old_class": old_class, "is_waiting": True, "month": months}
        days, hides = days_of(api, now), hides_from(api.registers, context)

        def told(rows: Sequence[waiting.Row]) -> Sequence[WaitingListed]:
            names = names_of(api.registers, (row.part for row in rows))
            return [
                _waiting(row, names.get(row.part), days(row.store, row.since), hides)
                for row in rows
            ]

        return Listed(waiting, page, where, told=told)

    @api.query(router, "/old-parts/{number}", reads=READING["old_parts"], shows=OldPartsShown)
    def show_old_parts(number: ListNumber) -> Shown:
        """旧件明细清单: one list, with what is missing of it and what came of each piece."""
        seen = api.existing(PAPER.stream_of(number))
        state: OldPartList = seen.state
        shown = OldPartsShown(number, state.stage, state, to_sign(state))
        base = (state.base,) if state.base else ()
        return Shown(shown, number, state.store, seen.version, of=state, branches=base)


def _waiting(row: waiting.Row, name: str | None, days: int, hides: Hides) -> WaitingListed:
    """The row, without the figures of what is counted just now."""
    hidden = hides(row.store, row.part, ACCOUNTS[row.old_class])
    nothing = dict.fromkeys(("came", "listed", "written_off", "waiting")) if hidden else {}
    return filled(WaitingListed, row, name=name, days=days, counting=hidden, **nothing)


def _before(day: date, months: int) -> Iterator[str]:
    """The months of which old parts should be on a list by that day, the newest first."""
    newest = day.year * 12 + day.month - 1 - months
    for month in islice(range(newest, 0, -1), YEARS * 12):
        yield f"{month // 12}-{month % 12 + 1:02}"


def _listing(request: FormRequest, body: NewOldParts) -> NextNumber:
    store = request.context.branch(body.branch)
    card = request.registers.branch(store)
    refuse_if(*stores.unusable(card, store))
    day = request.today(store)
    assert card is not None
    origins = tuple(_origins(request, body.lines, card.time_zone))
    more = {"period": f"{day:%Y-%m}", "origins": origins, "at_base": card.is_base}
    command = filled(ListOldParts, body, store=store, **more)
    return next_in_series(SERIES, store, day, PAPER, command)


def _origins(request: FormRequest, lines: Sequence[OldPiece], zone: str) -> Iterator[Origin]:
    """Which machines they were in, by the orders of their notes."""
    named = dict.fromkeys(each.issue_note for each in lines if each.issue_note is not None)
    notes = request.registers.states([f"issue_note-{each}" for each in named])
    for number in named:
        note: IssueNote = notes[f"issue_note-{number}"].state
        stream = f"work_order-{note.released.order}" if note.released else ""
        order = request.registers.document("dispatch", stream, WorkOrderDocument)
        if order is not None:
            yield origin_of(number, order, zone)


def _sending(request: FormRequest, body: OldParcel) -> Made:
    card, own = request.registers.branch(body.base), body.base == request.state.store
    refuse_if(
        *stores.unusable(card, body.base), *(() if own else (stores.not_base(card, body.base),))
    )
    policy = request.policy(request.state.store)
    return Made(filled(SendOldParts, body, valuing=policy.stock.valuing), policy=policy.label)


def _granting(request: FormRequest, body: SendingNumber) -> Made:
    policy = request.policy(request.state.store)
    return Made(filled(ApproveSending, body, valuing=policy.stock.valuing), policy=policy.label)


def _settling(request: FormRequest, body: SettlingOldPart) -> Made:
    old: OldPartList = request.state
    judged = old.judged.get(body.number)
    part = old.lines[judged.line - 1].part if judged and body.serials else None
    others = stores.others_of(request.registers.names, old.base, part) if part else ()
    return Made(filled(SettleOldPart, body, stores=others))


FORMS: Forms = {
    "/old-parts": Form(NewOldParts, _listing),
    "sendings": Form(OldParcel, _sending),
    "sending-correction-approvals": Form(SendingNumber, _granting),
    "settlements": Form(SettlingOldPart, _settling),
}
