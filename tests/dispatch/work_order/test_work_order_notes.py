"""维修单与出库单 as stories: what is heard of the notes, and what of the order rests on it."""

from dataclasses import replace

import pytest

from services.dispatch import work_order
from services.dispatch.work_order.document import document_of
from services.dispatch.work_order.forgoing import ForgoParts, offered_forgoing
from services.dispatch.work_order.further_note import NameFurtherNote
from services.dispatch.work_order.notes import MOST_LINES, lacking, not_in_hand
from services.dispatch.work_order.notices import NoteIssueNote
from services.dispatch.work_order.state import WorkOrderFact
from services.dispatch.work_order.taking import RecallWorkOrder
from shared.events.dispatch import (
    FurtherNoteNamed,
    IssueNoteNoted,
    PartsForgone,
    WorkOrderRecalled,
)
from shared.events.order_sheet import Delivery, NamedNote, NotedNote, NoteStage
from shared.events.values import PartWanted
from tests.dispatch.example import (
    ASSIGNED,
    AT,
    CHEN,
    CLERK,
    FORM,
    LIU,
    NOTE_C1,
    NOTED,
    OPEN,
    OPENED,
    REPORT,
    SIGN,
    SIGNED,
    TICKET,
    by,
    opened,
)
from tests.dispatch.job import (
    CLOSED,
    DONE,
    DRAWN,
    HOME_AGAIN,
    ISSUED,
    PLANNED,
    RECORDED,
    SETTLED,
    TAKEN,
    THERE,
    VOID,
    WINDOW,
    asks,
    noted_note,
    order_of,
    settled,
    visit_of,
)
from tests.spec import given

NOTING = "reaction:note-issue-note"
RECALL = RecallWorkOrder("换人去")
NOBODY_WENT = asks(CLERK, visits=())
RECALLED = WorkOrderRecalled(LIU, "换人去")
BACK = IssueNoteNoted(settled(None, 0, 0))
"""Everything that was drawn came back, and nothing was used."""
NOTE_C2 = replace(NOTE_C1, number=f"{TICKET}-C2")
SHORT_LINES = (
    replace(ISSUED.note.lines[0], issued=1),
    ISSUED.note.lines[1],
)
SHORT = IssueNoteNoted(replace(ISSUED.note, lines=SHORT_LINES))
"""One of two was issued."""
REST = NameFurtherNote(Delivery.CARRIED, (PartWanted("MFQ-32", 1),), "库存只有一只")
FURTHER = FurtherNoteNamed(
    NamedNote(f"{TICKET}-C2", Delivery.CARRIED, (PartWanted("MFQ-32", 1),)), "库存只有一只"
)


class TestNoting:
    @pytest.mark.parametrize("past", [(), (NOTED,), TAKEN, DONE, HOME_AGAIN, (*HOME_AGAIN, CLOSED)])
    def test_what_inventory_says_is_noted_in_every_state(
        self, past: tuple[WorkOrderFact, ...]
    ) -> None:
        told = noted_note(NoteStage.SETTLED, version=9)
        given(work_order, *past).when(NoteIssueNote(told), asks(NOTING)).then(IssueNoteNoted(told))

    def test_what_is_older_or_known_changes_nothing(self) -> None:
        for version in (1, 2):
            older = NoteIssueNote(noted_note(NoteStage.RELEASED, version))
            given(work_order, *DRAWN).when(older, asks(NOTING)).then()


class TestFurtherNotes:
    def test_the_rest_of_a_short_line_goes_on_a_further_note(self) -> None:
        given(work_order, *TAKEN, SHORT).when(REST, asks(CLERK)).then(FURTHER)

    def test_naming_it_twice_changes_nothing(self) -> None:
        given(work_order, *TAKEN, SHORT, FURTHER).when(REST, asks(CLERK)).then()

    def test_a_void_note_leaves_all_of_it(self) -> None:
        whole = NameFurtherNote(Delivery.POSTED, NOTE_C1.lines, "改为邮寄")
        note = NamedNote(f"{TICKET}-C2", Delivery.POSTED, NOTE_C1.lines)
        given(work_order, *TAKEN, VOID).when(whole, asks(CLERK)).then(
            FurtherNoteNamed(note, "改为邮寄")
        )

    def test_nothing_is_named_beyond_what_was_approved(self) -> None:
        given(work_order, *TAKEN).when(REST, asks(CLERK)).refused_with(
            "beyond-approved", parts=["MFQ-32"], left=["0"]
        )
        more = replace(REST, lines=(PartWanted("MFQ-32", 2), PartWanted("XX-9", 1)))
        given(work_order, *TAKEN, SHORT).when(more, asks(CLERK)).refused_with(
            "beyond-approved", parts=["MFQ-32", "XX-9"], left=["1", "0"]
        )

    def test_a_note_without_parts_is_none(self) -> None:
        empty = replace(REST, lines=())
        given(work_order, *TAKEN, SHORT).when(empty, asks(CLERK)).refused("note-empty")

    def test_an_order_has_no_more_lines_than_it_can_be_closed_with(self) -> None:
        line = PartWanted("MFQ-32", 1)
        many = NamedNote(f"{TICKET}-C9", Delivery.CARRIED, (line,) * (MOST_LINES - 2))
        listed = FurtherNoteNamed(replace(many, lines=many.lines[:-1]), "x")
        unheard = IssueNoteNoted(replace(VOID.note, number=many.number))
        given(work_order, *TAKEN, listed, unheard, SHORT).when(REST, asks(CLERK)).then(
            replace(FURTHER, note=replace(FURTHER.note, number=f"{TICKET}-C3"))
        )
        full = replace(listed, note=many)
        given(work_order, *TAKEN, full, unheard, SHORT).when(REST, asks(CLERK)).refused_with(
            "too-many", field="notes", limit=MOST_LINES
        )

    def test_only_a_taken_order_names_one_and_only_before_the_signature(self) -> None:
        story = given(work_order, NOTED, OPENED, SHORT)
        story.when(REST, asks(CLERK)).refused("not-accepted")
        past = (*TAKEN, SHORT, *DONE[5:])
        given(work_order, *past).when(REST, asks(CLERK)).refused("signed-already")
        past = (*HOME_AGAIN, replace(SHORT, note=replace(SHORT.note, version=9)))
        given(work_order, *past).when(REST, asks(CLERK)).refused("handed-in-already")
        given(work_order, *past, CLOSED).when(REST, asks(CLERK)).refused("closed-already")

    def test_others_read_every_note_in_force(self) -> None:
        state = order_of(*TAKEN, SHORT, FURTHER)
        public = work_order.public(state, FURTHER)
        assert public.document.notes == (NOTE_C1, FURTHER.note)
        assert public.this == {"note": FURTHER.note, "because": FURTHER.because}


class TestLost:
    """The only seals and the valve were in the post, and are granted as lost."""

    POSTED = replace(ISSUED.note, delivery=Delivery.POSTED, announced=True, expected_at=AT)
    GONE = IssueNoteNoted(
        replace(POSTED, lines=tuple(replace(e, lost=e.issued or 0) for e in POSTED.lines))
    )
    HALF = IssueNoteNoted(
        replace(POSTED, lines=(replace(POSTED.lines[0], lost=1), POSTED.lines[1]))
    )
    HOME = IssueNoteNoted(
        replace(POSTED, lines=(replace(POSTED.lines[0], reconciled=True, used=0), POSTED.lines[1]))
    )
    ALL = ForgoParts(("MFQ-32", "RHZ-1"), "邮件丢失，先去查看")

    @pytest.mark.parametrize(("heard", "parts"), [(GONE, ["MFQ-32", "RHZ-1"]), (HOME, ["MFQ-32"])])
    def test_what_is_lost_or_handed_back_is_in_nobodys_hands(
        self, heard: IssueNoteNoted, parts: list[str]
    ) -> None:
        order = order_of(*TAKEN, heard)
        assert not_in_hand(order, WINDOW.start_at) == [NOTE_C1.number]
        assert lacking(order) == parts

    def test_what_is_left_of_a_line_is(self) -> None:
        order = order_of(*TAKEN, self.HALF)
        assert (not_in_hand(order, WINDOW.start_at), lacking(order)) == ([], [])

    def test_a_further_note_brings_it_again(self) -> None:
        given(work_order, *TAKEN, self.HALF).when(REST, asks(CLERK)).then(FURTHER)
        both = replace(FURTHER, note=replace(FURTHER.note, lines=NOTE_C1.lines))
        past = (*TAKEN, self.GONE, both)
        assert not_in_hand(order_of(*past), WINDOW.start_at) == [both.note.number]
        drawn = IssueNoteNoted(replace(ISSUED.note, number=both.note.number))
        assert not_in_hand(order_of(*past, drawn), WINDOW.start_at) == []

    def test_or_the_technician_leaves_without_it(self) -> None:
        story = given(work_order, *TAKEN, self.GONE).when(self.ALL, NOBODY_WENT)
        forgone = PartsForgone(CLERK, self.ALL.parts, self.ALL.because)
        story.then(forgone)
        assert not_in_hand(order_of(*TAKEN, self.GONE, forgone), WINDOW.start_at) == []


class TestGoingWithout:
    OPEN_LINE = replace(ISSUED.note.lines[1], issued=None)
    ONE_DRAWN = IssueNoteNoted(replace(ISSUED.note, lines=(ISSUED.note.lines[0], OPEN_LINE)))
    FORGO = ForgoParts(("RHZ-1",), "仓库缺货")
    FORGONE = PartsForgone(CLERK, ("RHZ-1",), "仓库缺货")
    ALL = PartsForgone(CLERK, ("RHZ-1", "MFQ-32"), "先去查看")

    def test_the_clerk_says_which_parts_and_why(self) -> None:
        drawn = (*TAKEN, self.ONE_DRAWN)
        given(work_order, *drawn).when(self.FORGO, NOBODY_WENT).then(self.FORGONE)
        given(work_order, *drawn, self.FORGONE).when(self.FORGO, asks(CLERK)).then()

    def test_nobody_leaves_without_what_is_in_hand_or_comes_in_time(self) -> None:
        both = ForgoParts(("RHZ-1", "MFQ-32"), "仓库缺货")
        posted = replace(ISSUED.note, delivery=Delivery.POSTED, announced=True)
        in_time = replace(posted, expected_at=WINDOW.start_at)
        late = replace(posted, expected_at=WINDOW.end_at)
        to_be_made = asks(CLERK, visits=(visit_of(PLANNED),))
        for heard, asked, parts in (
            (self.ONE_DRAWN, NOBODY_WENT, ["MFQ-32"]),
            (IssueNoteNoted(in_time), to_be_made, ["RHZ-1", "MFQ-32"]),
            (IssueNoteNoted(late), NOBODY_WENT, ["RHZ-1", "MFQ-32"]),
            (IssueNoteNoted(replace(late, opened=True)), to_be_made, ["RHZ-1", "MFQ-32"]),
        ):
            given(work_order, *TAKEN, heard).when(both, asked).refused_with(
                "in-hand-already", parts=parts
            )
        given(work_order, *TAKEN, IssueNoteNoted(late)).when(both, to_be_made).then(
            PartsForgone(CLERK, both.parts, both.because)
        )

    def test_what_is_forgone_holds_nobody_up(self) -> None:
        posted = IssueNoteNoted(replace(ISSUED.note, delivery=Delivery.POSTED))
        for past, more, waits in (
            ((self.ONE_DRAWN,), (), [NOTE_C1.number]),
            ((self.ONE_DRAWN,), (self.FORGONE,), []),
            ((), (self.FORGONE,), [NOTE_C1.number]),
            ((VOID,), (self.FORGONE,), [NOTE_C1.number]),
            *(((heard,), (self.ALL,), []) for heard in (VOID, BACK, posted)),
            ((), (self.ALL,), []),
        ):
            assert not_in_hand(order_of(*TAKEN, *past, *more), WINDOW.start_at) == waits

    def test_what_the_store_dropped_is_not_waited_for_either(self) -> None:
        """A line is given back after another was dropped: a further note brings the first alone."""
        back = settled(None, 0, 0)
        dropped = IssueNoteNoted(replace(back, lines=back.lines[:1]))
        instead = replace(FURTHER, note=replace(FURTHER.note, lines=NOTE_C1.lines[:1]))
        drawn = replace(ISSUED.note, number=instead.note.number, lines=ISSUED.note.lines[:1])
        past = (*TAKEN, dropped, instead)
        assert not_in_hand(order_of(*past), WINDOW.start_at) == [instead.note.number]
        assert not_in_hand(order_of(*past, IssueNoteNoted(drawn)), WINDOW.start_at) == []

    def test_what_a_later_note_names_is_waited_for_again(self) -> None:
        seals = replace(FURTHER, note=replace(FURTHER.note, lines=NOTE_C1.lines[:1]))
        both = order_of(*TAKEN, VOID, self.ALL, seals)
        assert both.forgone == replace(self.ALL, parts=("RHZ-1",))
        assert not_in_hand(both, WINDOW.start_at) == [seals.note.number]
        assert order_of(*TAKEN, self.FORGONE, RECALLED, ASSIGNED, SIGNED).forgone is None

    @pytest.mark.parametrize(
        ("past", "parts", "code"),
        [
            ((NOTED, OPENED, ASSIGNED), ("RHZ-1",), "not-accepted"),
            ((*TAKEN, *DONE[5:]), ("RHZ-1",), "signed-already"),
            (TAKEN, (), "note-empty"),
            (TAKEN, ("XX-9",), "not-on-its-notes"),
        ],
    )
    def test_only_parts_that_its_notes_name_and_before_the_signature(
        self, past: tuple[WorkOrderFact, ...], parts: tuple[str, ...], code: str
    ) -> None:
        forgo = ForgoParts(parts, "仓库缺货")
        given(work_order, *past).when(forgo, NOBODY_WENT).refused(code)

    def test_what_is_lacking_is_offered(self) -> None:
        for past, parts in (
            ((*TAKEN, self.ONE_DRAWN), [("RHZ-1",)]),
            ((*TAKEN, self.ONE_DRAWN, self.FORGONE), []),
            (TAKEN, [("MFQ-32", "RHZ-1")]),
            (DRAWN, []),
        ):
            offered = offered_forgoing(TICKET, order_of(*past))
            assert [each.parts for each in offered] == parts


class TestRecalling:
    @pytest.mark.parametrize("home", [VOID, BACK, SETTLED])
    def test_an_order_is_recalled_once_its_notes_are_void_or_settled(
        self, home: IssueNoteNoted
    ) -> None:
        given(work_order, *TAKEN, home).when(RECALL, NOBODY_WENT).then(RECALLED)

    @pytest.mark.parametrize("heard", [(), (ISSUED,), (SHORT,)])
    def test_it_is_not_while_parts_are_out(self, heard: tuple[IssueNoteNoted, ...]) -> None:
        given(work_order, *TAKEN, *heard).when(RECALL, NOBODY_WENT).refused_with(
            "parts-still-held", notes=[NOTE_C1.number]
        )

    def test_what_another_has_taken_over_does_not_hold_it_up(self) -> None:
        handed = IssueNoteNoted(replace(ISSUED.note, version=3, recipient=CHEN))
        given(work_order, *TAKEN, ISSUED, handed).when(RECALL, NOBODY_WENT).then(RECALLED)

    @pytest.mark.parametrize(
        ("out", "anew"),
        [
            (ISSUED, []),
            (IssueNoteNoted(settled("5" * 64, 2, 1)), []),
            (SHORT, [NamedNote(f"{TICKET}-C2", Delivery.CARRIED, (PartWanted("MFQ-32", 1),))]),
        ],
    )
    def test_made_out_anew_it_keeps_the_notes_whose_parts_are_out(
        self, out: IssueNoteNoted, anew: list[NamedNote]
    ) -> None:
        handed = IssueNoteNoted(replace(out.note, version=4, recipient=CHEN))
        newer = replace(NOTED, version=9, approved=replace(REPORT, content="b" * 64))
        past = (*TAKEN, handed, RECALLED, newer)
        command = replace(OPEN, form=replace(FORM, approved="b" * 64))
        opened_anew = opened(command.form, NOTE_C1, *anew)
        asked = by(CLERK)
        given(work_order, *past).when(command, asked).then(opened_anew)
        assert order_of(*past, opened_anew).notes_named == 1 + len(anew)

    def test_it_is_not_while_its_technician_is_out(self) -> None:
        for past in (THERE[:3], THERE):
            out = asks(CLERK, visits=(visit_of(*past),))
            given(work_order, *TAKEN, VOID).when(RECALL, out).refused_with(
                "on-site", visits=[f"{TICKET}-V1"]
            )
        planned = asks(CLERK, visits=(visit_of(PLANNED),))
        given(work_order, *TAKEN, VOID).when(RECALL, planned).then(RECALLED)

    def test_what_the_customer_signed_is_not_recalled(self) -> None:
        given(work_order, *DONE, SETTLED).when(RECALL, NOBODY_WENT).refused("signed-already")

    @pytest.mark.parametrize("home", [VOID, BACK])
    def test_signed_again_it_names_new_notes_for_what_came_to_nothing(
        self, home: IssueNoteNoted
    ) -> None:
        past = (*TAKEN, home, RECALLED, ASSIGNED)
        again = replace(SIGNED, notes=(NOTE_C2,))
        given(work_order, *past).when(SIGN, asks(LIU, at=SIGNED.signature.signed_at)).then(again)
        state = order_of(*past, again)
        assert state.notes == (NOTE_C2,)
        assert [note.number for note in state.released] == [NOTE_C1.number, NOTE_C2.number]
        assert state.notes_named == 2

    def test_a_note_something_was_used_of_keeps_its_number(self) -> None:
        past = (*TAKEN, SETTLED, RECALLED, ASSIGNED)
        given(work_order, *past).when(SIGN, asks(LIU, at=SIGNED.signature.signed_at)).then(SIGNED)

    def test_what_further_notes_stood_in_for_is_not_named_twice(self) -> None:
        whole = FurtherNoteNamed(replace(NOTE_C2, lines=NOTE_C1.lines), "改期")
        void = IssueNoteNoted(replace(VOID.note, number=NOTE_C2.number))
        past = (*TAKEN, VOID, whole, void, RECALLED, ASSIGNED)
        again = replace(SIGNED, notes=(replace(NOTE_C1, number=f"{TICKET}-C3"),))
        given(work_order, *past).when(SIGN, asks(LIU, at=SIGNED.signature.signed_at)).then(again)

    def test_what_was_recorded_before_is_recorded_anew(self) -> None:
        assert order_of(*DRAWN, RECORDED, VOID, RECALLED).work is None

    def test_everybody_who_signed_is_remembered(self) -> None:
        by_chen = replace(SIGNED, signature=replace(SIGNED.signature, by=CHEN), notes=(NOTE_C2,))
        to_chen = replace(ASSIGNED, technician=CHEN)
        state = order_of(*TAKEN, VOID, RECALLED, to_chen, by_chen)
        assert document_of(state).technicians == (LIU, CHEN)


POSTED = replace(ISSUED.note, delivery=Delivery.POSTED)


@pytest.mark.parametrize(
    ("heard", "in_hand"),
    [
        (None, False),
        (noted_note(NoteStage.RELEASED), False),
        (replace(ISSUED.note, recipient=CHEN), False),
        (
            replace(
                ISSUED.note, lines=(ISSUED.note.lines[0], noted_note(NoteStage.RELEASED).lines[1])
            ),
            False,
        ),
        (ISSUED.note, True),
        (SHORT.note, True),
        (SETTLED.note, True),
        (VOID.note, False),
        (BACK.note, False),
        (POSTED, False),
        (replace(POSTED, expected_at=WINDOW.start_at), False),
        (replace(POSTED, announced=True, expected_at=WINDOW.end_at), False),
        (replace(POSTED, announced=True, expected_at=WINDOW.start_at), True),
        (replace(POSTED, opened=True), True),
    ],
)
def test_parts_are_in_hand_when_they_are_drawn_or_come_in_time(
    heard: NotedNote | None, in_hand: bool
) -> None:
    past = [*TAKEN, *([IssueNoteNoted(heard)] if heard else [])]
    missing = not_in_hand(order_of(*past), WINDOW.start_at)
    assert missing == ([] if in_hand else [NOTE_C1.number])


def test_a_further_note_stands_in_for_a_void_one() -> None:
    whole = FurtherNoteNamed(NOTE_C2, "改期")
    drawn = IssueNoteNoted(replace(ISSUED.note, number=NOTE_C2.number))
    assert not_in_hand(order_of(*TAKEN, VOID, whole), WINDOW.start_at) == [NOTE_C2.number]
    assert not_in_hand(order_of(*TAKEN, VOID, whole, drawn), WINDOW.start_at) == []
