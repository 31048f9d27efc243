"""旧件列单 (listing): a storekeeper puts what reconciled lines brought home on a list for base."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from services.inventory import ledger, old_lines
from services.inventory.issue_note.places import old_class
from services.inventory.issue_note.state import IssueNote
from services.inventory.ledger import QUARANTINE
from services.inventory.old_lines import OldListing
from services.inventory.old_parts.origin import Origin, origin_among
from services.inventory.old_parts.state import ACCOUNTS, OldPartList, sent_lines
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.inventory import Movement, Outside, StockMoved
from shared.events.old_parts import (
    OldClass,
    OldPartLine,
    OldPartsEnded,
    OldPartsListed,
    OldPartsStage,
    OldPiecesAdjusted,
)
from shared.events.values import BranchCode, Note, PartList, PartNumber, Period, Ref, Text
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class OldPiece:
    """旧件行: the old parts of one reconciled line, and their condition."""

    part: PartNumber
    condition: Text
    issue_note: Ref | None = None
    """None: what stands on no note: from quarantine, or found by a stocktake."""


@dataclass(frozen=True, slots=True)
class ListOldParts:
    """旧件列单: all of these lines that is there and on no list yet."""

    store: BranchCode
    period: Period
    old_class: OldClass
    lines: PartList[OldPiece]
    at_base: bool = False
    """Obligation: whether the store is that of base itself, as its card says."""
    origins: tuple[Origin, ...] = ()
    """Obligation: what the orders of the notes say of the machines."""


@dataclass(frozen=True, slots=True)
class EndOldParts:
    """旧件清单终止: it is not sent; its pieces may be listed anew."""

    because: Note


def list_(command: ListOldParts, old: OldPartList, asked: Asked) -> Decision:
    """旧件列单: figures by the books; one class a list; a piece on one list."""
    number = number_of(asked.home)
    if _is_listed(command, old, asked.actor):
        return []
    named = [(line.part, line.issue_note or QUARANTINE) for line in command.lines]
    twice = sorted({note for each in named if named.count(each) > 1 for note in each[1:]})
    refuse_if(
        (old.listed is not None, reason("number-taken", number=number)),
        (not command.lines, reason("no-lines")),
        (bool(twice), reason("old-line-twice", notes=twice)),
        *(rule for line in command.lines for rule in _listable(command, line, asked)),
    )
    listing = OldListing(command.store, number, command.old_class)
    owed = tuple(_figures(line, listing, command, asked) for line in command.lines)
    lines = tuple(_lying(command, owed, asked))
    refuse_if(*_there(command, lines, asked))
    fact = OldPartsListed(
        number=number,
        store=command.store,
        period=command.period,
        old_class=command.old_class,
        lines=lines,
        listed_by=asked.actor,
        at_base=command.at_base,
    )
    return [*asked.here(fact), *old_lines.taken(asked, listing, owed)]


def end(command: EndOldParts, old: OldPartList, asked: Asked) -> Decision:
    """旧件清单终止: before it is sent; what a stocktake wrote off meanwhile does not come back."""
    if old.ended is not None and old.ended.because == command.because:
        return []
    refuse_if(at(old, OldPartsStage.LISTED, asked=asked))
    assert old.listed is not None
    fact = OldPartsEnded(command.because, asked.actor)
    listing = OldListing(old.store, number_of(asked.home), old.listed.old_class)
    return [
        *asked.here(fact),
        *old_lines.taken(asked, listing, old.lines, back=True),
        *_written_off(listing, old, asked),
    ]


def at(old: OldPartList, *stages: OldPartsStage, asked: Asked) -> Rule:
    """A rule: the list stands at one of these stages."""
    told = reason("old-parts-stage", number=number_of(asked.home), stage=old.stage.value)
    return old.stage not in stages, told


def reads_of_listing(command: ListOldParts, _old: OldPartList, _asked: Asked) -> Sequence[str]:
    """The notes, what of their lines is listed, and the book of each part."""
    streams: list[str] = []
    for line in command.lines:
        streams.append(ledger.stream_of(command.store, line.part))
        if line.issue_note is not None:
            note = line.issue_note
            streams += [f"issue_note-{note}", old_lines.stream_of(note, line.part)]
    return tuple(dict.fromkeys(streams))


def reads_of_ending(_command: EndOldParts, old: OldPartList, _asked: Asked) -> Sequence[str]:
    """What of its lines is listed, and the book of each part."""
    named = (
        old_lines.stream_of(line.issue_note, line.part)
        for line in old.lines
        if line.issue_note is not None
    )
    books = (ledger.stream_of(old.store, line.part) for line in old.lines)
    return tuple(dict.fromkeys((*named, *books)))


def offered_ending(_number: str, old: OldPartList) -> Iterator[EndOldParts]:
    """Of what was not sent."""
    if old.stage is OldPartsStage.LISTED:
        yield EndOldParts(WORDS)


def _is_listed(command: ListOldParts, old: OldPartList, actor: str) -> bool:
    """Whether the same was listed already."""
    known = old.listed
    if known is None:
        return False
    said = tuple(OldPiece(line.part, line.condition, line.issue_note) for line in known.lines)
    same = (known.store, known.period, known.old_class, said, known.at_base, known.listed_by)
    asked = (command.store, command.period, command.old_class, command.lines, command.at_base)
    return same == (*asked, actor)


def _note(asked: Asked, number: str) -> IssueNote:
    note = asked.read(f"issue_note-{number}")
    assert isinstance(note, IssueNote)
    return note


def _listable(command: ListOldParts, line: OldPiece, asked: Asked) -> Iterator[Rule]:
    """Rules: the line is reconciled, of this store and class, and has pieces on no list yet."""
    listing = OldListing(command.store, "", command.old_class)
    waits = old_lines.waiting(asked, listing, line.issue_note, line.part)
    if line.issue_note is None:
        yield waits.waiting <= 0, reason("nothing-put-away", part=line.part)
        return
    note, part, number = _note(asked, line.issue_note), line.part, line.issue_note
    issue, done = note.issues.get(part), note.accounts.get(part)
    ours = issue is not None and done is not None and issue.store == command.store
    yield not ours, reason("not-reconciled", part=part, number=number)
    if not ours or done is None:
        return
    before, gone = old_lines.listed(asked, number, part), waits.waiting <= 0
    lacks = gone and done.account.old_returned > before.count
    told = reason("old-listed", part=part, number=number, on=before.number)
    yield gone and not lacks and before.count > 0, told
    yield lacks, reason("old-not-there", part=part, number=number)
    none = not done.account.old_returned
    yield none, reason("nothing-old", part=part, number=number)
    stock = ledger.stock_of(asked, command.store, part)
    mixed = old_class(note, part, stock) is not command.old_class
    yield mixed, reason("old-class-mixed", part=part, number=number)


def _figures(
    line: OldPiece, listing: OldListing, command: ListOldParts, asked: Asked
) -> OldPartLine:
    """The line as the books have it, and the order of its note."""
    waits = old_lines.waiting(asked, listing, line.issue_note, line.part)
    made = OldPartLine(
        part=line.part,
        quantity=waits.waiting,
        serials=tuple(sorted(waits.free)),
        ticket="",
        issue_note=line.issue_note,
        fault_nature=None,
        condition=line.condition,
    )
    if line.issue_note is None:
        return made
    note = _note(asked, line.issue_note)
    assert note.released is not None
    account = note.accounts[line.part].account
    origin = origin_among(command.origins, line.issue_note)
    return replace(
        made,
        ticket=note.released.ticket,
        fault_nature=account.fault_nature,
        machine_serial=origin.machine_serial,
        removed_on=origin.removed_on,
    )


def _written_off(
    listing: OldListing, old: OldPartList, asked: Asked
) -> Iterator[tuple[str, OldPiecesAdjusted]]:
    """What of the list is not there any more, so that nobody waits for it."""
    account, left = ACCOUNTS[listing.old_class], dict[str, int]()
    for line in old.lines:
        stock = ledger.stock_of(asked, listing.store, line.part)
        free = stock.holds(account) - stock.old.waiting(listing.old_class)
        lost = tuple(each for each in line.serials if each not in stock.serials_in(account))
        there = min(line.quantity - len(lost), max(0, left.setdefault(line.part, free)))
        left[line.part] -= there
        fact = OldPiecesAdjusted(
            issue_note=line.issue_note,
            part=line.part,
            old_class=listing.old_class,
            number=listing.number,
            written_off=line.quantity - there,
            found=0,
            serials=lost,
        )
        if fact.written_off:
            yield ledger.stream_of(listing.store, line.part), fact


def _lying(
    command: ListOldParts, owed: Sequence[OldPartLine], asked: Asked
) -> Iterator[OldPartLine]:
    """The lines with what still lies there of each. A stocktake may have written some off."""
    account, left = ACCOUNTS[command.old_class], dict[str, int]()
    for line in owed:
        stock = ledger.stock_of(asked, command.store, line.part)
        free = left.setdefault(line.part, stock.holds(account))
        quantity = min(line.quantity, free)
        left[line.part] -= quantity
        named = tuple(each for each in line.serials if each in stock.serials_in(account))
        yield replace(line, quantity=quantity, serials=named[:quantity])


def _there(command: ListOldParts, lines: Sequence[OldPartLine], asked: Asked) -> Iterator[Rule]:
    """Rules: something of each line is there, and the books let it go."""
    for line in lines:
        told = reason("old-not-there", part=line.part, number=line.issue_note or QUARANTINE)
        yield line.quantity <= 0, told
    for each in sent_lines([line for line in lines if line.quantity > 0]):
        move = StockMoved(
            store=command.store,
            part=each.part,
            source=ACCOUNTS[command.old_class],
            target=Outside.TRANSFER.value,
            quantity=each.quantity,
            serials=each.serials,
            because=Movement.OLD_LIST,
            use_nature=None,
            paper=None,
        )
        yield from ledger.broken(ledger.stock_of(asked, command.store, each.part), [move])
