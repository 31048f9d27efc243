"""投诉分派 as stories: whose it is, of which class, by when; nobody owns one about themselves."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.intake import complaint, delegation
from services.intake.complaint.assigning import ReclassifyComplaint
from services.intake.complaint.reassigning import ReassignComplaint
from services.intake.complaint.ruling import Ruled, StandIn
from shared.events.complaints import (
    ComplaintReassigned,
    ComplaintReclassified,
    ComplaintStage,
)
from shared.events.values import SEVERAL
from tests.intake.complaint.example import (
    ASSIGN,
    ASSIGNED,
    CLASSES,
    CONFIRMED,
    REASSIGN,
    RECEIVED,
    RECLASSIFY,
    RESOLVED,
    RULED,
    TO_ASSIGNED,
    TO_CONFIRMED,
    TO_RESOLVED,
    by,
    stands_in,
    state,
    terms,
)
from tests.intake.example import AT, CARDS, FAR, GONE, HE, LI, QIAN, WANG, ZHAO, ZHOU
from tests.spec import given

REASSIGNED = ComplaintReassigned(
    "service", ZHAO, (ZHOU,), (), nobody_above=False, complained_of=WANG, because="何梅病假", by=LI
)
THREE_DAYS = terms(timedelta(days=3), notice=True)
RECLASSIFIED = ComplaintReclassified(
    "complex", False, THREE_DAYS, (), nobody_above=False, because="牵涉三方", by=LI
)


class TestAssigning:
    def test_it_has_a_class_a_department_an_owner_and_a_time(self) -> None:
        given(complaint, RECEIVED).when(ASSIGN, by(LI)).then(ASSIGNED)
        given(complaint, *TO_ASSIGNED).when(ASSIGN, by(LI)).then()
        after = state(*TO_ASSIGNED)
        assert (after.stage, after.owner) == (ComplaintStage.ASSIGNED, HE)

    def test_not_before_it_was_received_nor_twice(self) -> None:
        given(complaint).when(ASSIGN, by(LI)).refused("complaint-stage")
        other = replace(ASSIGN, owner=ZHAO)
        given(complaint, *TO_ASSIGNED).when(other, by(LI)).refused("complaint-stage")

    def test_whom_it_is_about_does_not_own_it(self) -> None:
        about_he = replace(RECEIVED, complained_of=HE)
        given(complaint, about_he).when(ASSIGN, by(LI)).refused("owner-complained-of")
        known_now = replace(ASSIGN, complained_of=HE)
        given(complaint, RECEIVED).when(known_now, by(LI)).refused("owner-complained-of")

    @pytest.mark.parametrize("pair", [(HE, WANG), (WANG, HE)])
    def test_nor_whoever_acts_for_them_or_for_whom_they_act(self, pair: tuple[str, str]) -> None:
        person, deputy = pair
        today = by(LI, read={f"delegation-{person}": stands_in(deputy)})
        given(complaint, RECEIVED).when(ASSIGN, today).refused_with(
            "owner-stands-in", owner=HE, person=WANG
        )
        later = replace(ASSIGN, ruled=replace(RULED, on=AT.date() + timedelta(days=30)))
        given(complaint, RECEIVED).when(later, today).then(ASSIGNED)

    def test_whom_it_is_about_decides_nothing_of_it(self) -> None:
        about_li = replace(RECEIVED, complained_of=LI)
        given(complaint, about_li).when(ASSIGN, by(LI)).refused("complained-of")
        as_deputy = by(LI, for_=ZHAO)
        given(complaint, about_li).when(ASSIGN, as_deputy).refused("complained-of")

    @pytest.mark.parametrize(
        ("owner", "codes"),
        [
            ("T-NOBODY", ["person-unknown"]),
            ("T-GONE", ["person-inactive", "owner-cannot-read"]),
            ("T-FAR", ["person-elsewhere", "owner-cannot-read"]),
            (WANG, ["owner-cannot-read"]),
        ],
    )
    def test_the_owner_is_here_and_reads_complaints(self, owner: str, codes: list[str]) -> None:
        about_nobody = replace(RECEIVED, complained_of=None)
        command = replace(ASSIGN, owner=owner)
        given(complaint, about_nobody).when(command, by(LI)).refused(*codes)

    def test_what_policy_does_not_know_is_refused_at_once(self) -> None:
        odd = replace(ASSIGN, class_code="huge", department="nowhere", ruled=replace(RULED))
        given(complaint, RECEIVED).when(odd, by(LI)).refused(
            "complaint-class-unknown", "department-unknown"
        )

    def test_a_time_is_agreed_where_policy_has_none(self) -> None:
        until = AT + timedelta(days=9)
        agreed = replace(
            ASSIGN,
            class_code="very_complex",
            agreed_until=until,
            ruled=replace(RULED, as_agreed=True, terms=terms(timedelta(days=9))),
        )
        fact = replace(ASSIGNED, class_code="very_complex", terms=terms(timedelta(days=9)))
        given(complaint, RECEIVED).when(agreed, by(LI)).then(fact)
        for wrong in (
            replace(agreed, agreed_until=None),
            replace(agreed, agreed_until=AT - timedelta(days=1)),
            replace(agreed, agreed_until=AT + timedelta(days=367)),
            replace(ASSIGN, agreed_until=until),
        ):
            given(complaint, RECEIVED).when(wrong, by(LI)).refused("agreed-until")

    def test_an_emergency_is_told_to_the_head_and_above_at_once(self) -> None:
        urgent = replace(ASSIGN, emergency=True)
        fact = replace(ASSIGNED, emergency=True, told=(ZHAO, ZHOU))
        given(complaint, RECEIVED).when(urgent, by(LI)).then(fact)
        assert state(RECEIVED, fact).told == (ZHAO, ZHOU)

    def test_but_not_to_whom_it_is_about(self) -> None:
        about_head = replace(RECEIVED, complained_of=ZHAO)
        urgent = replace(ASSIGN, emergency=True)
        fact = replace(ASSIGNED, emergency=True, told=(ZHOU,), complained_of=ZHAO)
        given(complaint, about_head).when(urgent, by(LI)).then(fact)

    @pytest.mark.parametrize(
        ("about", "acting", "told"),
        [
            (WANG, (StandIn(ZHAO, QIAN),), (ZHAO, ZHOU, QIAN)),
            (WANG, (StandIn(ZHAO, ZHOU),), (ZHAO, ZHOU)),
            (ZHAO, (StandIn(ZHAO, QIAN), StandIn(ZHOU, QIAN)), (ZHOU, QIAN)),
            (ZHAO, (StandIn(ZHAO, QIAN),), (ZHOU,)),
        ],
    )
    def test_who_stands_in_for_one_of_them_is_told_too(
        self, about: str, acting: tuple[StandIn, ...], told: tuple[str, ...]
    ) -> None:
        """But for one whom it is about."""
        ruled = replace(RULED, stand_ins=acting)
        urgent = replace(ASSIGN, emergency=True, ruled=ruled)
        fact = replace(ASSIGNED, emergency=True, told=told, complained_of=about)
        given(complaint, replace(RECEIVED, complained_of=about)).when(urgent, by(LI)).then(fact)

    @pytest.mark.parametrize(
        ("nobody", "told"),
        [
            (replace(RULED, head=(), upward=(), instead=((), (QIAN,))), (QIAN,)),
            (replace(RULED, head=(WANG,), upward=(GONE, FAR), instead=((ZHOU,), (QIAN,))), (ZHOU,)),
            (replace(RULED, head=(), upward=(), instead=((), ())), ()),
        ],
    )
    def test_where_nobody_is_above_others_are_told_and_it_says_so(
        self, nobody: Ruled, told: tuple[str, ...]
    ) -> None:
        """By the cards of this moment: who has left, or is elsewhere, is nobody."""
        urgent = replace(ASSIGN, emergency=True, ruled=nobody)
        changed: Any = {"emergency": True, "told": told, "nobody_above": True}
        fact = replace(ASSIGNED, upward=nobody.upward, **changed)
        given(complaint, RECEIVED).when(urgent, by(LI)).then(fact)
        assert state(RECEIVED, fact).nobody_above
        found = replace(RECLASSIFY, emergency=True, ruled=nobody)
        later = replace(RECLASSIFIED, terms=terms(), **changed)
        given(complaint, *TO_ASSIGNED).when(found, by(LI)).then(later)
        assert state(*TO_ASSIGNED, later).nobody_above
        assert not state(
            RECEIVED, fact, replace(later, told=(ZHAO,), nobody_above=False)
        ).nobody_above


class TestReclassifying:
    COMMAND = replace(RECLASSIFY, ruled=replace(RULED, terms=THREE_DAYS))

    def test_its_time_is_counted_anew_from_when_it_was_received(self) -> None:
        given(complaint, *TO_ASSIGNED).when(self.COMMAND, by(LI)).then(RECLASSIFIED)
        given(complaint, *TO_ASSIGNED, RECLASSIFIED).when(self.COMMAND, by(LI)).then()
        assert state(*TO_ASSIGNED, RECLASSIFIED).terms == THREE_DAYS

    def test_its_owner_sets_no_time_for_themselves(self) -> None:
        told = given(complaint, *TO_ASSIGNED).when(self.COMMAND, by(HE))
        told.refused_with("owner-reclasses", owner=HE)
        longer = replace(self.COMMAND, emergency=True)
        given(complaint, *TO_ASSIGNED).when(longer, by(HE)).refused("owner-reclasses")
        urgent = replace(longer, class_code=ASSIGNED.class_code, ruled=RULED)
        assert given(complaint, *TO_ASSIGNED).when(urgent, by(HE)).decision()

    def test_an_emergency_is_told_once(self) -> None:
        urgent = replace(self.COMMAND, emergency=True)
        fact = replace(RECLASSIFIED, emergency=True, told=(ZHAO, ZHOU))
        given(complaint, *TO_ASSIGNED).when(urgent, by(LI)).then(fact)
        again = replace(urgent, class_code="general", ruled=RULED)
        back = replace(fact, class_code="general", terms=terms(), told=())
        given(complaint, *TO_ASSIGNED, fact).when(again, by(LI)).then(back)
        assert state(*TO_ASSIGNED, fact, back).told == (ZHAO, ZHOU)

    def test_only_while_somebody_works_on_it_and_by_what_policy_has(self) -> None:
        given(complaint, RECEIVED).when(self.COMMAND, by(LI)).refused("complaint-stage")
        given(complaint, *TO_RESOLVED).when(self.COMMAND, by(LI)).refused("complaint-stage")
        huge = replace(self.COMMAND, class_code="huge")
        given(complaint, *TO_ASSIGNED).when(huge, by(LI)).refused_with(
            "complaint-class-unknown", class_code="huge", known=CLASSES
        )


class TestReassigning:
    @pytest.mark.parametrize("past", [TO_ASSIGNED, TO_RESOLVED, TO_CONFIRMED])
    def test_whoever_is_away_hands_it_on_and_its_time_runs_on(
        self, past: tuple[object, ...]
    ) -> None:
        given(complaint, *past).when(REASSIGN, by(LI)).then(REASSIGNED)
        given(complaint, *past, REASSIGNED).when(REASSIGN, by(LI)).then()
        assert state(*past, REASSIGNED).terms == terms()

    def test_its_owner_turns_out_to_be_whom_it_is_about(self) -> None:
        known_now = replace(REASSIGN, complained_of=HE)
        fact = replace(REASSIGNED, complained_of=HE)
        given(complaint, *TO_ASSIGNED).when(known_now, by(LI)).then(fact)
        same = ReassignComplaint(HE, "仍由其办", complained_of=HE, ruled=RULED)
        given(complaint, *TO_ASSIGNED).when(same, by(LI)).refused("owner-complained-of")

    def test_whoever_was_named_first_stays_part_of_it_when_another_is_named(self) -> None:
        """Naming somebody else gives nobody back what they are kept from."""
        about_he = (replace(RECEIVED, complained_of=HE), replace(ASSIGNED, owner=ZHAO))
        for command in (REASSIGN, replace(REASSIGN, complained_of=WANG)):
            again = replace(command, owner=HE)
            given(complaint, *about_he).when(again, by(LI)).refused("owner-complained-of")
        assert state(*about_he).ever_complained_of == (HE, WANG)
        to_qian = replace(REASSIGN, owner=QIAN)
        given(complaint, *about_he).when(to_qian, by(HE)).refused("complained-of")
        today = by(LI, read={f"delegation-{HE}": stands_in(QIAN)})
        given(complaint, *about_he).when(to_qian, today).refused_with(
            "owner-stands-in", owner=QIAN, person=HE
        )
        head_first = (replace(RECEIVED, complained_of=ZHAO), ASSIGNED)
        urgent = ReclassifyComplaint("complex", "牵涉三方", emergency=True, ruled=RULED)
        (fact,) = given(complaint, *head_first).when(urgent, by(LI)).decision()
        assert fact[1].told == (ZHOU,)

    def test_so_many_are_named_and_no_more(self) -> None:
        known = {f"person-T-{n}": CARDS[f"person-{WANG}"] for n in range(SEVERAL)}
        away = {f"delegation-T-{n}": delegation.initial for n in range(SEVERAL)}
        given_to = [replace(REASSIGNED, complained_of=f"T-{n}") for n in range(SEVERAL - 1)]
        asked = by(LI, read={**known, **away})
        one_more = ReassignComplaint(HE, "另有其人", complained_of=f"T-{SEVERAL - 1}", ruled=RULED)
        past = (*TO_ASSIGNED, *given_to)
        given(complaint, *past).when(one_more, asked).refused_with(
            "too-many", field="complained_of", limit=SEVERAL
        )
        again = replace(one_more, complained_of="T-0")
        given(complaint, *past).when(again, asked).then(
            replace(REASSIGNED, owner=HE, complained_of="T-0", because="另有其人")
        )

    def test_to_another_department_that_there_is(self) -> None:
        moved = replace(REASSIGN, department="quality")
        given(complaint, *TO_ASSIGNED).when(moved, by(LI)).then(
            replace(REASSIGNED, department="quality")
        )
        nowhere = replace(REASSIGN, department="nowhere")
        given(complaint, *TO_ASSIGNED).when(nowhere, by(LI)).refused("department-unknown")

    def test_an_emergency_is_told_at_once_to_who_leads_the_other_department_and_is_above(
        self,
    ) -> None:
        """They know nothing of it: those of the first department were told."""
        past = (RECEIVED, replace(ASSIGNED, emergency=True, told=(ZHAO,), nobody_above=True))
        quality = replace(RULED, head=(QIAN,))
        moves = replace(REASSIGN, department="quality", ruled=quality)
        fact = replace(REASSIGNED, department="quality", told=(QIAN, ZHOU))
        given(complaint, *past).when(moves, by(LI)).then(fact)
        after = state(*past, fact)
        assert (after.told, after.nobody_above) == ((QIAN, ZHOU), False)
        nobody = replace(moves, ruled=replace(quality, head=(), upward=(), instead=((), (LI,))))
        alone = replace(fact, upward=(), told=(LI,), nobody_above=True)
        given(complaint, *past).when(nobody, by(LI)).then(alone)
        given(complaint, *TO_ASSIGNED).when(moves, by(LI)).then(replace(fact, told=()))

    def test_in_its_own_department_it_was_told_already(self) -> None:
        past = (RECEIVED, replace(ASSIGNED, emergency=True, told=(ZHAO, ZHOU)))
        given(complaint, *past).when(REASSIGN, by(LI)).then(REASSIGNED)
        same = replace(REASSIGN, department="service")
        given(complaint, *past).when(same, by(LI)).then(REASSIGNED)
        assert state(*past, REASSIGNED).told == (ZHAO, ZHOU)

    def test_only_what_somebody_owns(self) -> None:
        given(complaint, RECEIVED).when(REASSIGN, by(LI)).refused("complaint-stage")
        given(complaint, *TO_ASSIGNED).when(replace(REASSIGN, owner="T-NOBODY"), by(LI)).refused(
            "person-unknown"
        )

    def test_offered_once_somebody_owns_it(self) -> None:
        steps = {each.path: each for each in complaint.STEPS if hasattr(each, "path")}
        assert set(steps) >= {"assignments", "reassignments", "reclassifications"}
        assert state(RECEIVED, ASSIGNED, RESOLVED, CONFIRMED).owner == HE
        assert QIAN not in state(*TO_ASSIGNED).upward
