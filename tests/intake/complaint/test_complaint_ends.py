"""投诉处理、回访与结案 as stories: resolved by its owner, closed by somebody else."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.intake import complaint, reactions
from services.intake.complaint import board, calls_due
from services.intake.complaint.calling import EndComplaintCall, TryComplaintCall
from services.intake.complaint.clocks import (
    Above,
    MarkComplaintCallOverdue,
    MarkOverdue,
    UrgeComplaintCall,
)
from services.intake.complaint.ending import CloseComplaint, EndComplaint
from shared.decider import Fact, Happened
from shared.events.complaints import (
    CallEnding,
    CallTried,
    ComplaintCallEnded,
    ComplaintCallOverdue,
    ComplaintCallTried,
    ComplaintCallUrged,
    ComplaintClosed,
    ComplaintEnded,
    ComplaintEnding,
    ComplaintLinked,
    ComplaintOverdue,
    ComplaintReassigned,
    ComplaintReclassified,
    ComplaintStage,
)
from shared.events.followup import Satisfied
from shared.events.values import SEVERAL, FileRef, Role, Warned
from shared.policy import CORE, Core
from shared.policy.source import read
from tests.intake.complaint.example import (
    ASSIGN,
    ASSIGNED,
    CONFIRM,
    CONFIRMED,
    GIVEN_UP,
    HOME,
    NUMBER,
    OTHER,
    RECEIVED,
    REOPEN,
    REOPENED,
    RESOLVE,
    RESOLVED,
    RULED,
    TO_ASSIGNED,
    TO_CONFIRMED,
    TO_RESOLVED,
    by,
    rows_of,
    sealed,
    state,
    terms,
    told,
)
from tests.intake.example import AT, HE, LI, QIAN, WANG, ZHAO, ZHOU
from tests.shared.http_desk import POLICIES
from tests.spec import given

NOTICE = FileRef("答复函.pdf", "a" * 64, "application/pdf", 4_000)
TRY = TryComplaintCall("电话", "无人接听")
TRIED = ComplaintCallTried(CallTried(AT, LI, "电话", "无人接听"))
GIVE_UP = EndComplaintCall(CallEnding.UNREACHED, "号码停机")
CLOSED = ComplaintClosed(None, ZHAO)
WITHDRAW = EndComplaint(ComplaintEnding.WITHDRAWN, said=sealed("said"))
WITHDRAWN = ComplaintEnded(ComplaintEnding.WITHDRAWN, sealed("said"), None, None, LI)
TWICE = EndComplaint(ComplaintEnding.DUPLICATE, other=OTHER)
UNSETTLED = EndComplaint(ComplaintEnding.UNSETTLED, because="用户要求退一赔三，已告知途径")
QUALITY = replace(RESOLVED, quality_was_cause=True)
RECLASSIFIED = ComplaintReclassified(
    "complex", False, terms(), (), nobody_above=False, because="牵涉三方", by=LI
)
LINKED = ComplaintLinked(OTHER, (), emergency=False, told=())
TO_REOPENED: tuple[Fact, ...] = (*TO_RESOLVED, REOPENED)


HANDED_ON = ComplaintReassigned(
    "service", ZHAO, (ZHOU,), (), nobody_above=False, complained_of=WANG, because="调班", by=LI
)


class TestResolving:
    def test_its_owner_says_what_was_found_and_done(self) -> None:
        given(complaint, *TO_ASSIGNED).when(RESOLVE, by(HE)).then(RESOLVED)
        given(complaint, *TO_RESOLVED).when(RESOLVE, by(HE)).then()
        assert state(*TO_RESOLVED).stage is ComplaintStage.RESOLVED

    def test_with_penalty_compensation_and_corrective_action(self) -> None:
        told_at = AT - timedelta(minutes=5)
        more: dict[str, Any] = {
            "penalty": "记大过",
            "compensation_fen": 5_000,
            "corrective_action": "ZG-1",
        }
        command = replace(RESOLVE, customer_told_at=told_at, **more)
        fact = replace(RESOLVED, customer_told_at=told_at, **more)
        given(complaint, *TO_ASSIGNED).when(command, by(HE)).then(fact)

    def test_by_nobody_else_but_in_their_place(self) -> None:
        given(complaint, *TO_ASSIGNED).when(RESOLVE, by(LI)).refused_with("not-its-owner", owner=HE)
        given(complaint, *TO_ASSIGNED).when(RESOLVE, by(LI, for_=HE)).then(replace(RESOLVED, by=LI))

    def test_whom_it_is_about_does_not_resolve_it_for_its_owner(self) -> None:
        about_li = replace(ASSIGNED, complained_of=LI)
        given(complaint, RECEIVED, about_li).when(RESOLVE, by(LI, for_=HE)).refused("complained-of")

    def test_not_before_somebody_owns_it(self) -> None:
        given(complaint, RECEIVED).when(RESOLVE, by(HE)).refused("complaint-stage")
        given(complaint, *TO_CONFIRMED).when(RESOLVE, by(HE)).refused("complaint-stage")

    def test_in_writing_where_its_class_asks_for_it(self) -> None:
        complex_ = replace(ASSIGNED, class_code="complex", terms=terms(notice=True))
        given(complaint, RECEIVED, complex_).when(RESOLVE, by(HE)).refused_with(
            "notice-missing", class_code="complex"
        )
        written = replace(RESOLVE, written_notice=NOTICE)
        given(complaint, RECEIVED, complex_).when(written, by(HE)).then(
            replace(RESOLVED, written_notice=NOTICE)
        )


class TestCallingBack:
    def test_the_call_tells_the_customer_and_they_are_content(self) -> None:
        given(complaint, *TO_RESOLVED).when(CONFIRM, by(LI)).then(CONFIRMED)
        given(complaint, *TO_CONFIRMED).when(CONFIRM, by(LI)).then()
        before = AT - timedelta(minutes=5)
        earlier = replace(RESOLVED, customer_told_at=before)
        given(complaint, *TO_ASSIGNED, earlier).when(CONFIRM, by(LI)).then(
            replace(CONFIRMED, customer_told_at=before)
        )

    def test_who_is_not_satisfied_confirms_nothing(self) -> None:
        unhappy = replace(CONFIRM, satisfied=Satisfied.NO)
        given(complaint, *TO_RESOLVED).when(unhappy, by(LI)).refused("complainant-dissatisfied")
        partly = replace(CONFIRM, satisfied=Satisfied.PARTLY)
        given(complaint, *TO_RESOLVED).when(partly, by(LI)).then(
            replace(CONFIRMED, satisfied=Satisfied.PARTLY)
        )

    def test_not_before_it_is_resolved(self) -> None:
        for command in (CONFIRM, TRY, GIVE_UP, REOPEN):
            given(complaint, RECEIVED).when(command, by(LI)).refused("complaint-stage")

    @pytest.mark.parametrize("past", [TO_RESOLVED, TO_CONFIRMED, (*TO_RESOLVED, GIVEN_UP)])
    def test_it_is_reopened_in_their_words_and_its_time_runs_anew(
        self, past: tuple[Fact, ...]
    ) -> None:
        given(complaint, *past).when(REOPEN, by(LI)).then(REOPENED)
        given(complaint, *past, REOPENED).when(REOPEN, by(LI)).then()
        after = state(*past, REOPENED)
        assert (after.stage, after.owner) == (ComplaintStage.ASSIGNED, HE)
        assert (after.runs_from, after.confirmed) == (AT, None)

    def test_of_a_class_without_a_time_another_is_agreed(self) -> None:
        ruled = replace(RULED, as_agreed=True, terms=None)
        agreed = replace(ASSIGNED, class_code="very_complex")
        past = (RECEIVED, agreed, RESOLVED)
        given(complaint, *past).when(replace(REOPEN, ruled=ruled), by(LI)).refused("agreed-until")

    def test_every_try_stands_by_itself_and_the_last_ones_stay(self) -> None:
        given(complaint, *TO_RESOLVED).when(TRY, by(LI)).then(TRIED)
        given(complaint, *TO_RESOLVED, TRIED).when(TRY, by(LI)).then()
        many = [
            ComplaintCallTried(replace(TRIED.tried, at=AT + timedelta(days=n)))
            for n in range(SEVERAL + 1)
        ]
        assert len(state(*TO_RESOLVED, *many).tried) == SEVERAL

    def test_whom_nobody_reaches_is_given_up_after_days_of_the_record(self) -> None:
        past = (*TO_RESOLVED, TRIED)
        in_a_minute = told(by(LI), (RESOLVED, 0), (TRIED, 0.1), (TRIED, 0.2), (TRIED, 0.3))
        given(complaint, *past).when(GIVE_UP, in_a_minute).refused_with(
            "complaint-calls-few", days=1, needed=3
        )
        before = told(by(LI), (TRIED, 0), (TRIED, 1), (RESOLVED, 1.5), (TRIED, 2))
        given(complaint, *past).when(GIVE_UP, before).refused("complaint-calls-few")
        enough = told(by(LI), (RESOLVED, 0), (TRIED, 0.1), (TRIED, 1), (TRIED, 2))
        days = tuple(date(2026, 11, 23) + timedelta(days=n) for n in range(3))
        fact = replace(GIVEN_UP, tried_on=days)
        given(complaint, *past).when(GIVE_UP, enough).then(fact)
        given(complaint, *past, fact).when(GIVE_UP, enough).then()

    def test_who_wants_no_call_is_left_in_peace(self) -> None:
        declined = EndComplaintCall(CallEnding.DECLINED, "不必再打")
        fact = ComplaintCallEnded(CallEnding.DECLINED, "不必再打", (), LI)
        given(complaint, *TO_RESOLVED).when(declined, by(LI)).then(fact)

    def test_whom_it_is_about_calls_nobody(self) -> None:
        about_li = (RECEIVED, replace(ASSIGNED, complained_of=LI), RESOLVED)
        for command in (CONFIRM, TRY, REOPEN, replace(GIVE_UP, stage=CallEnding.DECLINED)):
            given(complaint, *about_li).when(command, by(LI)).refused("complained-of")

    @pytest.mark.parametrize(
        "command", [TRY, CONFIRM, REOPEN, replace(GIVE_UP, stage=CallEnding.DECLINED)]
    )
    def test_nor_does_whoever_owns_or_resolved_it(self, command: Any) -> None:
        """Nobody asks the customer about their own work, nor says for them what they think."""
        past = (*TO_RESOLVED, HANDED_ON)
        for person in (HE, ZHAO):
            own = given(complaint, *past).when(command, by(person))
            own.refused_with("owner-calls", owner=person)
        in_his_place = Happened(replace(RESOLVED, by=LI), AT, AT, LI, HE)
        asked = replace(by(HE), happened={HOME: (in_his_place,)})
        given(complaint, *past).when(command, asked).refused("owner-calls")


class TestClosing:
    @pytest.mark.parametrize("past", [TO_CONFIRMED, (*TO_RESOLVED, GIVEN_UP)])
    def test_by_somebody_who_did_not_own_it(self, past: tuple[Fact, ...]) -> None:
        given(complaint, *past).when(CloseComplaint(), by(ZHAO)).then(CLOSED)
        given(complaint, *past, CLOSED).when(CloseComplaint(), by(ZHAO)).then()
        given(complaint, *past).when(CloseComplaint(), by(HE)).refused_with(
            "owner-closes", owner=HE
        )

    def test_whoever_resolved_it_is_held_to_it_after_it_was_handed_on(self) -> None:
        past = (*TO_CONFIRMED, HANDED_ON)
        for person in (HE, ZHAO):
            given(complaint, *past).when(CloseComplaint(), by(person)).refused("owner-closes")

    def test_nor_does_the_owner_for_whom_somebody_else_resolved_it(self) -> None:
        handed_on = replace(HANDED_ON, by=QIAN)
        in_his_place = replace(RESOLVED, by=LI)
        past = (*TO_ASSIGNED, in_his_place, CONFIRMED, handed_on)
        resolved = Happened(in_his_place, AT, AT, LI, HE)
        for person in (HE, LI):
            asked = replace(by(person), happened={HOME: (resolved,)})
            given(complaint, *past).when(CloseComplaint(), asked).refused("owner-closes")

    def test_not_before_the_call_back(self) -> None:
        given(complaint, *TO_RESOLVED).when(CloseComplaint(), by(ZHAO)).refused("complaint-stage")

    def test_where_quality_was_the_cause_it_names_the_corrective_action(self) -> None:
        past = (*TO_ASSIGNED, QUALITY, CONFIRMED)
        given(complaint, *past).when(CloseComplaint(), by(ZHAO)).refused(
            "corrective-action-missing"
        )
        given(complaint, *past).when(CloseComplaint("ZG-1"), by(ZHAO)).then(
            ComplaintClosed("ZG-1", ZHAO)
        )
        before = (*TO_ASSIGNED, replace(QUALITY, corrective_action="ZG-1"), CONFIRMED)
        given(complaint, *before).when(CloseComplaint(), by(ZHAO)).then(CLOSED)


class TestEnding:
    @pytest.mark.parametrize("past", [(RECEIVED,), TO_ASSIGNED, TO_RESOLVED, TO_CONFIRMED])
    def test_the_customer_withdraws_it_in_their_own_words(self, past: tuple[Fact, ...]) -> None:
        given(complaint, *past).when(WITHDRAW, by(LI)).then(WITHDRAWN)
        given(complaint, *past, WITHDRAWN).when(WITHDRAW, by(LI)).then()
        mute = replace(WITHDRAW, said=None)
        given(complaint, *past).when(mute, by(LI)).refused_with(
            "ending-incomplete", missing=["said"]
        )

    def test_nobody_ends_their_own(self) -> None:
        given(complaint, *TO_ASSIGNED).when(WITHDRAW, by(HE)).refused("owner-closes")
        about_li = replace(RECEIVED, complained_of=LI)
        given(complaint, about_li).when(WITHDRAW, by(LI)).refused("complained-of")

    def test_nor_what_was_theirs_before_they_gave_it_away(self) -> None:
        given_away = replace(HANDED_ON, owner=LI, because="下班", by=HE)
        past = (*TO_ASSIGNED, given_away)
        for person in (HE, LI):
            told = given(complaint, *past).when(WITHDRAW, by(person))
            told.refused_with("owner-closes", owner=person)

    def test_with_one_that_is_taken_back_no_other_goes(self) -> None:
        past = (RECEIVED, LINKED)
        told = given(complaint, *past).when(WITHDRAW, by(LI))
        told.refused_with("others-complained-too", numbers=(OTHER,))
        word = replace(WITHDRAW, because="另一件已一并办妥")
        given(complaint, *past).when(word, by(LI)).refused("others-complained-too")
        assert given(complaint, *past).when(word, by(ZHAO)).decision()

    def test_what_is_over_does_not_end_again(self) -> None:
        given(complaint, *TO_CONFIRMED, CLOSED).when(WITHDRAW, by(LI)).refused("complaint-stage")

    def test_a_duplicate_names_the_one_that_goes_on_which_learns_of_it(self) -> None:
        there = {f"complaint-{OTHER}": state(replace(RECEIVED, number=OTHER))}
        fact = ComplaintEnded(ComplaintEnding.DUPLICATE, None, None, OTHER, LI)
        given(complaint, RECEIVED).when(TWICE, by(LI, read=there)).then_on(
            (HOME, fact),
            (f"complaint-{OTHER}", ComplaintLinked(NUMBER, (WANG,), emergency=False, told=())),
        )
        assert state(RECEIVED, LINKED).linked == (OTHER,)

    def test_whom_it_was_about_and_an_emergency_go_on_with_the_other(self) -> None:
        there = {f"complaint-{OTHER}": state(replace(RECEIVED, number=OTHER))}
        urgent = replace(ASSIGNED, emergency=True, told=(ZHAO, ZHOU), complained_of=QIAN)
        ended = given(complaint, RECEIVED, urgent).when(TWICE, by(LI, read=there)).decision()
        linked = ComplaintLinked(NUMBER, (WANG, QIAN), emergency=True, told=(ZHAO, ZHOU))
        assert ended[1] == (f"complaint-{OTHER}", linked)
        bare = replace(RECEIVED, complained_of=None)
        after = state(bare, linked)
        assert (after.complained_of, after.ever_complained_of) == (WANG, (WANG, QIAN))
        assert (after.emergency, after.told) == (True, (ZHAO, ZHOU))
        (row,) = rows_of(board, bare, linked)
        assert (row.complained_of, row.emergency) == (WANG, True)
        mine = given(complaint, bare, replace(ASSIGNED, complained_of=None), linked, RESOLVED)
        mine.when(CONFIRM, by(QIAN)).refused("complained-of")

    def test_of_both_no_more_people_are_complained_of_than_a_list_is_long(self) -> None:
        many = tuple(f"T-{n}" for n in range(SEVERAL))
        there = state(replace(RECEIVED, number=OTHER), replace(LINKED, complained_of=many))
        told = given(complaint, replace(RECEIVED, complained_of=QIAN))
        told.when(TWICE, by(LI, read={f"complaint-{OTHER}": there})).refused_with(
            "too-many", field="complained_of", limit=SEVERAL
        )

    def test_what_became_an_emergency_so_is_assigned_as_one(self) -> None:
        """Those of the department that it goes to know nothing of the other one."""
        urgent = replace(LINKED, emergency=True, told=(QIAN,))
        fact = replace(ASSIGNED, emergency=True, told=(ZHAO, ZHOU))
        given(complaint, RECEIVED, urgent).when(ASSIGN, by(LI)).then(fact)
        after = given(complaint, RECEIVED, urgent, fact)
        after.when(ASSIGN, by(LI)).then()
        assert after.state.told == (ZHAO, ZHOU)

    def test_of_an_emergency_another_department_that_has_the_other_one_is_told_at_once(
        self,
    ) -> None:
        """Not where they were told already, nor before anybody has it: its assignment tells.

        Which department has it by now, its own record says.
        """
        service = replace(RULED, department="service", head=(LI,))
        quality = replace(RULED, department="quality", head=(QIAN,))
        twice = replace(TWICE, ruled=(service, quality))
        urgent = given(complaint, RECEIVED, replace(ASSIGNED, emergency=True, told=(ZHAO,)))
        bare = replace(RECEIVED, number=OTHER, complained_of=None)
        theirs = replace(ASSIGNED, owner=LI, complained_of=None)
        apart = replace(theirs, department="quality")
        for there, heard in (
            ((apart,), (ZHAO, QIAN, ZHOU)),
            ((replace(apart, emergency=True),), (ZHAO,)),
            ((theirs,), (ZHAO,)),
            ((), (ZHAO,)),
        ):
            asked = by(QIAN, read={f"complaint-{OTHER}": state(bare, *there)})
            linked = ComplaintLinked(NUMBER, (WANG,), emergency=True, told=heard)
            _, fact = urgent.when(twice, asked).decision()
            assert fact == (f"complaint-{OTHER}", linked)

    def test_of_a_complaint_that_is_there_and_goes_on_itself(self) -> None:
        name = f"complaint-{OTHER}"
        nothing, over = complaint.initial, state(RECEIVED, WITHDRAWN)
        given(complaint, RECEIVED).when(TWICE, by(LI, read={name: nothing})).refused(
            "complaint-unknown"
        )
        given(complaint, RECEIVED).when(TWICE, by(LI, read={name: over})).refused("complaint-ended")
        closed = state(*TO_CONFIRMED, CLOSED)
        given(complaint, RECEIVED).when(TWICE, by(LI, read={name: closed})).refused(
            "complaint-ended"
        )
        itself = replace(TWICE, other=NUMBER)
        given(complaint, RECEIVED).when(itself, by(LI)).refused("complaint-of-itself")

    def test_of_this_customer_as_far_as_both_are_known(self) -> None:
        """Nobody's complaint is ended in that of somebody else."""
        name, theirs = f"complaint-{OTHER}", replace(RECEIVED, number=OTHER, customer="C-9")
        ours, unknown = replace(RECEIVED, customer="C-1"), replace(theirs, customer=None)
        at = by(LI, read={name: state(theirs)})
        story = given(complaint, ours).when(TWICE, at)
        story.refused_with("complaint-of-another", number=OTHER)
        at = by(LI, read={name: state(unknown)})
        assert len(list(given(complaint, ours).when(TWICE, at).decision())) == 2

    def test_of_one_that_has_nothing_in_common_an_approver_says_why(self) -> None:
        name = f"complaint-{OTHER}"
        stranger = replace(RECEIVED, number=OTHER, ticket=None)
        told = given(complaint, RECEIVED).when(TWICE, by(LI, read={name: state(stranger)}))
        told.refused_with("complaint-unlike", number=OTHER)
        warned = replace(stranger, warnings=(Warned("open-complaint", (NUMBER,)),))
        at = by(LI, read={name: state(warned)})
        assert given(complaint, RECEIVED).when(TWICE, at).decision()
        word, at = replace(TWICE, because="同一次上门"), by(ZHAO, read={name: state(stranger)})
        assert given(complaint, RECEIVED).when(word, at).decision()

    def test_of_none_that_is_resolved_already_nor_by_its_owner_nor_into_theirs(self) -> None:
        """Nobody would answer it, or whoever it is about would."""
        name, theirs = f"complaint-{OTHER}", replace(RECEIVED, number=OTHER)
        told = given(complaint, RECEIVED)
        resolved = by(LI, read={name: state(theirs, ASSIGNED, RESOLVED)})
        told.when(TWICE, resolved).refused("complaint-ended")
        told.when(TWICE, by(HE, read={name: state(theirs, ASSIGNED)})).refused("owner-closes")
        about_he = given(complaint, replace(RECEIVED, complained_of=HE))
        at = by(LI, read={name: state(theirs, ASSIGNED)})
        about_he.when(TWICE, at).refused_with("other-owner-complained-of", number=OTHER, person=HE)
        given_on = ComplaintReassigned(
            "service", ZHOU, (), (), nobody_above=False, complained_of=WANG, because="避嫌", by=LI
        )
        at = by(LI, read={name: state(theirs, ASSIGNED, given_on)})
        assert about_he.when(TWICE, at).decision()

    def test_who_cannot_be_satisfied_is_told_so_by_an_approver(self) -> None:
        fact = ComplaintEnded(ComplaintEnding.UNSETTLED, None, UNSETTLED.because, None, ZHAO)
        given(complaint, *TO_REOPENED).when(UNSETTLED, by(ZHAO)).then(fact)
        given(complaint, *TO_REOPENED).when(UNSETTLED, by(LI)).refused("approver-gives-up")
        given(complaint, *TO_RESOLVED).when(UNSETTLED, by(ZHAO)).refused("not-reopened")


class TestClocks:
    DUE = terms().due_at
    MARK = MarkOverdue(DUE)
    MARKED = ComplaintOverdue(DUE, HE, (ZHOU,))

    def test_what_is_late_is_marked_and_told_upward_once(self) -> None:
        given(complaint, *TO_ASSIGNED).when(self.MARK, by("timer:complaint-overdue")).then(
            self.MARKED
        )
        given(complaint, *TO_ASSIGNED, self.MARKED).when(self.MARK, by("timer:x")).then()
        given(complaint, RECEIVED).when(self.MARK, by("timer:x")).then(
            replace(self.MARKED, owner=None)
        )

    def test_on_the_list_it_is_late_by_the_time_that_it_has_now(self) -> None:
        """What is given more time is late no more; the paper keeps that it was."""
        three_days = terms(timedelta(days=3))
        marked = (*TO_ASSIGNED, self.MARKED)
        anew = (
            (RECEIVED, self.MARKED, replace(ASSIGNED, terms=three_days)),
            (*marked, replace(RECLASSIFIED, terms=three_days)),
            (*marked, RESOLVED, CONFIRMED, replace(REOPENED, terms=three_days)),
        )
        same = (*marked, RECLASSIFIED)
        late = [[row.overdue for row in rows_of(board, *told)] for told in (marked, same, *anew)]
        assert late == [[True], [True], [False], [False], [False]]
        again = replace(self.MARKED, due_at=three_days.due_at)
        assert [row.overdue for row in rows_of(board, *anew[1], again)] == [True]
        assert all(state(*told).overdue == self.MARKED for told in anew)

    def test_not_what_was_resolved_or_given_another_time(self) -> None:
        given(complaint, *TO_RESOLVED).when(self.MARK, by("timer:x")).then()
        later = MarkOverdue(self.DUE + timedelta(hours=1))
        given(complaint, *TO_ASSIGNED).when(later, by("timer:x")).then()

    def test_what_came_later_stands(self) -> None:
        three_days = terms(timedelta(days=3))
        later = (RECEIVED, replace(ASSIGNED, terms=three_days))
        marked = replace(self.MARKED, due_at=three_days.due_at)
        given(complaint, *later, marked).when(self.MARK, by("timer:x")).then()
        again = (*TO_RESOLVED, replace(REOPENED, terms=three_days), RESOLVED)
        urged = ComplaintCallUrged(three_days.call_due_at)
        before = UrgeComplaintCall(terms().call_due_at)
        given(complaint, *again, urged).when(before, by("timer:x")).then()

    def test_nobody_is_told_who_is_not_here_or_whom_it_is_about(self) -> None:
        upward = replace(ASSIGNED, upward=("T-GONE", "T-FAR", WANG, ZHOU))
        given(complaint, RECEIVED, upward).when(self.MARK, by("timer:x")).then(self.MARKED)

    def test_what_nobody_has_assigned_is_told_to_those_above_the_first_department(self) -> None:
        """It came from a call-back, and named nobody."""
        above = (Above("service", (ZHOU,), (ZHAO,)), Above("quality", (QIAN,)))
        bare = replace(RECEIVED, upward=())
        mark = replace(self.MARK, above=above)
        fact = replace(self.MARKED, owner=None)
        given(complaint, bare).when(mark, by("timer:x")).then(fact)
        given(complaint, bare).when(self.MARK, by("timer:x")).then(replace(fact, told=()))
        of_quality = replace(ASSIGNED, department="quality")
        given(complaint, RECEIVED, of_quality).when(mark, by("timer:x")).then(
            replace(self.MARKED, told=(QIAN,))
        )

    @pytest.mark.parametrize("nobody", [(), (WANG,), ("T-GONE",)])
    def test_where_nobody_is_above_it_is_told_to_whoever_was_and_else_to_who_leads(
        self, nobody: tuple[str, ...]
    ) -> None:
        mark = replace(self.MARK, above=(Above("service", nobody, (HE, ZHAO)),))
        given(complaint, *TO_ASSIGNED).when(mark, by("timer:x")).then(self.MARKED)
        past = (RECEIVED, replace(ASSIGNED, upward=nobody))
        given(complaint, *past).when(mark, by("timer:x")).then(replace(self.MARKED, told=(ZHAO,)))

    def test_where_only_its_owner_is_above_others_are_told(self) -> None:
        """Whoever owns it knows that it is late."""
        alone = (Above("service", (HE,), (HE,)),)
        mark = replace(self.MARK, above=alone, instead=((HE, WANG), (LI,)))
        past = (RECEIVED, replace(ASSIGNED, upward=(HE,)))
        given(complaint, *past).when(mark, by("timer:x")).then(replace(self.MARKED, told=(LI,)))
        both = replace(mark, above=(Above("service", (HE, ZHOU)),))
        told = given(complaint, *past).when(both, by("timer:x"))
        told.then(replace(self.MARKED, told=(HE, ZHOU)))

    def test_a_late_call_back_is_urged_once(self) -> None:
        urge = UrgeComplaintCall(terms().call_due_at)
        urged = ComplaintCallUrged(terms().call_due_at)
        given(complaint, *TO_RESOLVED).when(urge, by("timer:x")).then(urged)
        given(complaint, *TO_RESOLVED, urged).when(urge, by("timer:x")).then()
        for past in (TO_ASSIGNED, TO_CONFIRMED):
            given(complaint, *past).when(urge, by("timer:x")).then()

    def test_then_the_approvers_are_told_once(self) -> None:
        due = terms().call_due_at
        then = due + timedelta(days=1)
        urged, mark = ComplaintCallUrged(due), MarkComplaintCallOverdue(due, then)
        told = ComplaintCallOverdue(Role.APPROVER, due, then)
        given(complaint, *TO_RESOLVED, urged).when(mark, by("timer:x")).then(told)
        given(complaint, *TO_RESOLVED, urged, told).when(mark, by("timer:x")).then()
        given(complaint, *TO_RESOLVED).when(mark, by("timer:x")).then()
        given(complaint, *TO_RESOLVED, urged, CONFIRMED).when(mark, by("timer:x")).then()
        later = ComplaintCallUrged(then)
        newer = replace(told, due_at=then, upward_at=then + timedelta(days=1))
        given(complaint, *TO_RESOLVED, urged, later, newer).when(mark, by("timer:x")).then()

    def test_as_long_again_as_policy_says(self) -> None:
        core, due = read(POLICIES / CORE, Core), terms().call_due_at
        urged, then = ComplaintCallUrged(due), due + timedelta(days=1)
        (row,) = rows_of(calls_due, *TO_RESOLVED, urged)
        found = reactions.call_overdue(core, row, then)
        assert found is not None
        assert reactions.mark_call(row, found).command == MarkComplaintCallOverdue(due, then)
        assert reactions.call_overdue(core, row, then - timedelta(seconds=1)) is None
        (waits,) = rows_of(calls_due, *TO_RESOLVED)
        assert reactions.call_overdue(core, waits, then) is None
        told = ComplaintCallOverdue(Role.APPROVER, due, then)
        over = (told, CONFIRMED, CLOSED, REOPENED)
        assert not any(rows_of(calls_due, *TO_RESOLVED, urged, each) for each in over)
