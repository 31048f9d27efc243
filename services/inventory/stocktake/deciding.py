"""差异 (differences): the store explains each, finance decides, and the books follow the count."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from services.inventory import serial_book
from services.inventory.checks import stale
from services.inventory.ledger import HANDS, Stock, broken, stock_of
from services.inventory.ledger import stream_of as stock_stream
from services.inventory.old_pieces import split
from services.inventory.signing import signed
from services.inventory.stocktake.counting import at
from services.inventory.stocktake.posting import moves_of, values_of
from services.inventory.stocktake.sheet import EXPLAINABLE, differences_content
from services.inventory.stocktake.state import CountedLine, Stocktake, key_of
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.inventory import StockMoved, Valuing
from shared.events.old_parts import CLASSES
from shared.events.stocktakes import (
    DifferenceCause,
    DifferencesExplained,
    Explanation,
    Judgement,
    LineValue,
    StocktakeApproved,
    StocktakeEnded,
    StocktakeReturned,
    StocktakeStage,
    Treatment,
)
from shared.events.values import PARTS, BranchCode, ContentHash, Note, PartList, Role
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class ExplainDifferences:
    """差异说明: why these lines differ, each with its cause and words."""

    lines: PartList[Explanation]
    content: ContentHash
    """What differs: `to_sign` of the stocktake says it."""


@dataclass(frozen=True, slots=True)
class JudgingDifferences:
    """盘点批准: what is done about these lines; none where nothing differs."""

    lines: PartList[Judgement] = ()


@dataclass(frozen=True, slots=True)
class ApproveStocktake(JudgingDifferences):
    """盘点批准: what is done about these lines, and what that is worth."""

    valuing: Valuing = Valuing.MOVING_AVERAGE
    """Obligation: by which method it is told, as policy says."""
    stores: tuple[BranchCode, ...] = ()
    """Obligation: the other stores that ever had a part of which pieces were found."""


@dataclass(frozen=True, slots=True)
class ReturnStocktake:
    """盘点退回: it is counted or explained once more, and why."""

    because: Note


@dataclass(frozen=True, slots=True)
class EndStocktake:
    """盘点作废: it is not gone on with, and why."""

    because: Note


def explain(command: ExplainDifferences, taking: Stocktake, asked: Asked) -> Decision:
    """差异说明: of lines that differ, each once; also better, as long as nobody has decided."""
    keys = [key_of(each.place, each.part) for each in command.lines]
    known = [taking.lines[key].explained for key in keys if key in taking.lines]
    if keys and known == list(command.lines) and taking.stage is not StocktakeStage.RETURNED:
        return []
    refuse_if(
        at(taking, *EXPLAINABLE),
        *_of_differences(keys, taking.open_lines),
        *(rule for each in command.lines for rule in _of_old_lines(taking, each, asked)),
        *_as_shown(command, taking, asked),
    )
    left = len(taking.unexplained - set(keys))
    signature = signed(command.content, asked, Role.STOREKEEPER, Role.BASE)
    return asked.here(DifferencesExplained(command.lines, left, asked.actor, signature))


def approve(command: ApproveStocktake, taking: Stocktake, asked: Asked) -> Decision:
    """盘点批准: by finance, who neither counted nor explained; differences are posted with it."""
    judged = [(key_of(each.place, each.part), each) for each in command.lines]
    if _judged_so(taking, judged, asked):
        return []
    keys = [key for key, _ in judged]
    refuse_if(
        at(taking, StocktakeStage.EXPLAINED),
        _apart(taking, asked),
        *(_of_differences(keys, taking.open_lines) if taking.open_lines else ()),
        *(rule for _, each in judged for rule in _bearer(each, asked)),
        *(_by_note(each) for _, each in judged),
        *(_by_paper(each) for _, each in judged),
        *(rule for key, _ in judged for rule in _as_counted(taking.lines.get(key), taking, asked)),
        *(rule for key, each in judged for rule in _posts(taking, key, each, asked, command)),
    )
    written = [one for key, each in judged for one in _written(taking, key, each, asked, command)]
    left = len(taking.open_lines.keys() - set(keys))
    values = tuple(_values(taking, judged, asked, command))
    fact = StocktakeApproved(command.lines, left, asked.actor, values, command.valuing)
    return [*asked.here(fact), *written]


def give_back(command: ReturnStocktake, taking: Stocktake, asked: Asked) -> Decision:
    """盘点退回: by finance, before all is decided."""
    if (taking.stage, taking.decided_because) == (StocktakeStage.RETURNED, command.because):
        return []
    refuse_if(at(taking, StocktakeStage.COUNTED, StocktakeStage.EXPLAINED), _apart(taking, asked))
    return asked.here(StocktakeReturned(command.because, asked.actor))


def end(command: EndStocktake, taking: Stocktake, asked: Asked) -> Decision:
    """盘点作废: as long as nothing of it was posted; by finance once a difference may be known."""
    if (taking.stage, taking.decided_because) == (StocktakeStage.ENDED, command.because):
        return []
    posted = any(line.judged for line in taking.lines.values())
    stages = set(StocktakeStage) - {
        StocktakeStage.NONE,
        StocktakeStage.APPROVED,
        StocktakeStage.ENDED,
    }
    refuse_if(
        at(taking, *stages),
        (posted, reason("stocktake-posted")),
        *_ends_what_is_known(taking, asked),
    )
    return asked.here(StocktakeEnded(command.because, asked.actor))


def _as_shown(command: ExplainDifferences, taking: Stocktake, asked: Asked) -> Iterator[Rule]:
    """A rule: the keeper signs for what differs as it stands."""
    if taking.stage in EXPLAINABLE:
        yield stale(command.content, differences_content(taking), asked)


def reads_of_explaining(
    command: ExplainDifferences, taking: Stocktake, _asked: Asked
) -> Sequence[str]:
    """The books of the parts of which issue notes are named."""
    parts = (each.part for each in command.lines if each.issue_notes)
    return tuple(dict.fromkeys(stock_stream(taking.store, part) for part in parts))


def reads_posted(command: ApproveStocktake, taking: Stocktake, _asked: Asked) -> Sequence[str]:
    """The stock of each part that is decided, the book of its serials, and who had what came."""
    found: list[str] = []
    for each in command.lines:
        found.append(stock_stream(taking.store, each.part))
        line = taking.lines.get(key_of(each.place, each.part))
        if line is not None and (line.counted.missing or line.counted.surplus):
            found.append(serial_book.stream_of(each.part))
        if line is not None and line.counted.surplus:
            found += [stock_stream(store, each.part) for store in command.stores]
    return tuple(dict.fromkeys(found))


def _judged_so(taking: Stocktake, judged: Sequence[tuple[str, Judgement]], asked: Asked) -> bool:
    """Whether the same person has decided just this."""
    if taking.decided_by != asked.actor:
        return False
    if not judged:
        return taking.stage is StocktakeStage.APPROVED
    return all(key in taking.lines and taking.lines[key].judged == each for key, each in judged)


def _of_differences(keys: Sequence[str], lines: Collection[str]) -> Iterator[Rule]:
    """A rule: they are lines that differ and are not decided, each named once."""
    strange = sorted({key for key in keys if key not in lines})
    twice = sorted({key for key in keys if keys.count(key) > 1})
    yield not keys, reason("no-lines")
    yield bool(strange), reason("no-difference", lines=strange)
    yield bool(twice), reason("part-twice", parts=twice)


def _of_old_lines(taking: Stocktake, said: Explanation, asked: Asked) -> Iterator[Rule]:
    """A rule: the notes that are named have old parts there, or had some that were not found."""
    if not said.issue_notes:
        return
    old = stock_of(asked, taking.store, said.part).old
    old_class = CLASSES.get(said.place)
    known = {each.source for each in (*old.lines, *old.missing) if each.old_class is old_class}
    strange = sorted(set(said.issue_notes) - known)
    told = reason("old-note-unknown", part=said.part, place=said.place, notes=strange)
    yield bool(strange), told


def _apart(taking: Stocktake, asked: Asked) -> Rule:
    """A rule: who counted, witnessed or explained does not decide."""
    return asked.actor in taking.involved, reason("own-count", person=asked.actor)


def _ends_what_is_known(taking: Stocktake, asked: Asked) -> Iterator[Rule]:
    """A rule: whom a difference concerns does not leave it behind and count anew; finance does."""
    if taking.is_known:
        yield Role.FINANCE not in asked.roles, reason("finance-ends")
        yield _apart(taking, asked)


def _bearer(judged: Judgement, asked: Asked) -> Iterator[Rule]:
    """A rule: a person bears it if and only if it is charged to one, who did not decide it."""
    own = judged.charged_to == asked.actor
    yield own, reason("own-loss", person=asked.actor)
    charged = judged.treatment is Treatment.CHARGE_PERSON
    unclear = charged != (judged.charged_to is not None) or (charged and not judged.because)
    yield unclear, reason("bearer-unclear", part=judged.part)


def _by_note(judged: Judgement) -> Rule:
    """A rule: what is in hands is on a note, which could not be settled if pieces left it so."""
    posts = judged.treatment is not Treatment.CORRECT_ENTRY
    told = reason("hands-by-note", part=judged.part, place=judged.place)
    return posts and judged.place.startswith(HANDS), told


def _by_paper(judged: Judgement) -> Rule:
    """A rule: where nothing is posted, finance says which paper puts it right."""
    silent = judged.treatment is Treatment.CORRECT_ENTRY and not judged.because
    told = reason("correction-unexplained", part=judged.part, place=judged.place)
    return silent, told


def _as_counted(line: CountedLine | None, taking: Stocktake, asked: Asked) -> Iterator[Rule]:
    """A rule: no other stocktake has posted a difference of the place since it was counted."""
    if line is None:
        return
    counted = line.counted
    posted = stock_of(asked, taking.store, counted.part).posted.get(counted.place)
    told = reason("posted-meanwhile", part=counted.part, number=posted or "")
    yield posted != counted.posted, told


def _posts(
    taking: Stocktake, key: str, judged: Judgement, asked: Asked, command: ApproveStocktake
) -> Iterator[Rule]:
    """A rule: the books take what is posted, and no serial that was found is anywhere else.

    Who decides cannot write another count: it is said how the stocktake goes on.
    """
    line = taking.lines.get(key)
    if line is None or judged.treatment is Treatment.CORRECT_ENTRY:
        return
    stock = stock_of(asked, taking.store, judged.part)
    surplus, others = line.counted.surplus, _others(line, asked, command).values()
    rules = [
        *broken(stock, _moves(taking, line, asked, command)),
        *serial_book.not_elsewhere(asked, judged.part, taking.store, surplus, others),
    ]
    yield from rules
    in_hands = judged.place.startswith(HANDS)
    overtaken = not in_hands and any(is_broken for is_broken, _ in rules)
    yield overtaken, reason("count-overtaken", part=judged.part, place=judged.place)


def _moves(
    taking: Stocktake, line: CountedLine, asked: Asked, command: ApproveStocktake
) -> Sequence[StockMoved]:
    part, surplus = line.counted.part, line.counted.surplus
    stocks = {
        taking.store: stock_of(asked, taking.store, part),
        **_others(line, asked, command),
    }
    outside = serial_book.put_by(asked, part, surplus, stocks, taking.store)
    return moves_of(taking.store, number_of(asked.home), line, outside)


def _others(line: CountedLine, asked: Asked, command: ApproveStocktake) -> Mapping[str, Stock]:
    """The accounts of the other stores, if pieces were found that one of them may have had."""
    stores = command.stores if line.counted.surplus else ()
    return {each: stock_of(asked, each, line.counted.part) for each in stores}


def _values(
    taking: Stocktake,
    judged: Sequence[tuple[str, Judgement]],
    asked: Asked,
    command: ApproveStocktake,
) -> Iterable[LineValue]:
    """What each line that is posted is worth."""
    posted = (key for key, each in judged if each.treatment is not Treatment.CORRECT_ENTRY)
    found = {key: taking.lines[key] for key in posted}
    lines = {key: (line, _moves(taking, line, asked, command)) for key, line in found.items()}
    return values_of(lines, partial(stock_of, asked, taking.store), command.valuing).values()


def _written(
    taking: Stocktake, key: str, judged: Judgement, asked: Asked, command: ApproveStocktake
) -> Decision:
    """The movements of a line, and what the book of serials says of them."""
    if judged.treatment is Treatment.CORRECT_ENTRY:
        return []
    line, part = taking.lines[key], judged.part
    moves = _moves(taking, line, asked, command)
    return [
        *((stock_stream(taking.store, part), move) for move in moves),
        *_old_pieces(line, moves, asked),
        *serial_book.left(taking.store, part, line.counted.missing),
        *serial_book.entered(taking.store, part, line.counted.surplus),
    ]


def _old_pieces(line: CountedLine, moves: Sequence[StockMoved], asked: Asked) -> Decision:
    """Which lines of old parts end with what is missing, or wait again with what was found."""
    part, number = line.counted.part, number_of(asked.home)
    if line.counted.place not in CLASSES:
        return []
    first = line.explained.issue_notes if line.explained else ()
    written: list[tuple[str, object]] = []
    for move in moves:
        home = stock_stream(move.store, part)
        old = stock_of(asked, move.store, part).old
        written += ((home, each) for each in split(old, move, number, first))
    return written


def offered_explanation(_number: str, taking: Stocktake) -> Iterator[ExplainDifferences]:
    """Of the lines that nobody has explained."""
    open_lines = [line.counted for line in taking.open_lines.values() if line.explained is None]
    if open_lines and taking.stage in (StocktakeStage.COUNTED, StocktakeStage.RETURNED):
        yield ExplainDifferences(
            tuple(
                Explanation(each.part, each.place, DifferenceCause.UNKNOWN, WORDS)
                for each in open_lines[:PARTS]
            ),
            differences_content(taking),
        )


def offered_approval(_number: str, taking: Stocktake) -> Iterator[JudgingDifferences]:
    """That the books follow the count, of the lines that nobody has decided."""
    if taking.stage is StocktakeStage.EXPLAINED:
        lines = [line.counted for line in taking.open_lines.values()][:PARTS]
        yield JudgingDifferences(tuple(_usual(each.part, each.place) for each in lines))


def _usual(part: str, place: str) -> Judgement:
    """The books follow the count; what is in hands a paper puts right, and it is said which."""
    if place.startswith(HANDS):
        return Judgement(part, place, Treatment.CORRECT_ENTRY, WORDS)
    return Judgement(part, place, Treatment.ADJUST)
