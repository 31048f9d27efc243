"""出库单 as stories: released by the signed order, drawn strictly by the note, or made void."""

from dataclasses import replace
from typing import Any

from services.inventory import issue_note
from services.inventory.issue_note.document import document_of
from services.inventory.issue_note.drawing import IssuePart
from services.inventory.issue_note.dropping import DropLine
from services.inventory.issue_note.release import NoteSignature
from shared.events.inventory import Movement
from shared.events.issue_notes import (
    Issued,
    IssueNoteReleased,
    IssueNoteVoided,
    LineDropped,
    NoteLine,
    PartIssued,
    SignatureNoted,
    SignedUse,
    VoidingAsked,
)
from shared.events.order_sheet import Delivery, NoteStage
from shared.events.values import PartWanted, RepairNature, Role, Signature, SignedHow
from tests.inventory.example import (
    ASK_VOID,
    AT,
    BRANCH,
    CHEN,
    CLERK,
    DRAWING,
    GREASE,
    HOME,
    KEEPER,
    LIU,
    NUMBER,
    ORDER,
    PARCEL,
    PUMP,
    RELEASE,
    RELEASE_POSTED,
    RING,
    SIGNED,
    TICKET,
    VOID,
    Store,
    by,
    draw,
    drawn,
    move,
    opening,
    released,
    settle,
    signing,
    stock_stream,
)
from tests.spec import given

REACTION = "reaction:note-order"
RELEASED = IssueNoteReleased(
    number=NUMBER,
    ticket=TICKET,
    branch=BRANCH,
    order=ORDER,
    version=4,
    recipient=LIU,
    delivery=Delivery.CARRIED,
    repair_nature=RepairNature.WARRANTY,
    lines=(NoteLine(RING, 3, BRANCH), NoteLine(PUMP, 1, BRANCH)),
)

CREWED = replace(RELEASE, travellers=(LIU, CHEN))


def refused(store: Store, command: Any, *codes: str, person: str = KEEPER) -> None:
    asked = store.asked(person, Role.STOREKEEPER)
    given(issue_note, *store.facts).when(command, asked).refused(*codes)


class TestRelease:
    def test_the_signed_order_releases_its_note(self) -> None:
        given(issue_note).when(RELEASE, by(REACTION)).then(RELEASED)

    def test_a_number_is_released_once(self) -> None:
        newer = replace(RELEASE, version=9, recipient=CHEN)
        given(issue_note, RELEASED).when(RELEASE, by(REACTION)).then()
        given(issue_note, RELEASED).when(newer, by(REACTION)).then()
        void = IssueNoteVoided("用户撤单", CLERK)
        given(issue_note, RELEASED, void).when(newer, by(REACTION)).then()

    def test_a_part_named_twice_is_one_line(self) -> None:
        twice = replace(RELEASE, lines=(PartWanted(RING, 1), PartWanted(RING, 2)))
        once = replace(RELEASED, lines=(NoteLine(RING, 3, BRANCH),))
        given(issue_note).when(twice, by(REACTION)).then(once)


class TestSignatureNoted:
    def test_what_the_customer_signed_is_noted_in_every_state(self) -> None:
        told = SignatureNoted(7, SIGNED, waived=False, used=(SignedUse(RING, 2),))
        settled = drawn().do(signing(6), settle(drawn().do(signing(6)).note, RING, 0, 3))
        void = released().do(ASK_VOID, VOID)
        for facts in ([], [RELEASED], drawn().facts, settled.facts, void.facts):
            given(issue_note, *facts).when(signing(7, ring=2), by(REACTION)).then(told)

    def test_the_newest_version_counts(self) -> None:
        voided = SignatureNoted(8, None, waived=False, used=())
        for late in (signing(7, ring=2), signing(8, ring=1)):
            given(issue_note, RELEASED, voided).when(late, by(REACTION)).then()

    def test_what_the_release_said_is_not_said_again(self) -> None:
        unsigned = NoteSignature(4, None, waived=False, used=())
        given(issue_note, RELEASED).when(unsigned, by(REACTION)).then()
        given(issue_note, RELEASED).when(signing(3, ring=1), by(REACTION)).then()
        late = replace(RELEASED, version=7)
        told = SignatureNoted(7, SIGNED, waived=False, used=())
        given(issue_note, late).when(signing(7), by(REACTION)).then(told)


class TestIssue:
    def test_a_line_is_drawn_against_the_recipients_signature(self) -> None:
        store = released()
        command = draw(store.note, RING, 3)
        signature = Signature(LIU, "technician", SignedHow.DRAWN, AT, command.content, DRAWING)
        fact = PartIssued(
            RING,
            Issued(3, True, old_due_by=(RepairNature.WARRANTY,)),
            BRANCH,
            LIU,
            signature,
            None,
            KEEPER,
        )
        moved = move(RING, "store", f"technician:{LIU}", 3, Movement.ISSUE)
        told = given(issue_note, RELEASED).when(command, store.asked(KEEPER))
        told.then_on((HOME, fact), (stock_stream(RING), moved))

    def test_asking_twice_changes_nothing(self) -> None:
        store = released()
        command = draw(store.note, RING, 3)
        assert store.do(command).decide(command) == []
        later = replace(command, signed_at=AT.replace(hour=1))
        assert store.decide(later) == []
        assert store.holds(RING) == {"supplier": -10, "store": 7, f"technician:{LIU}": 3}

    def test_the_old_part_is_due_where_card_and_nature_say_so(self) -> None:
        three = (PartWanted(RING, 1), PartWanted(GREASE, 1))
        for nature, due in ((RepairNature.WARRANTY, True), (RepairNature.PAID, False)):
            store = Store().do(replace(RELEASE, repair_nature=nature, lines=three))
            store.do(draw(store.note, RING, 1), draw(store.note, GREASE, 1))
            assert store.note.issues[RING].issued.old_part_due is due
            assert store.note.issues[GREASE].issued.old_part_due is False

    def test_a_line_is_drawn_once(self) -> None:
        store = released()
        store.do(draw(store.note, RING, 2, short_because="只有两个"))
        refused(store, draw(store.note, RING, 1, short_because="补领"), "issued-already")

    def test_no_more_than_the_note_and_the_shelf_have(self) -> None:
        store = released()
        refused(store, draw(store.note, RING, 4), "beyond-note")
        refused(store, draw(store.note, RING, 2), "short-unexplained")
        refused(store, draw(store.note, GREASE, 1), "beyond-note")
        refused(store, draw(store.note, RING, 11), "beyond-note", "beyond-stock")
        store.do(draw(store.note, RING, 2, short_because="到货前先领两个"))
        assert store.note.lines[RING].issued == Issued(
            2,
            old_part_due=True,
            short_because="到货前先领两个",
            old_due_by=(RepairNature.WARRANTY,),
        )

    def test_a_part_with_serials_is_drawn_by_them(self) -> None:
        store = released()
        refused(store, draw(store.note, PUMP, 1), "serials-unnamed")
        refused(store, draw(store.note, PUMP, 1, "P-9"), "serial-elsewhere", "serials-unnamed")
        store.do(draw(store.note, PUMP, 1, "P-2"))
        assert store.stocks[stock_stream(PUMP)].serials["P-2"] == f"technician:{LIU}"

    def test_a_part_nobody_knows_is_not_drawn(self) -> None:
        store = Store().do(replace(RELEASE, lines=(PartWanted("X-1", 1),)))
        reads = {"part-X-1": None, stock_stream("X-1"): store.stocks[stock_stream(RING)]}
        told = given(issue_note, *store.facts)
        told.when(draw(store.note, "X-1", 1), by(KEEPER, reads=reads)).refused("part-unknown")

    def test_only_the_recipient_draws_and_not_from_himself(self) -> None:
        store = released()
        refused(store, draw(store.note, RING, 3, recipient=CHEN), "wrong-recipient")
        refused(store, draw(store.note, RING, 3), "self-issue", person=LIU)

    def test_who_was_approved_to_go_with_them_gives_nothing_out_and_takes_nothing_back(
        self,
    ) -> None:
        given(issue_note).when(CREWED, by(REACTION)).then(replace(RELEASED, travellers=(LIU, CHEN)))
        store = Store().do(CREWED)
        refused(store, draw(store.note, RING, 3), "self-issue", person=CHEN)
        store.do(draw(store.note, RING, 3), signing(7, ring=2))
        refused(store, settle(store.note, RING, 2, 1), "self-reconciliation", person=CHEN)
        store.do(settle(store.note, RING, 2, 1))

    def test_the_recipient_signs_what_he_was_shown_with_his_own_hand(self) -> None:
        store = released()
        command = draw(store.note, RING, 3)
        logged_in = replace(command, how=SignedHow.SESSION)
        refused(store, logged_in, "session-of-another")
        refused(store, replace(command, content="0" * 64), "signature-stale")
        fewer = replace(command, quantity=2, short_because="少一个")
        refused(store, fewer, "signature-stale")

    def test_nothing_is_drawn_on_what_is_not_in_force(self) -> None:
        store = Store()
        command = draw(released().note, RING, 3)
        refused(store, command, "not-released", "beyond-note", "signature-stale")
        refused(released().do(ASK_VOID, VOID), command, "note-void")

    def test_the_rest_of_a_settled_note_goes_on_a_further_note(self) -> None:
        store = released()
        store.do(draw(store.note, RING, 3))
        store.do(settle(store.note, RING, 0, 3))
        assert store.note.stage is NoteStage.SETTLED
        refused(store, draw(store.note, PUMP, 1, "P-1"), "note-settled")

    def test_a_carried_part_has_no_parcel(self) -> None:
        store = released()
        command = draw(store.note, RING, 3, parcel=PARCEL)
        photo = replace(command, how=SignedHow.PHOTO, evidence=DRAWING)
        refused(store, photo, "not-posted")


class TestPosting:
    def test_the_keeper_signs_for_what_is_posted(self) -> None:
        store = Store().do(RELEASE_POSTED)
        store.do(draw(store.note, RING, 3, parcel=PARCEL))
        issue = store.note.issues[RING]
        assert (issue.signature.by, issue.signature.role) == (KEEPER, "storekeeper")
        assert store.holds(RING) == {"supplier": -10, "store": 7, f"parcel:{NUMBER}": 3}

    def test_a_posted_line_needs_the_one_parcel_of_the_note(self) -> None:
        store = Store().do(RELEASE_POSTED)
        bare = replace(draw(store.note, RING, 3), how=SignedHow.SESSION)
        refused(store, bare, "parcel-missing")
        store.do(draw(store.note, RING, 3, parcel=PARCEL))
        other = replace(PARCEL, parcel_no="SF2")
        refused(store, draw(store.note, PUMP, 1, "P-1", parcel=other), "parcel-differs")

    def test_a_parcel_comes_after_it_was_sent_and_was_not_sent_tomorrow(self) -> None:
        store = Store().do(RELEASE_POSTED)
        sent = replace(PARCEL, sent_at=PARCEL.expected_at, expected_at=AT)
        command = draw(store.note, RING, 3, parcel=sent)
        refused(store, command, "arrival-before-sending", "in-the-future")


class TestVoiding:
    def test_what_was_never_drawn_is_void_at_the_clerks_word(self) -> None:
        asked, void = VoidingAsked(None, "用户撤单", CLERK), IssueNoteVoided("用户撤单", CLERK)
        given(issue_note, RELEASED).when(ASK_VOID, by(CLERK)).then(asked)
        given(issue_note, RELEASED, asked).when(ASK_VOID, by(CLERK)).then()
        given(issue_note, RELEASED, asked).when(VOID, by(KEEPER)).then(void)
        given(issue_note, RELEASED, asked, void).when(VOID, by(KEEPER)).then()
        assert document_of(released().do(ASK_VOID, VOID).note).stage is NoteStage.VOID

    def test_what_was_drawn_comes_home_instead(self) -> None:
        told = given(issue_note, *drawn().facts).when(ASK_VOID, by(CLERK))
        told.refused_with("parts-drawn", number=NUMBER, parts=(RING, PUMP))

    def test_a_clerk_asks_for_it_and_nobody_types_their_name(self) -> None:
        typed = replace(VOID, asked_by=CLERK)
        given(issue_note, RELEASED).when(typed, by(KEEPER)).refused("clerk-has-not-asked")
        store, other = released().do(ASK_VOID), replace(VOID, asked_by=LIU)
        refused(store, other, "asked-by-another")
        assert store.decide(typed)

    def test_what_was_never_released_is_not_made_void(self) -> None:
        given(issue_note).when(VOID, by(KEEPER)).refused("not-released", "clerk-has-not-asked")


class TestDropping:
    """停领: one of two lines is out of stock, and they go with the rest."""

    def test_a_line_is_dropped_at_the_clerks_word(self) -> None:
        store = released()
        store.do(draw(store.note, RING, 3))
        refused(store, DropLine(PUMP), "clerk-has-not-asked")
        store.do(replace(ASK_VOID, part=PUMP)).do(DropLine(PUMP))
        assert store.facts[-1] == LineDropped(PUMP, "用户撤单", CLERK)
        assert store.decide(DropLine(PUMP)) == []
        refused(store, draw(store.note, PUMP, 1, "P-1"), "line-dropped")
        document = document_of(store.note)
        assert [line.dropped_because for line in document.lines] == [None, "用户撤单"]
        store.do(settle(store.note, RING, 0, 3))
        assert document_of(store.note).stage is NoteStage.SETTLED
        again = replace(ASK_VOID, part=PUMP, because="再说一次")
        refused(store, again, "line-dropped", "note-settled", person=CLERK)

    def test_what_is_drawn_or_the_only_line_is_not_dropped(self) -> None:
        store = drawn()
        refused(store, DropLine(RING), "issued-already", "clerk-has-not-asked")
        refused(store, replace(ASK_VOID, part="X-1"), "not-on-note", person=CLERK)
        alone = Store().do(replace(RELEASE, lines=(PartWanted(RING, 3),)))
        alone.do(replace(ASK_VOID, part=RING))
        refused(alone, DropLine(RING), "void-instead")


def test_an_issue_says_all_of_the_note() -> None:
    store = drawn()
    told = issue_note.public(store.note, store.note.issues[PUMP])
    document = told.document
    assert (told.this, document.stage) == ({"part": PUMP}, NoteStage.ISSUED)
    assert [line.issued.quantity for line in document.lines] == [3, 1]
    assert (document.recipient, document.parcel, document.content) == (LIU, None, None)


def test_commands_come_in_as_they_stand() -> None:
    assert isinstance(draw(released().note, RING, 3), IssuePart)
    assert opening(RING, 1).because is Movement.OPENING
