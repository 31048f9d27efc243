"""转交与更正 as stories: parts change hands, and an account that was wrong is put right."""

from dataclasses import replace
from typing import Any

from services.inventory import issue_note, serial_book
from services.inventory.issue_note.correction import (
    AskCorrection,
    CorrectReconciliation,
    RefuseCorrection,
)
from services.inventory.issue_note.document import document_of
from services.inventory.issue_note.handing_over import (
    CountParts,
    HandOverParts,
    Signing,
    hand_over_content,
    lines_of,
)
from services.inventory.issue_note.requests import ApproveLoss, AskLoss
from shared.decider import Happened
from shared.events.inventory import Movement
from shared.events.issue_notes import (
    Account,
    CorrectionAsked,
    CorrectionRefused,
    LossApproved,
    Opening,
    PartsCounted,
    PartsHandedOver,
    ReconciliationCorrected,
)
from shared.events.order_sheet import NoteStage, Standing
from shared.events.part_cases import Bearer, CountedPieces, Loss, LossWhere
from shared.events.values import FaultNature, PartWanted, Role, Signature, SignedHow
from tests.inventory.example import (
    ANNOUNCE,
    APPROVER,
    AT,
    BRANCH,
    CHEN,
    CLERK,
    DRAWING,
    HOME,
    KEEPER,
    LIU,
    NUMBER,
    OPEN,
    OPENED,
    PUMP,
    RING,
    SIGNED,
    Store,
    draw,
    drawn,
    move,
    posted,
    released,
    settle,
    signing,
    stock_stream,
    whose,
)
from tests.spec import given

G1 = f"{NUMBER}-G1"
AGAIN = "6" * 64
BY_HAND = Signing(SignedHow.DRAWN, DRAWING)
OTHER = replace(DRAWING, sha256="6e" * 32)
GIVEN = Signing(SignedHow.DRAWN, OTHER)
AT_WORK = Standing(CHEN, True, True, (Role.TECHNICIAN,), (BRANCH,))
RINGS, THE_PUMP = CountedPieces(RING, 3), CountedPieces(PUMP, 1, ("P-1",))
ALL = (THE_PUMP, RINGS)


def refused(store: Store, command: Any, *codes: str, person: str | None = None) -> None:
    roles = [Role.APPROVER] if person == APPROVER else []
    asked = store.asked(person or whose(command), *roles)
    given(issue_note, *store.facts).when(command, asked).refused(*codes)


def handing(store: Store, *lines: CountedPieces, **more: Any) -> HandOverParts:
    """Both sign by hand, over what they are shown."""
    giver = more.pop("giver", GIVEN)
    shown = lines_of(store.note, lines, with_giver=giver is not None)
    content = hand_over_content(store.note, CHEN, shown)
    command = HandOverParts(CHEN, "刘洋住院", content, BY_HAND, giver, lines, AT_WORK)
    return replace(command, **more)


class TestHandingOver:
    """转交: what one technician drew is in the hands of another."""

    def test_who_granted_a_loss_of_the_note_takes_none_of_its_parts(self) -> None:
        store = drawn()
        loss = Loss(RING, 1, LossWhere.TECHNICIAN, "掉进河里", Bearer.STORE, 100)
        granted = Happened(LossApproved(f"{NUMBER}-S1", loss, KEEPER, CHEN), AT, AT, CHEN, None)
        asked = replace(store.asked(CLERK), happened={HOME: [granted]})
        given(issue_note, *store.facts).when(handing(store), asked).refused("granter-takes")

    def test_somebody_of_another_branch_takes_them_once_the_order_is_theirs(self) -> None:
        far = replace(AT_WORK, branches=("NB01",))
        store = drawn()
        refused(store, handing(store, standing=far), "taker-unfit", person=KEEPER)
        ill = replace(far, roles=())
        refused(
            store, handing(store, standing=ill, comes_for_it=True), "taker-unfit", person=KEEPER
        )
        store.do(handing(store, standing=far, comes_for_it=True))
        assert store.note.recipient == CHEN

    def test_one_picture_is_not_the_signature_of_two(self) -> None:
        refused(drawn(), handing(drawn(), giver=BY_HAND), "one-picture")

    def test_both_sign_and_the_parts_are_anothers(self) -> None:
        store = drawn()
        command = handing(store)
        own = Signature(LIU, "technician", SignedHow.DRAWN, AT, command.content, OTHER)
        assert store.decide(command) == [
            (
                HOME,
                PartsHandedOver(
                    LIU, CHEN, ALL, own, replace(own, by=CHEN, evidence=DRAWING), (), "刘洋住院"
                ),
            ),
            (
                stock_stream(PUMP),
                move(
                    PUMP, f"technician:{LIU}", f"technician:{CHEN}", 1, Movement.HANDED_OVER, "P-1"
                ),
            ),
            (
                stock_stream(RING),
                move(RING, f"technician:{LIU}", f"technician:{CHEN}", 3, Movement.HANDED_OVER),
            ),
        ]
        store.do(command)
        assert store.decide(command) == []
        assert document_of(store.note).recipient == CHEN
        store.do(signing(7, ring=2, pump=1))
        refused(store, settle(store.note, RING, 2, 1), "wrong-recipient")
        store.do(settle(store.note, RING, 2, 1, technician=CHEN))
        store.do(settle(store.note, PUMP, 1, 0, new_serials=("P-1",), technician=CHEN))
        assert document_of(store.note).stage is NoteStage.SETTLED

    def test_who_had_the_parts_stays_on_that_side_of_them(self) -> None:
        """A technician who keeps the store too passed on what they had drawn."""
        store = drawn()
        store.do(handing(store)).do(signing(7, ring=2, pump=1))
        account = settle(store.note, RING, 2, 1, technician=CHEN)
        refused(store, account, "self-reconciliation", person=LIU)
        store.do(account)
        refused(store, ASK, "self-reconciliation", "nothing-to-correct", person=LIU)
        half = released()
        half.do(draw(half.note, RING, 3))
        half.do(handing(half))
        rest = draw(half.note, PUMP, 1, "P-1", recipient=CHEN)
        refused(half, rest, "self-issue", person=LIU)

    def test_it_is_refused_where_nobody_could_hold_to_it(self) -> None:
        store = drawn()
        refused(store, handing(store, CountedPieces(RING, 4)), "handed-beyond")
        refused(store, handing(store, CountedPieces(PUMP, 1)), "serials-needed")
        refused(store, handing(store, CountedPieces(PUMP, 1, ("P-2",))), "serials-not-issued")
        refused(store, handing(store, RINGS, RINGS), "counted-twice")
        refused(store, replace(handing(store), content="0" * 64), "signature-stale")
        session = Signing(SignedHow.SESSION)
        refused(store, replace(handing(store), giver=session), "session-of-another")
        refused(store, replace(handing(store), taker=session), "session-of-another")
        away = Standing(CHEN, True, False)
        refused(store, replace(handing(store), standing=away), "recipient-inactive")
        clerk = replace(AT_WORK, roles=(Role.CLERK,))
        refused(store, replace(handing(store), standing=clerk), "taker-unfit")
        same = replace(handing(store), recipient=LIU)
        refused(store, same, "same-recipient", "signature-stale")
        keeper = replace(handing(store), recipient=KEEPER)
        refused(store, keeper, "self-issue", "signature-stale")
        refused(released(), handing(released()), "nothing-drawn")

    def test_where_the_giver_cannot_two_count_and_the_approver_signs(self) -> None:
        store = drawn()
        found = CountParts((CountedPieces(RING, 2), THE_PUMP))
        assert store.decide(found, CLERK) == [
            (HOME, PartsCounted(LIU, (THE_PUMP, CountedPieces(RING, 2)), CLERK))
        ]
        refused(store, found, "counts-own", person=LIU)
        store.do(found, person=CLERK)
        assert store.decide(found, CLERK) == []
        lone = handing(store, giver=None)
        refused(store, lone, "not-counted", person=APPROVER)
        store.do(CountParts(ALL), person=CHEN)
        refused(store, lone, "not-counted", "signature-stale", person=APPROVER)
        store.do(found, person=CHEN)
        refused(store, lone, "giver-unsigned", person=KEEPER)
        decided = store.decide(lone, APPROVER, Role.APPROVER)
        handed = decided[0][1]
        assert isinstance(handed, PartsHandedOver)
        assert (handed.giver_sig.by, handed.giver_sig.role) == (APPROVER, "approver")
        assert handed.counted_by == (CLERK, CHEN)

    def test_what_was_counted_before_a_piece_was_lost_stops_nobody(self) -> None:
        store = drawn()
        store.do(CountParts(ALL), person=CHEN)
        left = CountParts((CountedPieces(RING, 2), THE_PUMP))
        store.do(left, person=CLERK)
        in_place = handing(store, giver=None)
        refused(store, in_place, "not-counted", person=APPROVER)
        store.do(left, person=KEEPER)
        more = handing(store, *ALL, giver=None)
        refused(store, more, "handed-beyond", person=APPROVER)
        decided = store.decide(in_place, APPROVER, Role.APPROVER)
        handed = decided[0][1]
        assert isinstance(handed, PartsHandedOver)
        assert (handed.lines, handed.counted_by) == (left.lines[::-1], (CLERK, KEEPER))

    def test_what_a_newer_count_contradicts_is_not_handed_over(self) -> None:
        store = drawn()
        store.do(CountParts(ALL), person=CHEN).do(CountParts(ALL), person=CLERK)
        store.do(CountParts((CountedPieces(RING, 2), THE_PUMP)), person=KEEPER)
        refused(store, handing(store, giver=None), "not-counted", person=APPROVER)
        store.do(CountParts((CountedPieces(RING, 2), THE_PUMP)), person=CLERK)
        store.do(CountParts(ALL), person=CLERK)
        store.decide(handing(store, giver=None), APPROVER, Role.APPROVER)

    def test_what_was_not_found_stays_with_the_giver_until_it_is_lost(self) -> None:
        store = drawn()
        store.do(handing(store, CountedPieces(RING, 2), THE_PUMP))
        assert store.holds(RING)[f"technician:{LIU}"] == 1
        store.do(signing(7, ring=2, pump=1))
        lost = Loss(RING, 1, LossWhere.TECHNICIAN, "找不到", Bearer.STORE, 900)
        store.do(AskLoss(lost), ApproveLoss(f"{NUMBER}-S1"))
        store.do(settle(store.note, RING, 2, 0, lost=1, technician=CHEN))
        held = {name for name in store.holds(RING) if name.startswith("technician")}
        assert held == set()

    def test_where_all_was_used_two_count_none_and_the_note_passes_on(self) -> None:
        store = drawn()
        none = CountParts((CountedPieces(RING, 0), CountedPieces(PUMP, 0)))
        refused(store, handing(store, giver=None), "not-counted", person=APPROVER)
        store.do(none, person=CLERK).do(none, person=CHEN)
        before = store.holds(RING)
        store.do(handing(store, giver=None), person=APPROVER, role=Role.APPROVER)
        assert (document_of(store.note).recipient, store.holds(RING)) == (CHEN, before)
        store.do(signing(7, ring=3, pump=1))
        store.do(settle(store.note, RING, 3, 0, technician=CHEN))
        store.do(settle(store.note, PUMP, 1, 0, new_serials=("P-1",), technician=CHEN))
        held = {name for name in store.holds(RING) if name.startswith("technician")}
        assert (document_of(store.note).stage, held) == (NoteStage.SETTLED, set())

    def test_a_closed_parcel_is_for_another_and_nobody_counts_what_nobody_saw(self) -> None:
        store = posted().do(ANNOUNCE)
        lone = handing(store, giver=None)
        refused(store, lone, "giver-unsigned", person=KEEPER)
        store.do(lone, person=APPROVER, role=Role.APPROVER)
        assert document_of(store.note).recipient == CHEN
        short = replace(OPENED, technician=CHEN, opening=Opening.SHORT)
        lacks = replace(OPEN, opened=replace(short, missing=(PartWanted(RING, 1),)))
        refused(store, lacks, "opened-by-another", person=LIU)
        store.do(lacks)
        assert store.holds(RING)[f"technician:{CHEN}"] == 2


def settled() -> Store:
    """One ring too few is booked as used, as the customer had signed."""
    store = drawn().do(signing(7, ring=1, pump=1))
    return store.do(
        settle(store.note, RING, 1, 2), settle(store.note, PUMP, 1, 0, new_serials=("P-1",))
    )


TWO = Account(2, 1, old_returned=2, fault_nature=FaultNature.WEAR)
ASK = AskCorrection(RING, "清点发现", TWO)


class TestCorrection:
    """核销更正: counter-entries, at the keeper's word and the approver's."""

    def test_a_wrong_account_is_put_right_against_the_new_signature(self) -> None:
        store = settled()
        refused(store, ASK, "differs-from-signed")
        store.do(signing(8, None), signing(9, AGAIN, ring=2, pump=1))
        assert document_of(store.note).content == SIGNED
        assert store.decide(ASK) == [(HOME, CorrectionAsked(G1, RING, TWO, "清点发现", KEEPER))]
        store.do(ASK)
        assert store.decide(ASK) == []
        grant = CorrectReconciliation(G1)
        assert store.decide(grant) == [
            (HOME, ReconciliationCorrected(G1, RING, TWO, AGAIN, "清点发现", KEEPER, APPROVER)),
            (
                stock_stream(RING),
                move(RING, "installed", "old_warranty", 1, Movement.CORRECTION),
            ),
            (stock_stream(RING), move(RING, "store", "installed", 1, Movement.CORRECTION)),
        ]
        store.do(grant)
        assert store.decide(grant) == []
        assert store.holds(RING) == {"supplier": -10, "store": 8, "old_warranty": 2}
        store.do(settle(store.note, PUMP, 1, 0, new_serials=("P-1",)))
        assert document_of(store.note).content == AGAIN

    def test_serials_that_were_mixed_up_change_places(self) -> None:
        store = settled().do(signing(9, AGAIN, ring=1, pump=1))
        before = store.note.accounts[PUMP].account
        other = replace(before, old_serials=("OLD-9",))
        store.do(AskCorrection(PUMP, "看错号", other), CorrectReconciliation(G1))
        serials = store.stocks[stock_stream(PUMP)].serials
        assert (serials["OLD-9"], "OLD-0" in serials) == ("old_warranty", False)
        where = store.books[serial_book.stream_of(PUMP)].where
        assert (where["OLD-9"], where["OLD-0"]) == (BRANCH, serial_book.OUTSIDE)

    def test_it_is_granted_by_another_and_only_for_what_is_settled(self) -> None:
        store = drawn().do(signing(9, ring=2, pump=1))
        refused(store, ASK, "not-settled")
        store = settled()
        same = AskCorrection(RING, "再看", store.note.accounts[RING].account)
        refused(store, same, "nothing-to-correct")
        store.do(signing(9, AGAIN, ring=2, pump=1))
        refused(store, ASK, "self-reconciliation", person=LIU)
        store.do(ASK, person=APPROVER)
        refused(store, CorrectReconciliation(G1), "own-request")

    def test_what_is_refused_stays_as_it_was(self) -> None:
        store = settled().do(signing(9, AGAIN, ring=2, pump=1), ASK)
        no = RefuseCorrection(G1, "账目无误")
        refused(store, no, "own-request", person=KEEPER)
        assert store.decide(no) == [(HOME, CorrectionRefused(G1, "账目无误", APPROVER))]
        store.do(no)
        assert store.decide(no) == []
        refused(store, CorrectReconciliation(G1), "request-decided")
