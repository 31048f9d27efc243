"""实发更正 (correcting what was handed out): the books name other pieces than those that left.

A serial was scanned or typed wrongly, a figure was wrong, or another part was handed out. The
keeper says what it was, and whoever received it says the same; where they cannot, or where more
rests on it than their word, an approver does. What the customer signed is never bent: the note
comes to say it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace

from services.inventory import ledger, serial_book
from services.inventory.checks import own_request
from services.inventory.issue_note import relocation
from services.inventory.issue_note.accounts import as_signed
from services.inventory.issue_note.asking import Correction
from services.inventory.issue_note.relocation import Booked, Way
from services.inventory.issue_note.sheets import against_of
from services.inventory.issue_note.state import IssueNote
from services.inventory.signing import signed
from shared.content import content_hash
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.issue_notes import Account, Handed, IssueCorrected, Issued, PartIssued
from shared.events.values import Role, Signature

_GRANTERS = (Role.APPROVER, Role.GENERAL_MANAGER)


def sound(wanted: Correction, note: IssueNote) -> Iterator[Rule]:
    """Rules: of a line that was drawn, otherwise than it is booked, and as the customer signed."""
    part, handed, issue = wanted.part, wanted.handed, note.issues.get(wanted.part)
    yield issue is None, reason("not-issued", part=part)
    if issue is None or handed is None:
        return
    issued, permitted = issue.issued, note.lines[part].permitted
    same = (handed.quantity, set(handed.serials)) == (issued.quantity, set(issued.serials))
    yield same, reason("nothing-to-correct", part=part)
    beyond = note.taken_over is None and handed.quantity > permitted
    yield beyond, reason("beyond-note", part=part, permitted=permitted, asked=handed.quantity)
    named = len(handed.serials)
    unnamed = bool(issued.serials or handed.serials) and named != handed.quantity
    yield unnamed, reason("serials-needed", part=part, named=named, asked=handed.quantity)
    never = not handed.quantity and (note.is_posted or note.taken_over is not None)
    yield never, reason("line-not-undone", part=part)
    yield from _settled(wanted, note, issue) if part in note.accounts else _signed(wanted, note)


def booked(wanted: Correction, note: IssueNote, asked: Asked, stores: Sequence[str]) -> Booked:
    """账上所在: of the pieces that left, by this store, the book of serials and the others."""
    part, issue = wanted.part, note.issues[wanted.part]
    stock = ledger.stock_of(asked, issue.store, part)
    named = _new(wanted, issue)
    away = dict[str, str]()
    others = {each: ledger.stock_of(asked, each, part) for each in stores}
    for each, other in others.items():
        away |= {serial: each for serial in named if serial in other.serials}
    if named:
        book = asked.read(serial_book.stream_of(part))
        assert isinstance(book, serial_book.SerialBook)
        at = {serial: book.where.get(serial, serial_book.OUTSIDE) for serial in named}
        away |= {s: where for s, where in at.items() if where not in ("", issue.store)}
    here = {serial: stock.serials[serial] for serial in named if serial in stock.serials}
    away |= {serial: account for serial, account in here.items() if account != ledger.STORE}
    both = (*named, *_back(wanted, issue))
    outside = serial_book.put_by(asked, part, both, {issue.store: stock, **others}, issue.store)
    return Booked(stock, away, outside)


def correct(
    number: str, wanted: Correction, asked_by: str, note: IssueNote, asked: Asked, at: Booked
) -> Decision:
    """实发更正: the line says what left, and each piece is where it was all the time."""
    part, handed, issue = wanted.part, wanted.handed, note.issues[wanted.part]
    assert handed is not None
    home = number_of(asked.home)
    found = relocation.ways(note, issue, handed, at)
    moves = [
        each
        for move in relocation.moves(note, issue, home, found)
        for each in serial_book.from_there(move, at.outside)
    ]
    refuse_if(
        *_elsewhere(wanted, issue, at, asked),
        *_granted(wanted, asked_by, note, asked, () if at.elsewhere else found),
        *(() if at.elsewhere else ledger.broken(at.stock, moves)),
    )
    fact = corrected(number, wanted, asked_by, note, asked, found)
    stream = ledger.stream_of(issue.store, part)
    followed = serial_book.followed(issue.store, part, moves)
    return [(asked.home, fact), *((stream, move) for move in moves), *followed]


def corrected(
    number: str,
    wanted: Correction,
    asked_by: str,
    note: IssueNote,
    asked: Asked,
    found: Sequence[Way],
) -> IssueCorrected:
    """实发更正: the line as it left, once its pieces have moved on these ways."""
    part, issue = wanted.part, note.issues[wanted.part]
    account = _account(wanted, note, issue)
    return IssueCorrected(
        number=number,
        part=part,
        issued=_issued(wanted, note, issue),
        hands=relocation.hands(note, part, found),
        missing=relocation.missing(note, part, number_of(asked.home), found),
        account=account,
        content=against_of(note, account) if account else None,
        because=wanted.because,
        asked_by=asked_by,
        signature=_signature(number, wanted, issue, note, asked),
    )


def signed_for(note: IssueNote, part: str) -> Handed | None:
    """照签字更正: a line with the pieces that the customer signed for, if it names others."""
    issued, signed = note.issues[part].issued, note.signed_for(part).new_serials or ()
    strange = sorted(set(signed) - set(issued.serials))
    free = sorted(set(issued.serials) - set(signed))
    if not strange or len(strange) > len(free):
        return None
    kept = set(issued.serials) - set(free[: len(strange)])
    return Handed(issued.quantity, tuple(sorted(kept | set(strange))))


def reads(wanted: Correction, note: IssueNote, stores: Sequence[str]) -> tuple[str, ...]:
    """The stock of the part in this and the other stores, and where its serials are."""
    issue = note.issues.get(wanted.part)
    if issue is None or wanted.handed is None:
        return ()
    own = ledger.stream_of(issue.store, wanted.part)
    others = (ledger.stream_of(each, wanted.part) for each in stores)
    named = (issue.issued.serials, wanted.handed.serials)
    return (own, *others, *serial_book.streams_of(wanted.part, *named))


def _signed(wanted: Correction, note: IssueNote) -> Iterator[Rule]:
    """A rule: what the customer signed for stays on the note."""
    part, handed, issued = wanted.part, wanted.handed, note.issues[wanted.part].issued
    assert handed is not None
    if note.signed_content is None and not note.is_waived:
        return
    signed = note.signed_for(part)
    fewer = handed.quantity < min(signed.used, issued.quantity)
    told = reason(
        "signed-otherwise", part=part, what="used", signed=signed.used, told=handed.quantity
    )
    yield fewer, told
    taken = set(issued.serials) - set(handed.serials)
    named = sorted(taken & set(signed.new_serials or ()))
    told = reason(
        "signed-otherwise",
        part=part,
        what="new_serials",
        signed=named,
        told=sorted(handed.serials) or "none_named",
    )
    yield bool(named), told


def _settled(wanted: Correction, note: IssueNote, issue: PartIssued) -> Iterator[Rule]:
    """A rule: of a settled line one piece is named otherwise, as the customer has signed by now."""
    back, out = swapped(wanted, issue)
    one = len(back) == 1 and len(out) == 1
    yield not one, reason("settled-otherwise", part=wanted.part)
    if one:
        lost = relocation.is_lost(note, issue, back[0])
        yield lost, reason("settled-as-lost", part=wanted.part, serials=back)
        account = _account(wanted, note, issue)
        assert account is not None
        yield from as_signed(wanted.part, account, note)


def _elsewhere(wanted: Correction, issue: PartIssued, at: Booked, asked: Asked) -> Iterator[Rule]:
    """A rule: a piece that left was on the shelf of this store, or in no store, by the books."""
    part, away = wanted.part, at.elsewhere
    accounts = sorted(set(away.values()))
    told = reason("serial-booked-elsewhere", part=part, serials=sorted(away), accounts=accounts)
    yield bool(away), told
    if not away:
        named = (*_new(wanted, issue), *_back(wanted, issue))
        yield from serial_book.not_elsewhere(asked, part, issue.store, named)


def _granted(
    wanted: Correction, asked_by: str, note: IssueNote, asked: Asked, found: Sequence[Way]
) -> Iterator[Rule]:
    """A rule: by whoever received it, if it is theirs to say; else by an approver apart from it."""
    if asked.actor == note.recipient:
        for why in beyond_their_word(wanted, note, found):
            yield True, reason("approver-corrects", part=wanted.part, why=why)
        return
    yield from by_approver(asked_by, wanted, note, asked)


def by_approver(asked_by: str, wanted: Correction, note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: by an approver who neither asked, nor gave the pieces out, nor had them."""
    may = not asked.roles.isdisjoint(_GRANTERS)
    told = reason("wrong-recipient", person=asked.actor, recipient=note.recipient)
    yield not may, told
    gave = note.issues[wanted.part].issued_by
    yield own_request(asked, asked_by, gave, *note.crew)


def beyond_their_word(wanted: Correction, note: IssueNote, found: Sequence[Way]) -> Iterator[str]:
    """Why a recipient cannot say it alone."""
    if note.taken_over is not None:
        yield "before_the_books"
    elif any(_comes_in(each) for each in found):
        yield "unbooked"
    if note.is_posted and note.opened is None:
        yield "unopened"
    if wanted.part in note.accounts:
        yield "settled"


def _comes_in(way: Way) -> bool:
    """Whether a piece comes in that no account of the store has."""
    back = way.target == ledger.STORE and way.source != relocation.DIFFERENCE
    return not ledger.is_inside(way.source) and not back


def _account(wanted: Correction, note: IssueNote, issue: PartIssued) -> Account | None:
    done = note.accounts.get(wanted.part)
    if done is None:
        return None
    (back,), (out,) = swapped(wanted, issue)
    return relocation.renamed(done.account, back, out)


def swapped(wanted: Correction, issue: PartIssued) -> tuple[Sequence[str], Sequence[str]]:
    """The serials that never left, and those that left instead."""
    return _back(wanted, issue), _new(wanted, issue)


def _back(wanted: Correction, issue: PartIssued) -> Sequence[str]:
    assert wanted.handed is not None
    return sorted(set(issue.issued.serials) - set(wanted.handed.serials))


def _new(wanted: Correction, issue: PartIssued) -> Sequence[str]:
    assert wanted.handed is not None
    return sorted(set(wanted.handed.serials) - set(issue.issued.serials))


def _issued(wanted: Correction, note: IssueNote, issue: PartIssued) -> Issued | None:
    """实发: the line as it left; None if nothing of it did."""
    handed = wanted.handed
    assert handed is not None
    if not handed.quantity:
        return None
    short = handed.quantity < note.lines[wanted.part].permitted
    because = (issue.issued.short_because or wanted.because) if short else None
    serials = tuple(sorted(handed.serials))
    return replace(issue.issued, quantity=handed.quantity, serials=serials, short_because=because)


def _signature(
    number: str, wanted: Correction, issue: PartIssued, note: IssueNote, asked: Asked
) -> Signature:
    """更正签字: over what the line was and is, in a session of their own."""
    content = content_hash({"number": number, "was": asdict(issue.issued), "is": asdict(wanted)})
    by = (Role.TECHNICIAN,) if asked.actor == note.recipient else _GRANTERS
    return signed(content, asked, *by)
