"""旧件 as stories: what is listed, sent, counted, found, lost, judged and settled."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as drawn_from
from hypothesis import strategies as st

from services.inventory import ledger, old_lines, old_parts, part_store, serial_book
from services.inventory.issue_note.state import IssueNote
from services.inventory.ledger import Stock
from services.inventory.old_lines import ListedPieces
from services.inventory.old_parts.judging import (
    BY_FAULT,
    LEADS_TO,
    JudgeOldPart,
    SettleOldPart,
    offered_judgements,
    offered_settlements,
)
from services.inventory.old_parts.listing import EndOldParts, ListOldParts, OldPiece
from services.inventory.old_parts.losing import ApproveOldLoss, AskOldLoss, RefuseOldLoss
from services.inventory.old_parts.origin import Origin
from services.inventory.old_parts.state import OldPartList, evolve, list_content
from services.inventory.old_parts.travelling import (
    FindOldParts,
    ReceiveOldParts,
    SendOldParts,
    to_sign,
)
from services.inventory.old_pieces import OldLine, OldPieces
from shared.decider import Asked
from shared.events.consignments import (
    ArrivedLine,
    Consignment,
    FoundLine,
    TransitBearer,
    TransitLoss,
)
from shared.events.inventory import Movement, StockMoved, UseNature
from shared.events.old_parts import (
    Disposition,
    OldClass,
    OldLossApproved,
    OldLossAsked,
    OldLossRefused,
    OldOutcome,
    OldPartJudged,
    OldPartLine,
    OldPartsEnded,
    OldPartSettled,
    OldPartsFound,
    OldPartsListed,
    OldPartsReceived,
    OldPartsSent,
    OldPartsStage,
    OldPiecesAdjusted,
    OldPiecesSet,
)
from shared.events.values import FaultNature, RepairNature, Role, Signature, SignedHow
from tests.inventory.example import (
    APPROVER,
    AT,
    BRANCH,
    CARDS,
    KEEPER,
    PUMP,
    RING,
    TICKET,
    by,
    drawn,
    settle,
    signing,
)
from tests.inventory.example import NUMBER as NOTE
from tests.spec import given
from tests.tries import tries

NUMBER = f"JJ-{BRANCH}-2026-0001"
HOME, PARCEL = f"old_parts-{NUMBER}", f"JJ-{BRANCH}-2026-0001-P1"
BASE, COUNTER = "JD01", "B-LIMING"
OTHER = f"{TICKET}-C8"
"""A paid note of the same store."""


def reconciled() -> IssueNote:
    """Two rings worn out, and a pump that was made badly, came home in warranty."""
    store = drawn().do(signing(7, ring=2, pump=1))
    bad: dict[str, Any] = {"fault": FaultNature.MANUFACTURE, "new_serials": ("P-1",)}
    return store.do(settle(store.note, RING, 2, 1), settle(store.note, PUMP, 1, 0, **bad)).note


SETTLED = reconciled()
assert SETTLED.released is not None
PAID = replace(
    SETTLED,
    released=replace(SETTLED.released, number=OTHER),
    natures=dict.fromkeys((RING, PUMP), RepairNature.PAID),
)
RINGS, PUMPS = OldPiece(RING, "唇口磨损", NOTE), OldPiece(PUMP, "不出水", NOTE)
LIST = ListOldParts(BRANCH, "2026-11", OldClass.WARRANTY, (RINGS, PUMPS))
LINES = (
    OldPartLine(RING, 2, (), TICKET, NOTE, FaultNature.WEAR, "唇口磨损"),
    OldPartLine(PUMP, 1, ("OLD-0",), TICKET, NOTE, FaultNature.MANUFACTURE, "不出水"),
)
LISTED = OldPartsListed(NUMBER, BRANCH, "2026-11", OldClass.WARRANTY, LINES, KEEPER)
TRAVELS = Consignment("顺丰", "SF7", AT, AT + timedelta(days=1))
AS_LISTED = list_content(evolve(OldPartList(), LISTED))
KEEPER_SIG = Signature(KEEPER, "storekeeper", SignedHow.SESSION, AT, AS_LISTED)
SEND, SENT = (
    SendOldParts(BASE, TRAVELS, AS_LISTED),
    OldPartsSent(BASE, TRAVELS, KEEPER, KEEPER_SIG),
)
AS_SENT = list_content(evolve(evolve(OldPartList(), LISTED), SENT))
BASE_SIG = Signature(COUNTER, "base", SignedHow.SESSION, AT, AS_SENT)
CAME = (ArrivedLine(RING, 2), ArrivedLine(PUMP, 1, ("OLD-0",)))
LESS = (ArrivedLine(RING, 1, difference_because="箱内少一只"), CAME[1])
ALL_CAME, SHORT = (OldPartsReceived(each, COUNTER, BASE_SIG) for each in (CAME, LESS))
HERE, LACKING = (LISTED, SENT, ALL_CAME), (LISTED, SENT, SHORT)
LOSS = TransitLoss(RING, 1, "查无下落", TransitBearer.CARRIER, 0)
S1 = f"{NUMBER}-S1"
BOTH_TAKEN = {RING: ListedPieces(2), PUMP: ListedPieces(1, frozenset({"OLD-0"}))}
LOSS_ASKED = OldLossAsked(S1, LOSS, COUNTER)
LOST = OldLossApproved(S1, LOSS, COUNTER, APPROVER)
J1, J2 = f"{NUMBER}-J1", f"{NUMBER}-J2"
SCRAP = JudgeOldPart(1, 2, Disposition.SCRAP)
EXCHANGE = JudgeOldPart(2, 1, Disposition.EXCHANGE, ("OLD-0",))


def judged(command: JudgeOldPart, number: str = J1) -> OldPartJudged:
    said = (command.line, command.quantity, command.serials, command.disposition, command.because)
    return OldPartJudged(number, *said, COUNTER)


def settled(command: SettleOldPart) -> OldPartSettled:
    return OldPartSettled(
        command.number,
        command.outcome,
        command.credit_fen,
        command.case_no,
        command.serials,
        command.because,
        COUNTER,
    )


BOTH_JUDGED = (*HERE, judged(SCRAP), judged(EXCHANGE, J2))
SCRAPPED = SettleOldPart(J1, OldOutcome.SCRAPPED, case_no="CJ-1")
BACK = SettleOldPart(J2, OldOutcome.PART_BACK, case_no="CJ-2", serials=("N-1",))


def on(
    person: str,
    *roles: Role,
    taken: Mapping[str, ListedPieces] | None = None,
    held: int = 2,
    notes: Mapping[str, IssueNote] | None = None,
) -> Asked:
    """Asked of the list, with the notes, what is listed, and both books."""
    taken = taken or {}
    old = {RING: ("old_warranty", held, ()), PUMP: ("old_warranty", 1, ("OLD-0",))}
    noted = {NOTE: SETTLED, OTHER: PAID, **(notes or {})}
    reads: dict[str, Any] = {f"issue_note-{number}": note for number, note in noted.items()}
    for part, (account, count, serials) in old.items():
        names = dict.fromkeys(serials, account)
        reads[f"part-{part}"] = CARDS[part]
        waits = waiting(count, serials, taken.get(part))
        reads[ledger.stream_of(BRANCH, part)] = Stock({account: count}, names, old=waits)
        at_base = {account: count, "old_in_transit": count}
        reads[ledger.stream_of(BASE, part)] = Stock(at_base, names)
        reads[serial_book.stream_of(part)] = serial_book.initial
        for note in noted:
            reads[old_lines.stream_of(note, part)] = taken.get(part, ListedPieces())
    return by(person, *roles, home=HOME, reads=reads)


def waiting(count: int, serials: Sequence[str], taken: ListedPieces | None) -> OldPieces:
    """What of the settled note's line waits in the book of the part."""
    gone = taken or ListedPieces()
    free = frozenset(serials) - gone.serials
    paid = OldLine(OTHER, OldClass.OTHER, count)
    if count <= gone.count:
        return OldPieces((paid,))
    return OldPieces((OldLine(NOTE, OldClass.WARRANTY, count - gone.count, free), paid))


def sending(person: str) -> Asked:
    """As `on`, where base has none of it yet."""
    asked = on(person, Role.STOREKEEPER)
    empty = {ledger.stream_of(BASE, part): Stock() for part in (RING, PUMP)}
    return replace(asked, reads={**asked.reads, **empty})


def adjusted(count: int, *serials: str, part: str = RING) -> tuple[str, OldPiecesAdjusted]:
    """What the end of the list says of pieces that a stocktake wrote off."""
    fact = OldPiecesAdjusted(NOTE, part, OldClass.WARRANTY, NUMBER, count, 0, serials)
    return ledger.stream_of(BRANCH, part), fact


KEEPS, COUNTS = on(KEEPER, Role.STOREKEEPER), on(COUNTER, Role.BASE)
DECIDES = on(APPROVER, Role.APPROVER)


def stage(*facts: Any) -> OldPartsStage:
    state = given(old_parts, *facts).state
    assert isinstance(state, OldPartList)
    return state.stage


def moved(part: str, store: str, source: str, target: str, quantity: int, **more: Any) -> Any:
    move = StockMoved(
        store=store,
        part=part,
        source=source,
        target=target,
        quantity=quantity,
        serials=more.pop("serials", ()),
        because=Movement.OLD_LIST,
        use_nature=None,
        paper=more.pop("paper", PARCEL),
        **more,
    )
    return ledger.stream_of(store, part), move


def claimed(
    part: str, count: int, *serials: str, waits: int = 0, free: Sequence[str] = ()
) -> Iterator[tuple[str, OldPiecesSet]]:
    now = (OldClass.WARRANTY, waits, tuple(free))
    fact = OldPiecesSet(NOTE, part, NUMBER, count, serials, *now)
    yield old_lines.stream_of(NOTE, part), fact
    yield ledger.stream_of(BRANCH, part), fact


class TestListing:
    def test_what_reconciled_lines_brought_home_is_listed_by_the_books(self) -> None:
        told = given(old_parts).when(LIST, KEEPS)
        told.then_on((HOME, LISTED), *claimed(RING, 2), *claimed(PUMP, 1, "OLD-0"))
        given(old_parts, LISTED).when(LIST, KEEPS).then()
        other = replace(LIST, lines=(PUMPS,))
        given(old_parts, LISTED).when(other, KEEPS).refused("number-taken")

    def test_each_line_says_which_machine_it_was_in_as_the_order_of_its_note_does(self) -> None:
        origin = Origin(NOTE, "SN-77", date(2026, 11, 20))
        lines = (replace(LINES[0], machine_serial="SN-77", removed_on=date(2026, 11, 20)),)
        command = replace(LIST, lines=(RINGS,), origins=(origin, Origin(OTHER, "SN-1")))
        told = given(old_parts).when(command, KEEPS)
        told.then_on((HOME, replace(LISTED, lines=lines)), *claimed(RING, 2))

    def test_a_piece_stands_on_one_list(self) -> None:
        known = {RING: ListedPieces(2, number="JJ-HZ01-2026-0009")}
        told = given(old_parts).when(LIST, on(KEEPER, taken=known))
        told.refused_with("old-listed", part=RING, number=NOTE, on="JJ-HZ01-2026-0009")
        rest = {RING: ListedPieces(1, number="JJ-HZ01-2026-0009")}
        one = replace(LISTED, lines=(replace(LINES[0], quantity=1),))
        told = given(old_parts).when(replace(LIST, lines=(RINGS,)), on(KEEPER, taken=rest))
        told.then_on((HOME, one), *claimed(RING, 2))
        twice = replace(LIST, lines=(RINGS, RINGS))
        given(old_parts).when(twice, KEEPS).refused_with("old-line-twice", notes=[NOTE])

    def test_warranty_apart_from_the_rest(self) -> None:
        mixed = replace(LIST, lines=(RINGS, replace(PUMPS, issue_note=OTHER)))
        told = given(old_parts).when(mixed, KEEPS)
        told.refused_with("old-class-mixed", part=PUMP, number=OTHER)
        other = replace(LIST, old_class=OldClass.OTHER)
        given(old_parts).when(other, KEEPS).refused("old-class-mixed", "old-class-mixed")

    def test_only_from_reconciled_lines_of_the_store(self) -> None:
        bare = {NOTE: replace(SETTLED, accounts={})}
        one = replace(LIST, lines=(RINGS,))
        told = given(old_parts).when(one, on(KEEPER, notes=bare))
        told.refused_with("not-reconciled", part=RING, number=NOTE)
        issue = replace(SETTLED.issues[RING], store="NB01")
        far = {NOTE: replace(SETTLED, issues={**SETTLED.issues, RING: issue})}
        given(old_parts).when(one, on(KEEPER, notes=far)).refused("not-reconciled")
        done = SETTLED.accounts[RING]
        kept = replace(done, account=replace(done.account, old_returned=0))
        none = {NOTE: replace(SETTLED, accounts={**SETTLED.accounts, RING: kept})}
        told = given(old_parts).when(one, on(KEEPER, notes=none))
        told.refused_with("nothing-old", part=RING, number=NOTE)
        given(old_parts).when(replace(LIST, lines=()), KEEPS).refused("no-lines")

    def test_what_a_stocktake_wrote_off_is_listed_no_more(self) -> None:
        """The line is listed with what lies there still; nothing of it is left to be listed."""
        told = given(old_parts).when(LIST, on(KEEPER, held=1))
        one = replace(LISTED, lines=(replace(LINES[0], quantity=1), LINES[1]))
        told.then_on((HOME, one), *claimed(RING, 1), *claimed(PUMP, 1, "OLD-0"))
        none = given(old_parts).when(LIST, on(KEEPER, held=0))
        none.refused_with("old-not-there", part=RING, number=NOTE)

    def test_without_a_note_only_what_quarantine_put_away(self) -> None:
        bare = OldPiece(RING, "唇口磨损")
        one = replace(LIST, old_class=OldClass.OTHER, lines=(bare,))
        given(old_parts).when(one, KEEPS).refused_with("nothing-put-away", part=RING)

    def test_a_list_that_was_not_sent_is_ended_and_its_pieces_listed_anew(self) -> None:
        end, ended = EndOldParts("重列"), OldPartsEnded("重列", KEEPER)
        told = given(old_parts, LISTED).when(end, on(KEEPER, taken=BOTH_TAKEN))
        rings, pump = claimed(RING, 0, waits=2), claimed(PUMP, 0, waits=1, free=("OLD-0",))
        told.then_on((HOME, ended), *rings, *pump)
        given(old_parts, LISTED, ended).when(end, KEEPS).then()
        told = given(old_parts, LISTED, SENT).when(end, KEEPS)
        told.refused_with("old-parts-stage", number=NUMBER, stage="sent")
        given(old_parts, LISTED, ended).when(SEND, sending(KEEPER)).refused("old-parts-stage")

    def test_what_a_stocktake_wrote_off_of_a_list_is_not_sent_and_does_not_come_back(self) -> None:
        told = given(old_parts, LISTED).when(SEND, on(KEEPER, held=1))
        told.refused_with("listed-not-there", part=RING, number=NUMBER)
        end, ended = EndOldParts("重列"), OldPartsEnded("重列", KEEPER)
        told = given(old_parts, LISTED).when(end, on(KEEPER, taken=BOTH_TAKEN, held=1))
        rings, pump = claimed(RING, 0, waits=2), claimed(PUMP, 0, waits=1, free=("OLD-0",))
        told.then_on((HOME, ended), *rings, *pump, adjusted(1))

    def test_nor_does_a_piece_whose_serial_is_gone(self) -> None:
        asked = on(KEEPER, taken=BOTH_TAKEN)
        empty = {ledger.stream_of(BRANCH, PUMP): Stock()}
        end, ended = EndOldParts("重列"), OldPartsEnded("重列", KEEPER)
        told = given(old_parts, LISTED).when(end, replace(asked, reads={**asked.reads, **empty}))
        rings, pump = claimed(RING, 0, waits=2), claimed(PUMP, 0, waits=1, free=("OLD-0",))
        told.then_on((HOME, ended), *rings, *pump, adjusted(1, "OLD-0", part=PUMP))


class TestTravelling:
    def test_everything_on_it_goes_to_base_as_a_transfer_does(self) -> None:
        left, entered = ("old_warranty", "transfer"), ("transfer", "old_in_transit")
        serials = ("OLD-0",)
        told = given(old_parts, LISTED).when(SEND, sending(KEEPER))
        told.then_on(
            (HOME, SENT),
            moved(RING, BRANCH, *left, 2),
            moved(RING, BASE, *entered, 2),
            moved(PUMP, BRANCH, *left, 1, serials=serials),
            moved(PUMP, BASE, *entered, 1, serials=serials),
            *serial_book.entered(BASE, PUMP, serials),
        )
        given(old_parts, LISTED, SENT).when(SEND, KEEPS).then()

    def test_not_to_itself_and_it_arrives_after_it_is_sent(self) -> None:
        own = replace(SEND, base=BRANCH)
        given(old_parts, LISTED).when(own, KEEPS).refused_with("sent-to-itself", store=BRANCH)
        back = replace(TRAVELS, expected_at=AT - timedelta(days=1))
        early = replace(SEND, consignment=back)
        told = given(old_parts, LISTED).when(early, sending(KEEPER))
        told.refused("arrival-before-sending")

    def test_who_sends_and_who_counts_sign_for_the_list_as_it_was_shown(self) -> None:
        for past, command, asked in (
            ((LISTED,), replace(SEND, content=AS_SENT), sending(KEEPER)),
            ((LISTED, SENT), ReceiveOldParts(CAME, AS_LISTED), COUNTS),
        ):
            told = given(old_parts, *past).when(command, asked)
            told.refused_with("signature-stale", number=NUMBER)
        old = given(old_parts, *HERE).state
        assert isinstance(old, OldPartList)
        assert (old.keeper_sig, old.base_sig, to_sign(old)) == (KEEPER_SIG, BASE_SIG, ())

    def test_base_counts_it_against_the_list_and_nobody_their_own(self) -> None:
        onto = ("old_in_transit", "old_warranty")
        receive = ReceiveOldParts(CAME, AS_SENT)
        told = given(old_parts, LISTED, SENT).when(receive, COUNTS)
        told.then_on(
            (HOME, ALL_CAME),
            moved(RING, BASE, *onto, 2),
            moved(PUMP, BASE, *onto, 1, serials=("OLD-0",)),
        )
        given(old_parts, *HERE).when(receive, COUNTS).then()
        own = on(KEEPER, Role.BASE)
        given(old_parts, LISTED, SENT).when(receive, own).refused("self-receipt")
        given(old_parts, LISTED).when(receive, COUNTS).refused("old-parts-stage")

    def test_a_difference_is_said_and_stays_on_the_way(self) -> None:
        onto = ("old_in_transit", "old_warranty")
        told = given(old_parts, LISTED, SENT).when(ReceiveOldParts(LESS, AS_SENT), COUNTS)
        told.then_on(
            (HOME, SHORT),
            moved(RING, BASE, *onto, 1),
            moved(PUMP, BASE, *onto, 1, serials=("OLD-0",)),
        )
        silent = ReceiveOldParts((ArrivedLine(RING, 1), CAME[1]), AS_SENT)
        given(old_parts, LISTED, SENT).when(silent, COUNTS).refused("count-unexplained")
        more = ReceiveOldParts((ArrivedLine(RING, 3), CAME[1]), AS_SENT)
        given(old_parts, LISTED, SENT).when(more, COUNTS).refused(
            "beyond-sent", "old-parcel-differs"
        )

    def test_another_piece_than_is_listed_is_for_a_stocktake(self) -> None:
        """It is counted without it; both stores put their shelves right."""
        odd = ReceiveOldParts((CAME[0], ArrivedLine(PUMP, 1, ("OLD-9",))), AS_SENT)
        told = given(old_parts, LISTED, SENT).when(odd, COUNTS)
        told.refused("serials-not-sent", "old-parcel-differs")
        without = ReceiveOldParts((CAME[0], ArrivedLine(PUMP, 0, (), "装的是另一台")), AS_SENT)
        (_, fact), *_ = given(old_parts, LISTED, SENT).when(without, COUNTS).decision()
        assert isinstance(fact, OldPartsReceived)

    def test_old_pieces_without_a_readable_number_are_counted_too(self) -> None:
        """Of two pumps one has a serial: both come, or the one, or the other."""
        line = replace(LINES[1], quantity=2)
        past = (replace(LISTED, lines=(line,)), SENT)
        shown = list_content(evolve(evolve(OldPartList(), past[0]), SENT))
        both = ReceiveOldParts((ArrivedLine(PUMP, 2, ("OLD-0",)),), shown)
        one = ReceiveOldParts((ArrivedLine(PUMP, 1, (), "少一台"),), shown)
        none = ReceiveOldParts((ArrivedLine(PUMP, 2),), shown)
        for command in (both, one):
            fact = OldPartsReceived(command.lines, COUNTER, replace(BASE_SIG, content=shown))
            (arrived,) = command.lines
            onto = ("old_in_transit", "old_warranty", arrived.received)
            move = moved(PUMP, BASE, *onto, serials=arrived.serials)
            given(old_parts, *past).when(command, COUNTS).then_on((HOME, fact), move)
        given(old_parts, *past).when(none, COUNTS).refused("serials-needed")

    def test_what_is_missing_is_found(self) -> None:
        find = FindOldParts((FoundLine(RING, 1),), "在箱底")
        fact = OldPartsFound(f"{NUMBER}-F1", find.lines, "在箱底", COUNTER)
        move = moved(RING, BASE, "old_in_transit", "old_warranty", 1)
        given(old_parts, *LACKING).when(find, COUNTS).then_on((HOME, fact), move)
        given(old_parts, *LACKING, fact).when(find, COUNTS).then()
        given(old_parts, *HERE).when(find, COUNTS).refused(
            "old-parts-stage", "old-parcel-differs", "beyond-sent"
        )
        more = replace(find, lines=(FoundLine(RING, 2),))
        given(old_parts, *LACKING).when(more, COUNTS).refused("old-parcel-differs", "beyond-sent")
        none = OldPartsReceived((ArrivedLine(RING, 0, (), "少"), CAME[1]), COUNTER)
        part = given(old_parts, LISTED, SENT, none).when(find, COUNTS)
        part.then_on((HOME, fact), move)

    def test_or_lost_by_the_word_of_somebody_else(self) -> None:
        ask = AskOldLoss(LOSS)
        given(old_parts, *LACKING).when(ask, COUNTS).then(LOSS_ASKED)
        given(old_parts, *LACKING, LOSS_ASKED).when(ask, COUNTS).then()
        grant = ApproveOldLoss(S1)
        home, out = moved(RING, BASE, "old_in_transit", "difference", 1)
        gone = replace(out, because=Movement.LOST, use_nature=UseNature.LOSS)
        told = given(old_parts, *LACKING, LOSS_ASKED).when(grant, DECIDES)
        told.then_on((HOME, LOST), (home, gone))
        given(old_parts, *LACKING, LOSS_ASKED, LOST).when(grant, DECIDES).then()
        own = on(COUNTER, Role.APPROVER)
        given(old_parts, *LACKING, LOSS_ASKED).when(grant, own).refused("own-request")
        given(old_parts, LISTED, SENT).when(ask, COUNTS).refused(
            "old-parts-stage", "parcel-uncounted"
        )
        more = AskOldLoss(replace(LOSS, quantity=2))
        given(old_parts, *LACKING).when(more, COUNTS).refused("lost-beyond-missing")

    def test_or_looked_for_again(self) -> None:
        no, fact = RefuseOldLoss(S1, "再查"), OldLossRefused(S1, "再查", APPROVER)
        given(old_parts, *LACKING, LOSS_ASKED).when(no, DECIDES).then(fact)
        given(old_parts, *LACKING, LOSS_ASKED, fact).when(no, DECIDES).then()
        given(old_parts, *LACKING).when(no, DECIDES).refused("request-unknown")


class TestJudging:
    def test_by_the_nature_of_the_fault(self) -> None:
        given(old_parts, *HERE).when(SCRAP, COUNTS).then(judged(SCRAP))
        told = given(old_parts, *HERE, judged(SCRAP)).when(EXCHANGE, COUNTS)
        told.then(judged(EXCHANGE, J2))
        assert BY_FAULT.keys() == set(FaultNature)

    def test_otherwise_only_with_words(self) -> None:
        repair = replace(SCRAP, disposition=Disposition.REPAIR)
        told = given(old_parts, *HERE).when(repair, COUNTS)
        told.refused_with("disposition-unexplained", line=1, usual="scrap")
        said = replace(repair, because="可翻新")
        given(old_parts, *HERE).when(said, COUNTS).then(judged(said))

    def test_no_more_than_is_at_base_and_by_its_serials(self) -> None:
        told = given(old_parts, *LACKING).when(SCRAP, COUNTS)
        told.refused_with("beyond-old-line", line=1, left=1, asked=2)
        told = given(old_parts, *HERE).when(replace(SCRAP, line=3), COUNTS)
        told.refused_with("old-line-unknown", line=3, lines=2)
        bare = replace(EXCHANGE, serials=())
        given(old_parts, *HERE).when(bare, COUNTS).refused("serials-needed")
        odd = replace(EXCHANGE, serials=("X-1",))
        told = given(old_parts, *HERE).when(odd, COUNTS)
        told.refused_with("serials-not-judgeable", line=2, part=PUMP, serials=["X-1"])
        given(old_parts, LISTED, SENT).when(SCRAP, COUNTS).refused(
            "old-parts-stage", "beyond-old-line"
        )

    def test_a_piece_that_was_lost_is_not_judged(self) -> None:
        lost = TransitLoss(PUMP, 1, "无下落", TransitBearer.CARRIER, 0, None, ("OLD-0",))
        came = OldPartsReceived((CAME[0], ArrivedLine(PUMP, 0, (), "少一台")), COUNTER)
        asked = OldLossAsked(S1, lost, COUNTER)
        granted = OldLossApproved(S1, lost, COUNTER, APPROVER)
        past = (LISTED, SENT, came, asked, granted)
        given(old_parts, *past).when(EXCHANGE, COUNTS).refused(
            "beyond-old-line", "serials-not-judgeable"
        )


class TestSettling:
    def test_scrap_with_the_makers_case_number(self) -> None:
        out = moved(RING, BASE, "old_warranty", "scrapped", 2, paper=J1)
        told = given(old_parts, *BOTH_JUDGED).when(SCRAPPED, COUNTS)
        told.then_on((HOME, settled(SCRAPPED)), out)
        given(old_parts, *BOTH_JUDGED, settled(SCRAPPED)).when(SCRAPPED, COUNTS).then()
        bare = replace(SCRAPPED, case_no=None)
        told = given(old_parts, *BOTH_JUDGED).when(bare, COUNTS)
        told.refused_with("case-number-needed", number=J1)
        other = replace(SCRAPPED, case_no="CJ-9")
        told = given(old_parts, *BOTH_JUDGED, settled(SCRAPPED)).when(other, COUNTS)
        told.refused_with("old-part-settled", number=J1)
        given(old_parts, *HERE).when(SCRAPPED, COUNTS).refused("not-judged")

    def test_another_part_from_the_maker(self) -> None:
        gone, new = ("OLD-0",), ("N-1",)
        told = given(old_parts, *BOTH_JUDGED).when(BACK, COUNTS)
        told.then_on(
            (HOME, settled(BACK)),
            moved(PUMP, BASE, "old_warranty", "maker", 1, serials=gone, paper=J2),
            moved(PUMP, BASE, "maker", "store", 1, serials=new, paper=J2, fen=0),
            *serial_book.left(BASE, PUMP, gone),
            *serial_book.entered(BASE, PUMP, new),
        )
        bare = replace(BACK, serials=())
        given(old_parts, *BOTH_JUDGED).when(bare, COUNTS).refused("serials-needed")
        book = serial_book.SerialBook({"N-1": BRANCH})
        reads = {**COUNTS.reads, serial_book.stream_of(PUMP): book}
        told = given(old_parts, *BOTH_JUDGED).when(BACK, replace(COUNTS, reads=reads))
        told.refused("serial-known")

    def test_the_same_part_mended_by_the_maker(self) -> None:
        same = replace(BACK, serials=("OLD-0",))
        told = given(old_parts, *BOTH_JUDGED).when(same, COUNTS)
        told.then_on(
            (HOME, settled(same)),
            moved(PUMP, BASE, "old_warranty", "maker", 1, serials=same.serials, paper=J2),
            moved(PUMP, BASE, "maker", "store", 1, serials=same.serials, paper=J2, fen=0),
        )

    def test_a_credit_instead_only_with_words(self) -> None:
        credit = replace(BACK, outcome=OldOutcome.CREDIT, credit_fen=5_000, serials=())
        told = given(old_parts, *BOTH_JUDGED).when(credit, COUNTS)
        told.refused_with("outcome-unexplained", number=J2, usual="part_back")
        said = replace(credit, because="厂家停产")
        told = given(old_parts, *BOTH_JUDGED).when(said, COUNTS)
        told.then_on(
            (HOME, settled(said)),
            moved(PUMP, BASE, "old_warranty", "maker", 1, serials=("OLD-0",), paper=J2),
            *serial_book.left(BASE, PUMP, ("OLD-0",)),
        )
        silent = replace(said, credit_fen=None)
        given(old_parts, *BOTH_JUDGED).when(silent, COUNTS).refused("credit-unclear")
        named = replace(said, serials=("N-1",))
        given(old_parts, *BOTH_JUDGED).when(named, COUNTS).refused("serials-not-back")

    def test_a_repaired_part_is_on_the_shelf_again(self) -> None:
        mend = replace(SCRAP, disposition=Disposition.REPAIR, because="可翻新")
        back = SettleOldPart(J1, OldOutcome.PART_BACK)
        told = given(old_parts, *HERE, judged(mend)).when(back, COUNTS)
        told.then_on((HOME, settled(back)), moved(RING, BASE, "old_warranty", "store", 2, paper=J1))

    def test_what_a_stocktake_of_base_wrote_off_ends_so(self) -> None:
        """Of two rings one is left, or none, or a pump by its serial; nothing is said of those."""
        left = replace(SCRAPPED, because="盘点少一只")
        asked = on(COUNTER, Role.BASE, held=1)
        told = given(old_parts, *BOTH_JUDGED).when(SCRAPPED, asked)
        told.refused_with("old-written-off", number=J1, gone=1, left=1)
        out = moved(RING, BASE, "old_warranty", "scrapped", 1, paper=J1)
        one = replace(settled(left), written_off=1)
        given(old_parts, *BOTH_JUDGED).when(left, asked).then_on((HOME, one), out)
        given(old_parts, *BOTH_JUDGED, one).when(left, asked).then()
        off = SettleOldPart(J1, OldOutcome.WRITTEN_OFF, because="盘点未见")
        given(old_parts, *BOTH_JUDGED).when(off, asked).refused("old-still-there")
        none = on(COUNTER, Role.BASE, held=0)
        given(old_parts, *BOTH_JUDGED).when(left, none).refused("old-written-off")
        told = given(old_parts, *BOTH_JUDGED).when(off, none)
        told.then_on((HOME, replace(settled(off), written_off=2)))
        empty = {ledger.stream_of(BASE, PUMP): Stock()}
        gone = replace(none, reads={**none.reads, **empty})
        pump = replace(off, number=J2)
        told = given(old_parts, *BOTH_JUDGED).when(pump, gone)
        told.then_on((HOME, replace(settled(pump), written_off=1)))


ONE = replace(SCRAP, quantity=1)
PAST: Mapping[OldPartsStage, tuple[Any, ...]] = {
    OldPartsStage.NONE: (),
    OldPartsStage.LISTED: (LISTED,),
    OldPartsStage.SENT: (LISTED, SENT),
    OldPartsStage.SHORT: LACKING,
    OldPartsStage.RECEIVED: HERE,
    OldPartsStage.JUDGED: BOTH_JUDGED,
    OldPartsStage.SETTLED: (*BOTH_JUDGED, settled(SCRAPPED), settled(BACK)),
    OldPartsStage.ENDED: (LISTED, OldPartsEnded("重列", KEEPER)),
}


@pytest.mark.parametrize("at", PAST)
def test_the_stage_follows_from_what_became_of_the_pieces(at: OldPartsStage) -> None:
    assert stage(*PAST[at]) is at


class TestToTheEnd:
    """What is lost while others are judged, and the last piece of a list."""

    def test_pieces_are_judged_and_settled_while_others_are_missing(self) -> None:
        given(old_parts, *LACKING).when(ONE, COUNTS).then(judged(ONE))
        past = (*LACKING, judged(ONE))
        out = moved(RING, BASE, "old_warranty", "scrapped", 1, paper=J1)
        given(old_parts, *past).when(SCRAPPED, COUNTS).then_on((HOME, settled(SCRAPPED)), out)

    def test_the_last_missing_piece_is_lost_after_the_others_are_judged(self) -> None:
        past = (*LACKING, LOSS_ASKED, judged(ONE), judged(EXCHANGE, J2))
        home, out = moved(RING, BASE, "old_in_transit", "difference", 1)
        gone = replace(out, because=Movement.LOST, use_nature=UseNature.LOSS)
        for done in ((), (settled(SCRAPPED), settled(BACK))):
            told = given(old_parts, *past, *done).when(ApproveOldLoss(S1), DECIDES)
            told.then_on((HOME, LOST), (home, gone))
        assert stage(*past, LOST) is OldPartsStage.JUDGED
        assert stage(*past, settled(SCRAPPED), settled(BACK), LOST) is OldPartsStage.SETTLED

    def test_a_list_is_settled_with_its_last_piece(self) -> None:
        past = (*BOTH_JUDGED, settled(BACK))
        out = moved(RING, BASE, "old_warranty", "scrapped", 2, paper=J1)
        given(old_parts, *past).when(SCRAPPED, COUNTS).then_on((HOME, settled(SCRAPPED)), out)
        assert stage(*past, settled(SCRAPPED)) is OldPartsStage.SETTLED
        early = (*HERE, judged(SCRAP))
        given(old_parts, *early).when(SCRAPPED, COUNTS).then_on((HOME, settled(SCRAPPED)), out)

    def test_of_two_missing_pieces_one_is_lost_and_the_other_still_looked_for(self) -> None:
        none = OldPartsReceived((ArrivedLine(RING, 0, (), "少两只"), CAME[1]), COUNTER)
        home, out = moved(RING, BASE, "old_in_transit", "difference", 1)
        gone = replace(out, because=Movement.LOST, use_nature=UseNature.LOSS)
        told = given(old_parts, LISTED, SENT, none, LOSS_ASKED).when(ApproveOldLoss(S1), DECIDES)
        told.then_on((HOME, LOST), (home, gone))

    def test_a_loss_is_refused_after_the_piece_turned_up(self) -> None:
        found = OldPartsFound(f"{NUMBER}-F1", (FoundLine(RING, 1),), "在箱底", COUNTER)
        no, fact = RefuseOldLoss(S1, "已找到"), OldLossRefused(S1, "已找到", APPROVER)
        given(old_parts, *LACKING, LOSS_ASKED, found).when(no, DECIDES).then(fact)


class World:
    """Both stores, as a record would hold them; every decision is written."""

    def __init__(self) -> None:
        self.moves: list[StockMoved] = []
        self.streams: dict[str, Any] = dict(on(KEEPER).reads)
        for part, serials in ((RING, ()), (PUMP, ("OLD-0",))):
            self.streams[ledger.stream_of(BASE, part)] = Stock()
            self.streams[ledger.stream_of(BRANCH, part)] = Stock()
            count = 2 if part == RING else 1
            to, move = moved(part, BRANCH, "installed", "old_warranty", count, serials=serials)
            self.written(to, replace(move, because=Movement.OLD_PART, paper=NOTE))
        self.old = old_parts.initial

    def written(self, stream: str, fact: Any) -> None:
        if isinstance(fact, StockMoved):
            self.moves.append(fact)
            self.streams[stream] = part_store.evolve(self.streams[stream], fact)
        elif stream == HOME:
            self.old = old_parts.evolve(self.old, fact)
        else:
            papers = {"serials": serial_book, "stock": part_store, "old_line": old_lines}
            paper: Any = papers[stream.partition("-")[0]]
            self.streams[stream] = paper.evolve(self.streams[stream], fact)

    def does(self, command: object, person: str) -> None:
        asked = by(person, home=HOME, reads=self.streams)
        for stream, fact in old_parts.decide(command, self.old, asked):
            self.written(stream, fact)

    def balance(self) -> Iterator[int]:
        """Every account over both stores; `transfer` is between them."""
        for move in self.moves:
            yield move.quantity * ((move.target == "transfer") - (move.source == "transfer"))


ENDS = st.sampled_from(
    [
        (Disposition.RETURN_TO_MAKER, OldOutcome.CREDIT),
        (Disposition.EXCHANGE, OldOutcome.PART_BACK),
        (Disposition.REPAIR, OldOutcome.PART_BACK),
        (Disposition.REPAIR, OldOutcome.SCRAPPED),
        (Disposition.SCRAP, OldOutcome.SCRAPPED),
    ]
)


@tries(100)
@drawn_from(
    rings=st.integers(0, 2), pump=st.booleans(), ends=st.lists(ENDS, min_size=3, max_size=3)
)
def test_what_is_listed_is_returned_exchanged_repaired_scrapped_or_lost(
    rings: int, pump: bool, ends: list[tuple[Disposition, OldOutcome]]
) -> None:
    world = World()
    world.does(LIST, KEEPER)
    world.does(replace(SEND, content=list_content(world.old)), KEEPER)
    serials = ("OLD-0",) if pump else ()
    counted = (ArrivedLine(RING, rings, (), "少"), ArrivedLine(PUMP, int(pump), serials, "少"))
    world.does(ReceiveOldParts(counted, list_content(world.old)), COUNTER)
    for n, loss in enumerate(_missing(world.old), 1):
        world.does(AskOldLoss(loss), COUNTER)
        world.does(ApproveOldLoss(f"{NUMBER}-S{n}"), APPROVER)
    kinds: list[tuple[Disposition, OldOutcome]] = []
    while offers := list(offered_judgements(NUMBER, world.old)):
        way, outcome = ends[len(kinds)]
        one = replace(offers[0], quantity=1, disposition=way, because="看实物")
        world.does(one, COUNTER)
        (offer,) = offered_settlements(NUMBER, world.old)
        fen = 100 if outcome is OldOutcome.CREDIT else None
        back = way is Disposition.EXCHANGE and one.serials
        new = (f"N-{len(kinds)}",) if back else ()
        done = SettleOldPart(offer.number, outcome, fen, "CJ", new, "看实物")
        world.does(done, COUNTER)
        kinds.append((way, outcome))
    lost = 3 - rings - pump
    assert len(kinds) + lost == 3
    assert world.old.stage is OldPartsStage.SETTLED
    assert sum(world.balance()) == 0
    for stream in (ledger.stream_of(store, part) for store in (BRANCH, BASE) for part in CARDS):
        stock = world.streams.get(stream, Stock())
        assert sum(stock.balances.values()) == 0
        assert not any(account.startswith("old_") for account in stock.balances)
        assert all(n > 0 for name, n in stock.balances.items() if ledger.is_inside(name))
    shelved = sum(outcome is OldOutcome.PART_BACK for _, outcome in kinds)
    at_base = [world.streams[ledger.stream_of(BASE, part)].holds("store") for part in (RING, PUMP)]
    assert sum(at_base) == shelved
    assert set(LEADS_TO) == set(Disposition)


def _missing(old: OldPartList) -> list[TransitLoss]:
    parcel = old.shipment
    assert parcel is not None
    return [
        TransitLoss(
            part,
            left,
            "无下落",
            TransitBearer.CARRIER,
            0,
            None,
            tuple(sorted(parcel.open_serials(part))),
        )
        for part in parcel.lines
        if (left := parcel.open_of(part))
    ]
