"""旧件判定与结案 (judging): base says what it does with old parts, and what came of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from services.inventory import ledger, serial_book
from services.inventory.ledger import STORE
from services.inventory.old_parts.listing import at
from services.inventory.old_parts.remains import remains_of, truthful
from services.inventory.old_parts.state import OldPartList
from services.inventory.part_register import card_of
from services.inventory.part_register import stream_of as card_stream
from services.inventory.transit_loss import LossState
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if, too_many
from shared.events.inventory import Movement, Outside, StockMoved
from shared.events.old_parts import (
    Disposition,
    OldClass,
    OldOutcome,
    OldPartJudged,
    OldPartLine,
    OldPartSettled,
    OldPartsStage,
)
from shared.events.values import (
    MANY,
    BranchCode,
    FaultNature,
    Fen,
    Quantity,
    Ref,
    Serials,
    Text,
)
from shared.step import WORDS

AT_BASE = (OldPartsStage.SHORT, OldPartsStage.RECEIVED, OldPartsStage.JUDGED)
BY_FAULT: Mapping[FaultNature, Disposition] = {
    FaultNature.MANUFACTURE: Disposition.EXCHANGE,
    FaultNature.ASSEMBLY: Disposition.EXCHANGE,
    FaultNature.MATERIAL: Disposition.EXCHANGE,
    FaultNature.BOUGHT_IN: Disposition.RETURN_TO_MAKER,
    FaultNature.DESIGN: Disposition.RETURN_TO_MAKER,
    FaultNature.WEAR: Disposition.SCRAP,
    FaultNature.MISUSE: Disposition.SCRAP,
    FaultNature.EXTERNAL: Disposition.SCRAP,
    FaultNature.SOFTWARE: Disposition.REPAIR,
    FaultNature.INSTALLATION: Disposition.REPAIR,
    FaultNature.NONE_FOUND: Disposition.REPAIR,
}
"""What base does with an old part by its fault nature; anything else needs words."""
LEADS_TO: Mapping[Disposition, OldOutcome] = {
    Disposition.RETURN_TO_MAKER: OldOutcome.CREDIT,
    Disposition.EXCHANGE: OldOutcome.PART_BACK,
    Disposition.REPAIR: OldOutcome.PART_BACK,
    Disposition.SCRAP: OldOutcome.SCRAPPED,
}
"""What should come of a judgement; anything else needs words."""


@dataclass(frozen=True, slots=True)
class JudgeOldPart:
    """旧件判定: what base does with pieces of one line of the list."""

    line: Quantity
    """The first is 1."""
    quantity: Quantity
    disposition: Disposition
    serials: Serials = ()
    because: Text | None = None
    """Why it is not what the fault nature says."""


@dataclass(frozen=True, slots=True)
class SettlingOldPart:
    """旧件结案: what came of judged pieces."""

    number: Ref
    """Of the judgement."""
    outcome: OldOutcome
    credit_fen: Fen | None = None
    case_no: Text | None = None
    """厂家受理号: the maker's case number."""
    serials: Serials = ()
    """Of the parts that came back from the maker."""
    because: Text | None = None
    """Why it is not what its judgement leads to."""


@dataclass(frozen=True, slots=True)
class SettleOldPart(SettlingOldPart):
    """旧件结案: what came of judged pieces; they leave the old parts of base."""

    stores: tuple[BranchCode, ...] = ()
    """Obligation: the other stores that ever had the part, if serials are named."""


def judge(command: JudgeOldPart, old: OldPartList, asked: Asked) -> Decision:
    """旧件判定: of pieces that base has counted in, by their fault nature."""
    number = f"{number_of(asked.home)}-J{len(old.judged) + 1}"
    known = command.line <= len(old.lines)
    refuse_if(
        at(old, *AT_BASE, asked=asked),
        too_many("judged", len(old.judged) + 1, MANY),
        (not known, reason("old-line-unknown", line=command.line, lines=len(old.lines))),
        *(_judgeable(command, old.lines[command.line - 1], old) if known else ()),
    )
    fact = OldPartJudged(
        number=number,
        line=command.line,
        quantity=command.quantity,
        serials=tuple(sorted(command.serials)),
        disposition=command.disposition,
        because=command.because,
        judged_by=asked.actor,
    )
    return asked.here(fact)


def settle(command: SettleOldPart, old: OldPartList, asked: Asked) -> Decision:
    """旧件结案: once a judgement; the pieces leave the old parts in the same append."""
    judged, before = old.judged.get(command.number), old.settled.get(command.number)
    fact = OldPartSettled(
        number=command.number,
        outcome=command.outcome,
        credit_fen=command.credit_fen,
        case_no=command.case_no,
        serials=tuple(sorted(command.serials)),
        because=command.because,
        settled_by=asked.actor,
    )
    if before is not None and replace(before, written_off=0) == fact:
        return []
    number = command.number
    refuse_if(
        (judged is None, reason("not-judged", number=number)),
        (before is not None, reason("old-part-settled", number=number)),
    )
    assert judged is not None
    line, left = old.lines[judged.line - 1], remains_of(judged, old, asked)
    fact = replace(fact, written_off=left.written_off)
    judged = replace(judged, quantity=left.quantity, serials=left.serials)
    moves = _moves(fact, judged, old)
    refuse_if(
        *_worded(fact, judged, old),
        *truthful(fact, left),
        *_back(command, judged, line, asked),
        *ledger.broken(ledger.stock_of(asked, old.base, line.part), moves),
    )
    home = ledger.stream_of(old.base, line.part)
    fresh = set(command.serials) - set(judged.serials)
    stays = set(command.serials) if _by_maker(fact, judged) else _kept(fact, judged)
    return [
        *asked.here(fact),
        *((home, move) for move in moves),
        *serial_book.left(old.base, line.part, set(judged.serials) - stays),
        *serial_book.entered(old.base, line.part, fresh),
    ]


def reads_of_settling(command: SettleOldPart, old: OldPartList, _asked: Asked) -> Sequence[str]:
    """The card and book of the part, and where its serials are, here and in other stores."""
    judged = old.judged.get(command.number)
    if judged is None:
        return ()
    part = old.lines[judged.line - 1].part
    others = (ledger.stream_of(store, part) for store in command.stores)
    named = serial_book.streams_of(part, command.serials, judged.serials)
    return (card_stream(part), ledger.stream_of(old.base, part), *named, *others)


def offered_judgements(_number: str, old: OldPartList) -> Iterator[JudgeOldPart]:
    """Every line of which pieces are at base, as its fault nature says."""
    for n, line in enumerate(old.lines, 1):
        count = min(old.unjudged(line.part), old.left_of(n)) if old.stage in AT_BASE else 0
        if count:
            usual = BY_FAULT.get(line.fault_nature) if line.fault_nature else None
            serials = tuple(sorted(_here(old, line) - _taken(old, n)))[:count]
            because = None if usual else WORDS
            yield JudgeOldPart(n, count, usual or Disposition.SCRAP, serials, because)


def offered_settlements(_number: str, old: OldPartList) -> Iterator[SettlingOldPart]:
    """Every judgement that nothing came of, as it leads to."""
    for number, judged in old.judged.items():
        if number not in old.settled:
            outcome = LEADS_TO[judged.disposition]
            fen = 0 if outcome is OldOutcome.CREDIT else None
            by_maker = outcome is OldOutcome.PART_BACK and _is_exchange(judged)
            serials = judged.serials if by_maker else ()
            yield SettlingOldPart(number, outcome, fen, WORDS, serials)


def _judgeable(command: JudgeOldPart, line: OldPartLine, old: OldPartList) -> Iterator[Rule]:
    """Rules: no more pieces than are here, these by their serials, and words for what deviates."""
    left = min(old.unjudged(line.part), old.left_of(command.line))
    over = reason("beyond-old-line", line=command.line, left=left, asked=command.quantity)
    yield command.quantity > left, over
    named, free = set(command.serials), _here(old, line) - _taken(old, command.line)
    strange = sorted(named - free)
    told = reason("serials-not-judgeable", line=command.line, part=line.part, serials=strange)
    yield bool(strange), told
    bare = left - len(free)
    lacking = not strange and not 0 <= command.quantity - len(named) <= max(bare, 0)
    told = reason("serials-needed", part=line.part, named=len(named), asked=command.quantity)
    yield lacking and command.quantity <= left, told
    usual = BY_FAULT.get(line.fault_nature) if line.fault_nature else None
    silent = command.disposition is not usual and command.because is None
    words = reason("disposition-unexplained", line=command.line, usual=usual.value if usual else "")
    yield silent, words


def _here(old: OldPartList, line: OldPartLine) -> frozenset[str]:
    """The serials of a line that are at base: not on the way any more, and not lost."""
    if old.in_place is not None:
        return frozenset(line.serials)
    gone = old.shipment.gone if old.shipment else frozenset()
    granted = (each.loss for each in old.losses.values() if each.decided is LossState.GRANTED)
    lost = {serial for loss in granted if loss.part == line.part for serial in loss.serials}
    return frozenset(each for each in line.serials if (line.part, each) in gone) - lost


def _taken(old: OldPartList, line: int) -> frozenset[str]:
    """The serials of a line that were judged."""
    known = (each.serials for each in old.judged.values() if each.line == line)
    return frozenset(serial for named in known for serial in named)


def _is_exchange(judged: OldPartJudged) -> bool:
    """Whether the maker has the pieces, and another part comes from there."""
    return judged.disposition is not Disposition.REPAIR


def _by_maker(fact: OldPartSettled, judged: OldPartJudged) -> bool:
    """Whether a part came back from the maker."""
    return fact.outcome is OldOutcome.PART_BACK and _is_exchange(judged)


def _kept(fact: OldPartSettled, judged: OldPartJudged) -> set[str]:
    """The serials that stay in the store: those of repaired pieces."""
    return set(judged.serials) if fact.outcome is OldOutcome.PART_BACK else set()


def _moves(fact: OldPartSettled, judged: OldPartJudged, old: OldPartList) -> list[StockMoved]:
    """Where the pieces go, and those that come for them."""
    maker = Outside.MAKER.value
    if not judged.quantity:
        return []
    if fact.outcome is OldOutcome.SCRAPPED:
        ways = [(old.account, Outside.SCRAPPED.value, judged.serials)]
    elif fact.outcome is OldOutcome.CREDIT:
        ways = [(old.account, maker, judged.serials)]
    elif _by_maker(fact, judged):
        ways = [(old.account, maker, judged.serials), (maker, STORE, fact.serials)]
    else:
        ways = [(old.account, STORE, judged.serials)]
    return [
        StockMoved(
            store=old.base,
            part=old.lines[judged.line - 1].part,
            source=source,
            target=target,
            quantity=judged.quantity,
            serials=serials,
            because=Movement.OLD_LIST,
            use_nature=None,
            paper=judged.number,
            # An old part cost us nothing, nor does what the maker gives for it.
            fen=0 if source == maker else None,
        )
        for source, target, serials in ways
    ]


def _worded(fact: OldPartSettled, judged: OldPartJudged, old: OldPartList) -> Iterator[Rule]:
    """Rules: a credit says how much, the maker's word has its number, what deviates is told."""
    number, credit = fact.number, fact.outcome is OldOutcome.CREDIT
    yield credit != (fact.credit_fen is not None), reason("credit-unclear", number=number)
    warranty = old.listed is not None and old.listed.old_class is OldClass.WARRANTY
    scrapped = fact.outcome is OldOutcome.SCRAPPED and warranty
    asks = credit or scrapped or _by_maker(fact, judged)
    yield asks and fact.case_no is None, reason("case-number-needed", number=number)
    silent = fact.outcome is not LEADS_TO[judged.disposition] and fact.because is None
    usual = LEADS_TO[judged.disposition].value
    yield silent, reason("outcome-unexplained", number=number, usual=usual)


def _back(
    command: SettleOldPart, judged: OldPartJudged, line: OldPartLine, asked: Asked
) -> Iterator[Rule]:
    """Rules: a part that comes back from the maker is named by its serial, and new here."""
    part, named = line.part, len(set(command.serials))
    comes = command.outcome is OldOutcome.PART_BACK and _is_exchange(judged)
    yield not comes and named > 0, reason("serials-not-back", part=part)
    if not comes:
        return
    card = card_of(asked, part)
    kept = card is not None and card.has_serials
    told = reason("serials-needed", part=part, named=named, asked=judged.quantity)
    yield kept and named != judged.quantity, told
    yield card is not None and not kept and named > 0, reason("serials-not-kept", part=part)
    fresh = set(command.serials) - set(judged.serials)
    stocks = [ledger.stock_of(asked, store, part) for store in command.stores]
    yield from serial_book.not_new(asked, part, fresh, stocks)
