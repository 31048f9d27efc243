"""补库申请 (asking): a store asks for what it lacks up to its quotas; base says what it sends."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.inventory import ledger, on_order
from services.inventory.checks import own_request
from services.inventory.part_register import card_of, each_once, unusable
from services.inventory.part_register import stream_of as card_stream
from services.inventory.refill_draft import figures
from services.inventory.replenishment.state import Replenishment
from services.inventory.signing import signed
from shared.content import content_hash
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.replenishments import (
    AgreedLine,
    LatenessApproved,
    OpenPieces,
    RefillLine,
    ReplenishmentAsked,
    ReplenishmentChecked,
    ReplenishmentEnded,
    ReplenishmentLate,
    ReplenishmentStage,
)
from shared.events.values import BranchCode, Note, PartList, PartNumber, Quantity, Role, Text
from shared.step import WORDS

OPEN = (ReplenishmentStage.ASKED, ReplenishmentStage.CHECKED)


@dataclass(frozen=True, slots=True)
class WantedLine:
    """申请行: how many of a part are asked for."""

    part: PartNumber
    asked: Quantity
    because: Text | None = None
    """Why it is another number than quota − on hand − in transit − on order."""


@dataclass(frozen=True, slots=True)
class AskReplenishment:
    """补库申请: ask base for what is lacking; another figure, or another day, only with words."""

    store: BranchCode
    asked_on: date
    lines: PartList[WantedLine]
    because: Text | None = None
    due_at: datetime | None = None
    """Obligation: by when base sends what it had to buy."""
    within: Text | None = None
    """Obligation: the time until then, as policy says it."""
    is_day: bool = True
    """Obligation: whether policy has the store ask on this day."""
    counting: PartList[PartNumber] = ()
    """Obligation: of these the shelf is counted just now, by a count that is blind."""


@dataclass(frozen=True, slots=True)
class CheckReplenishment:
    """补库核定: how many of each part base sends, and from which store; less only with words."""

    base: BranchCode
    lines: PartList[AgreedLine]


@dataclass(frozen=True, slots=True)
class EndReplenishment:
    """补库终止: what base has not sent is not waited for any more, and why."""

    because: Note


@dataclass(frozen=True, slots=True)
class NoteLateness:
    """补库逾期: the time in which base sends what it had to buy is over."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class ApproveLateness:
    """逾期批准: the general manager accepts that base is late, and why."""

    because: Note


def ask(command: AskReplenishment, request: Replenishment, asked: Asked) -> Decision:
    """补库申请: by the figures of the books; one that base has not checked, a store and day."""
    parts, number = [line.part for line in command.lines], number_of(asked.home)
    if _is_asked(command, request, asked.actor):
        return []
    lines = tuple(_reckoned(line, command.store, asked) for line in command.lines)
    fact = ReplenishmentAsked(
        number=number,
        store=command.store,
        asked_on=command.asked_on,
        lines=lines,
        because=command.because,
        due_at=command.due_at,
        asked_by=asked.actor,
        within=command.within,
    )
    fact = replace(fact, keeper_sig=signed(request_content(fact), asked, Role.STOREKEEPER))
    waiting = on_order.of_store(asked, command.store).unchecked_on(command.asked_on)
    silent = not command.is_day and command.because is None
    refuse_if(
        (request.asked is not None, reason("number-taken", number=number)),
        (waiting is not None, reason("request-open", number=waiting or "")),
        (silent, reason("outside-the-day", day=command.asked_on.isoformat())),
        *each_once(parts),
        *(rule for part in parts for rule in unusable(card_of(asked, part), part)),
        *(_explained(line, is_blind=line.part in command.counting) for line in lines),
    )
    wanted = {line.part: line.asked for line in lines}
    written = on_order.waits(command.store, number, wanted, unchecked_on=command.asked_on)
    return [*asked.here(fact), *written]


def check(command: CheckReplenishment, request: Replenishment, asked: Asked) -> Decision:
    """补库核定: every part, no more of it than was asked for, by another than who asked."""
    fact = ReplenishmentChecked(command.base, command.lines, asked.actor)
    if request.checked == fact:
        return []
    refuse_if(
        at(request, ReplenishmentStage.ASKED, asked=asked),
        own_request(asked, request.asked.asked_by if request.asked else None),
        (command.base == request.store, reason("same-store", store=command.base)),
        *_agreed(command.lines, request.let_go),
    )
    agreed = {line.part: line.agreed for line in command.lines}
    return [*asked.here(fact), *on_order.waits(request.store, number_of(asked.home), agreed)]


def end(command: EndReplenishment, request: Replenishment, asked: Asked) -> Decision:
    """补库终止: of what was not sent; what is in transit is still to be counted."""
    if request.ended is not None and request.ended.because == command.because:
        return []
    nothing = request.stage in OPEN and not any(request.lacking.values())
    number = number_of(asked.home)
    refuse_if(
        at(request, *OPEN, asked=asked),
        (nothing, reason("nothing-lacking", number=number)),
    )
    fact = ReplenishmentEnded(command.because, asked.actor)
    none = dict.fromkeys(request.let_go, 0)
    return [*asked.here(fact), *on_order.waits(request.store, number, none)]


def note_lateness(command: NoteLateness, request: Replenishment, asked: Asked) -> Decision:
    """补库逾期: once, of what base has not sent by then."""
    lines = tuple(OpenPieces(part, left) for part, left in request.lacking.items() if left)
    if request.late is not None or not lines:
        return []
    return asked.here(ReplenishmentLate(command.due_at, lines))


def approve_lateness(command: ApproveLateness, request: Replenishment, asked: Asked) -> Decision:
    """逾期批准: of what is late, by nobody who answers for it."""
    known = request.lateness
    if known is not None and (known.because, known.approved_by) == (command.because, asked.actor):
        return []
    number = number_of(asked.home)
    own = request.checked is not None and request.checked.checked_by == asked.actor
    refuse_if(
        (request.late is None, reason("not-late", number=number)),
        (known is not None, reason("lateness-decided", number=number)),
        (own, reason("own-lateness", person=asked.actor)),
    )
    return asked.here(LatenessApproved(command.because, asked.actor))


def at(request: Replenishment, *stages: ReplenishmentStage, asked: Asked) -> Rule:
    """A rule: the request stands at one of these stages."""
    told = reason("refill-stage", number=number_of(asked.home), stage=request.stage.value)
    return request.stage not in stages, told


def request_content(fact: ReplenishmentAsked) -> str:
    """SHA-256 (hex) of the request as it was made out, with the figures of the books."""
    shown = {
        "number": fact.number,
        "store": fact.store,
        "asked_on": fact.asked_on,
        "lines": fact.lines,
        "because": fact.because,
    }
    return content_hash(shown)


def _is_asked(command: AskReplenishment, request: Replenishment, actor: str) -> bool:
    """Whether the same was asked for already: the books have counted it since."""
    known = request.asked
    if known is None:
        return False
    said = tuple(WantedLine(line.part, line.asked, line.because) for line in known.lines)
    same = (known.store, known.asked_on, known.because, known.asked_by)
    told = (command.store, command.asked_on, command.because, actor)
    return same == told and said == command.lines


def _reckoned(line: WantedLine, store: str, asked: Asked) -> RefillLine:
    stock = ledger.stock_of(asked, store, line.part)
    waits = on_order.of_store(asked, store).of(line.part)
    return RefillLine(line.part, line.asked, figures(stock, waits), line.because)


def _explained(line: RefillLine, *, is_blind: bool) -> Rule:
    """A rule: what is asked is what is lacking, or it says why not.

    While the shelf is counted blindly any figure says why: whoever guessed would learn the books'.
    """
    if is_blind:
        return line.because is None, reason("figure-while-counting", part=line.part)
    lacking = line.figures.lacking
    told = reason("figure-unexplained", part=line.part, lacking=lacking, asked=line.asked)
    return line.asked != lacking and line.because is None, told


def _agreed(lines: Sequence[AgreedLine], wanted: Mapping[str, int]) -> Iterator[Rule]:
    """A rule: every part is agreed on, with no more than was asked for, and why with less."""
    parts = [line.part for line in lines]
    yield from each_once(parts)
    for line in lines:
        most = wanted.get(line.part, 0)
        yield line.part not in wanted, reason("not-asked-for", part=line.part)
        beyond = line.part in wanted and line.agreed > most
        yield beyond, reason("beyond-asked", part=line.part, most=most, agreed=line.agreed)
        silent = line.agreed < most and line.because is None
        told = reason("agreed-less-unexplained", part=line.part, most=most, agreed=line.agreed)
        yield silent, told
    missing = sorted(wanted.keys() - set(parts))
    yield bool(missing), reason("line-missing", parts=missing)


def reads_of_asking(
    command: AskReplenishment, _request: Replenishment, _asked: Asked
) -> Sequence[str]:
    """The cards and the books of the parts, and what is on order."""
    streams = [on_order.stream_of(command.store)]
    for line in command.lines:
        streams += [card_stream(line.part), ledger.stream_of(command.store, line.part)]
    return tuple(dict.fromkeys(streams))


def reads_on_order(_command: object, request: Replenishment, _asked: Asked) -> Sequence[str]:
    """What is on order of the store."""
    return (on_order.stream_of(request.store),) if request.asked else ()


def offered_check(_number: str, request: Replenishment) -> Iterator[CheckReplenishment]:
    """All that is asked for."""
    if request.stage is ReplenishmentStage.ASKED:
        lines = tuple(AgreedLine(part, count) for part, count in request.let_go.items())
        yield CheckReplenishment("BASE", lines)


def offered_ending(_number: str, request: Replenishment) -> Iterator[EndReplenishment]:
    """While something is to be sent."""
    if request.stage in OPEN and any(request.lacking.values()):
        yield EndReplenishment(WORDS)


def offered_lateness(_number: str, request: Replenishment) -> Iterator[ApproveLateness]:
    """Of what is late and was not accepted."""
    if request.late is not None and request.lateness is None:
        yield ApproveLateness(WORDS)
