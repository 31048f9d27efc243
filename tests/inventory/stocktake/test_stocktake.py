"""盘点 as stories: blind counts, two pairs of eyes, words for what differs, and the books after."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as tried
from hypothesis import strategies as st

from services.inventory import part_store, periods, serial_book, stocktake
from services.inventory.ledger import STORE, Stock, moved, technician
from services.inventory.stocktake.counting import (
    SHELVES,
    ConfirmCount,
    CountPart,
    OpenStocktake,
)
from services.inventory.stocktake.deciding import (
    ApproveStocktake,
    EndStocktake,
    ExplainDifferences,
    ReturnStocktake,
    offered_approval,
)
from services.inventory.stocktake.sheet import counts_content, differences_content, to_sign
from services.inventory.stocktake.state import Stocktake
from shared.decider import Asked, Happened, Refused
from shared.events.closings import PeriodClosed
from shared.events.inventory import Movement, StockMoved, Valuing
from shared.events.stocktakes import (
    DifferenceCause,
    DifferencesExplained,
    Explanation,
    Judgement,
    LineValue,
    PartCounted,
    StocktakeApproved,
    StocktakeCounted,
    StocktakeEnded,
    StocktakeKind,
    StocktakeOpened,
    StocktakeReturned,
    Treatment,
)
from shared.events.values import Role, Signature, SignedHow
from shared.step import WORDS
from tests.inventory.example import (
    AT,
    BRANCH,
    CARDS,
    CHEN,
    CLERK,
    KEEPER,
    LIU,
    PUMP,
    RING,
    SERIALS,
    by,
    opening,
    stock_stream,
)
from tests.spec import ANY_HASH, given

NUMBER = f"PD-{BRANCH}-2026-0001"
HOME = f"stocktake-{NUMBER}"
MONEY = "F-QIAN"
OPEN = OpenStocktake(BRANCH, StocktakeKind.SPOT, None, AT)
OPENED = StocktakeOpened(NUMBER, BRANCH, StocktakeKind.SPOT, None, AT, KEEPER)
MONTHLY = replace(OPENED, kind=StocktakeKind.MONTHLY, period="2026-10")
OCTOBER = PeriodClosed(
    store=BRANCH,
    period="2026-10",
    begins_at=datetime(2026, 9, 30, 16, tzinfo=UTC),
    ends_at=datetime(2026, 10, 31, 16, tzinfo=UTC),
    stocktake=NUMBER,
    unsettled=(),
    valuing=Valuing.MOVING_AVERAGE,
    closed_by=MONEY,
)
SHELF = moved(Stock(), opening(RING, 10))
PUMPS = moved(Stock(), opening(PUMP, 3, SERIALS))
STRANGE = "X-1"


def on(
    person: str,
    *roles: Role,
    shelves: Mapping[str, Stock] | None = None,
    happened: Sequence[Happened] = (),
    later: timedelta = timedelta(),
    closed: periods.Closings | None = None,
) -> Asked:
    """Asked of the stocktake, with the catalogue, the shelves and the book of serials."""
    stocks = {RING: SHELF, PUMP: PUMPS, STRANGE: Stock(), **(shelves or {})}
    reads: dict[str, Any] = {f"part-{part}": CARDS.get(part) for part in stocks}
    reads |= {stock_stream(part): stock for part, stock in stocks.items()}
    book = serial_book.SerialBook(dict.fromkeys(SERIALS, BRANCH))
    reads |= {serial_book.stream_of(PUMP): book}
    reads[periods.stream_of(BRANCH)] = closed or periods.Closings()
    asked = by(person, *roles, home=HOME, reads=reads)
    told = {stock_stream(RING): happened}
    return replace(asked, now=AT + later, happened=told, ticket=None)


KEEPS = on(KEEPER, Role.STOREKEEPER)
LOOKS = on(LIU, Role.TECHNICIAN)
DECIDES = on(MONEY, Role.FINANCE)


def counted(part: str, many: int, book: int, person: str = KEEPER, **more: Any) -> PartCounted:
    role = {KEEPER: Role.STOREKEEPER, LIU: Role.TECHNICIAN}.get(person, Role.CLERK)
    signature = Signature(person, role.value, SignedHow.SESSION, AT, ANY_HASH)
    shelf = {"missing": (), "surplus": (), "posted": None, "place": STORE}
    said = {**shelf, "signature": signature, **more}
    return PartCounted(part=part, counted=many, book=book, counted_at=AT, counted_by=person, **said)


TEN, EIGHT = counted(RING, 10, 10), counted(RING, 8, 10)
AGAIN = counted(RING, 8, 10, LIU)


def witnessed(lines: int, differing: int, unexplained: int, person: str) -> StocktakeCounted:
    """All was counted, as who witnessed it signed."""
    signature = Signature(person, "clerk", SignedHow.SESSION, AT, ANY_HASH)
    return StocktakeCounted(lines, differing, unexplained, person, signature)


def explained(lines: tuple[Explanation, ...], left: int, person: str) -> DifferencesExplained:
    """These differ for a reason, as who explained it signed."""
    signature = Signature(person, "storekeeper", SignedHow.SESSION, AT, ANY_HASH)
    return DifferencesExplained(lines, left, person, signature)


WITNESSED = witnessed(1, 1, 1, CLERK)
WHY = Explanation(RING, STORE, DifferenceCause.LOST, "搬架时丢了两只")
EXPLAINED = explained((WHY,), 0, KEEPER)
ADJUST = Judgement(RING, STORE, Treatment.ADJUST)
SHORT = (OPENED, EIGHT, AGAIN, WITNESSED)
APPROVE = ApproveStocktake((ADJUST,))
AVERAGE = Valuing.MOVING_AVERAGE


def witnessing(*past: Any, asked: Asked | None = None, uncounted: tuple[str, ...] = ()) -> given:
    """Somebody confirms the counts that they are shown."""
    told = given(stocktake, *past)
    assert isinstance(told.state, stocktake.Stocktake)
    return told.when(ConfirmCount(counts_content(told.state), uncounted), asked or CHECKS)


def explaining(lines: tuple[Explanation, ...], *past: Any, asked: Asked | None = None) -> given:
    """The keeper explains differences that they are shown."""
    told = given(stocktake, *past)
    assert isinstance(told.state, stocktake.Stocktake)
    command = ExplainDifferences(lines, differences_content(told.state))
    return told.when(command, asked or KEEPS)


def approved(judged: Judgement, unknown: int, left: int = 0) -> StocktakeApproved:
    """A line whose pieces nobody said the cost of."""
    values = (LineValue(judged.part, judged.place, 0, 0, unknown),)
    return StocktakeApproved((judged,), left, MONEY, values, AVERAGE)


APPROVED = approved(ADJUST, 2)
CHECKS = on(CLERK, Role.CLERK)


def posted(part: str, many: int, *, less: bool = True, serials: Sequence[str] = ()) -> StockMoved:
    source, target = (STORE, "difference") if less else ("difference", STORE)
    return StockMoved(
        store=BRANCH,
        part=part,
        source=source,
        target=target,
        quantity=many,
        serials=tuple(serials),
        because=Movement.STOCKTAKE,
        use_nature=None,
        paper=NUMBER,
    )


class TestOpening:
    def test_a_store_counts_some_parts_or_a_month(self) -> None:
        given(stocktake).when(OPEN, KEEPS).then(OPENED)
        given(stocktake, OPENED).when(OPEN, KEEPS).then()
        month = OpenStocktake(BRANCH, StocktakeKind.MONTHLY, "2026-10", AT)
        given(stocktake).when(month, KEEPS).then(MONTHLY)

    def test_a_number_is_of_one_stocktake_and_a_month_is_named(self) -> None:
        given(stocktake, MONTHLY).when(OPEN, KEEPS).refused("number-taken")
        given(stocktake).when(replace(OPEN, period="2026-10"), KEEPS).refused("period-unclear")
        ahead = OpenStocktake(BRANCH, StocktakeKind.MONTHLY, "2026-12", AT + timedelta(days=9))
        given(stocktake).when(ahead, KEEPS).refused("period-not-over")

    def test_a_month_that_is_closed_is_counted_no_more(self) -> None:
        closed = periods.Closings(OCTOBER)
        late = on(KEEPER, Role.STOREKEEPER, closed=closed)
        month = OpenStocktake(BRANCH, StocktakeKind.MONTHLY, "2026-10", AT)
        given(stocktake).when(month, late).refused_with("month-closed", period="2026-10")
        given(stocktake).when(OPEN, late).then(OPENED)
        now = replace(month, period="2026-11")
        given(stocktake).when(now, late).then(replace(MONTHLY, period="2026-11"))


class TestCounting:
    def test_the_books_are_noted_with_the_count(self) -> None:
        given(stocktake, OPENED).when(CountPart(RING, 10), KEEPS).then(TEN)
        given(stocktake, OPENED, TEN).when(CountPart(RING, 10), KEEPS).then()
        given(stocktake, OPENED).when(CountPart(RING, 8), KEEPS).then(EIGHT)

    def test_of_a_part_with_serials_each_is_named(self) -> None:
        found = CountPart(PUMP, 2, serials=("P-1", "P-9"))
        told = counted(PUMP, 2, 3, missing=("P-2", "P-3"), surplus=("P-9",))
        given(stocktake, OPENED).when(found, KEEPS).then(told)
        given(stocktake, OPENED).when(CountPart(PUMP, 2), KEEPS).refused("serials-needed")
        given(stocktake, OPENED).when(CountPart(PUMP, 1, serials=("P-1", "P-1")), KEEPS).refused(
            "serials-too-many", "serial-twice"
        )
        given(stocktake, OPENED).when(CountPart(RING, 1, serials=("P-1",)), KEEPS).refused(
            "serials-not-kept"
        )

    def test_a_piece_in_another_spelling_is_the_one_of_the_books(self) -> None:
        there = CountPart(PUMP, 3, serials=("p-1", "Ｐ-２", "P-3"))
        given(stocktake, OPENED).when(there, KEEPS).then(counted(PUMP, 3, 3))
        twice = CountPart(PUMP, 2, serials=("P-1", "p-1"))
        given(stocktake, OPENED).when(twice, KEEPS).refused("serial-twice")

    def test_in_places_where_pieces_lie(self) -> None:
        hands = CountPart(RING, 0, place=technician(LIU))
        told = counted(RING, 0, 0, CLERK, place=technician(LIU))
        given(stocktake, OPENED).when(hands, CHECKS).then(told)
        given(stocktake, OPENED).when(CountPart(STRANGE, 1, place="in_transit"), KEEPS).refused(
            "place-unknown", "part-unknown"
        )
        over = StocktakeEnded("开错了", KEEPER)
        given(stocktake, OPENED, over).when(CountPart(RING, 1), KEEPS).refused("stocktake-stage")

    def test_what_moved_after_a_count_that_is_told_later_is_no_difference(self) -> None:
        """Ten were counted; two were drawn before the count was entered, and another one counts."""
        drawn = replace(posted(RING, 2), target=technician(LIU), because=Movement.ISSUE)
        at = AT + timedelta(minutes=10)
        facts = (
            Happened(opening(RING, 10), AT - timedelta(days=1), AT - timedelta(days=1)),
            Happened(drawn, at, at),
        )
        now = {RING: moved(SHELF, drawn)}
        late = on(KEEPER, shelves=now, happened=facts, later=timedelta(minutes=30))
        told = replace(TEN, moved_since=True)
        given(stocktake, OPENED).when(CountPart(RING, 10), late).then(told)
        state = given(stocktake, OPENED, told).state
        assert isinstance(state, Stocktake)
        assert not state.differing
        confirm = witnessing(OPENED, told)
        confirm.refused_with("second-count-needed", parts=[RING], count=1)
        again = witnessing(OPENED, told, counted(RING, 8, 8, LIU))
        assert isinstance(again.decision()[0][1], StocktakeCounted)

    def test_nor_does_a_second_one_choose_the_moment_alone(self) -> None:
        """What was found short is told anew, as of a moment before a movement."""
        anew = replace(counted(RING, 10, 10, LIU), moved_since=True)
        told = witnessing(OPENED, EIGHT, anew)
        told.refused("second-count-needed")
        same = replace(anew, counted_by=CHEN)
        told = witnessing(OPENED, anew, same)
        assert isinstance(told.decision()[0][1], StocktakeCounted)

    def test_a_count_entered_at_once_is_against_the_books_as_they_stand(self) -> None:
        drawn = replace(posted(RING, 2), target=technician(LIU), because=Movement.ISSUE)
        just = AT + timedelta(minutes=1)
        facts = (Happened(opening(RING, 10), AT, AT), Happened(drawn, just, just))
        soon = on(
            KEEPER,
            shelves={RING: moved(SHELF, drawn)},
            happened=facts,
            later=timedelta(minutes=2),
        )
        given(stocktake, OPENED).when(CountPart(RING, 8), soon).then(counted(RING, 8, 8))

    def test_a_count_too_old_to_know_the_books_is_made_again(self) -> None:
        drawn = replace(posted(RING, 2), target=technician(LIU), because=Movement.ISSUE)
        at = AT + timedelta(minutes=10)
        now = {RING: moved(SHELF, drawn)}
        part = (Happened(drawn, at, at),)
        late = on(KEEPER, shelves=now, happened=part, later=timedelta(minutes=30))
        given(stocktake, OPENED).when(CountPart(RING, 10), late).refused("count-too-late")


class TestWitnessing:
    def test_another_confirms_once_all_is_counted(self) -> None:
        agreed = witnessed(1, 0, 0, CLERK)
        witnessing(OPENED, TEN).then(agreed)
        witnessing(OPENED, TEN, agreed).then()
        witnessing(OPENED, TEN, asked=KEEPS).refused("own-count")
        witnessing(OPENED).refused("nothing-counted")

    def test_what_differs_somebody_else_counts_as_well(self) -> None:
        witnessing(OPENED, EIGHT).refused("second-count-needed")
        twice = witnessing(OPENED, EIGHT, EIGHT)
        twice.refused("second-count-needed")
        witnessing(OPENED, EIGHT, AGAIN).then(WITNESSED)

    def test_the_last_count_stands(self) -> None:
        found = counted(RING, 10, 10, LIU)
        agreed = witnessed(1, 0, 0, CLERK)
        witnessing(OPENED, EIGHT, found).then(agreed)

    def test_nobody_undoes_alone_what_they_found_nor_what_another_found(self) -> None:
        """Who counted eight learns that it differs, and says ten; a second one counts blindly."""
        found = counted(RING, 10, 10, LIU)
        for past in ((EIGHT, TEN), (EIGHT, AGAIN, TEN), (EIGHT, AGAIN, counted(RING, 9, 10))):
            told = witnessing(OPENED, *past)
            told.refused_with("second-count-needed", parts=[RING], count=1)
        agreed = witnessed(1, 0, 0, CLERK)
        for since in ((EIGHT, TEN, found), (EIGHT, AGAIN, TEN, found), (EIGHT, found, TEN)):
            witnessing(OPENED, *since).then(agreed)
        third = counted(RING, 8, 10, CHEN)
        witnessing(OPENED, EIGHT, AGAIN, TEN, third).then(WITNESSED)
        witnessing(OPENED, TEN, AGAIN).then(WITNESSED)

    def test_the_witness_signs_for_every_count_as_it_stands(self) -> None:
        seen = given(stocktake, OPENED, TEN).state
        assert isinstance(seen, stocktake.Stocktake)
        (sheet,) = to_sign(seen)
        past = (OPENED, TEN, replace(TEN, counted_at=AT + timedelta(minutes=1)))
        told = given(stocktake, *past).when(ConfirmCount(sheet.content), CHECKS)
        told.refused_with("signature-stale", number=NUMBER)
        signature = Signature(CLERK, "clerk", SignedHow.SESSION, AT, sheet.content)
        agreed = StocktakeCounted(1, 0, 0, CLERK, signature)
        given(stocktake, OPENED, TEN).when(ConfirmCount(sheet.content), CHECKS).then(agreed)
        state = given(stocktake, OPENED, TEN, agreed).state
        assert isinstance(state, stocktake.Stocktake)
        assert (sheet.step, state.witness_sig, to_sign(state)) == ("witnesses", signature, ())

    def test_what_lies_on_the_shelves_was_counted(self) -> None:
        told = witnessing(MONTHLY, TEN, uncounted=(PUMP, STRANGE))
        told.refused_with("not-all-counted", parts=[PUMP])


class TestDeciding:
    def test_what_differs_is_explained(self) -> None:
        explaining((WHY,), *SHORT).then(EXPLAINED)
        explaining((WHY,), *SHORT, EXPLAINED).then()
        explaining((WHY,), OPENED, EIGHT).refused("stocktake-stage")
        other = replace(WHY, part=PUMP)
        explaining((other, WHY, WHY), *SHORT).refused("no-difference", "part-twice")
        explaining((), *SHORT).refused("no-lines")

    def test_the_keeper_signs_for_what_differs_as_it_stands(self) -> None:
        seen = given(stocktake, *SHORT).state
        assert isinstance(seen, stocktake.Stocktake)
        (sheet,) = to_sign(seen)
        explain = ExplainDifferences((WHY,), "b" * 64)
        told = given(stocktake, *SHORT).when(explain, KEEPS)
        told.refused_with("signature-stale", number=NUMBER)
        signature = Signature(KEEPER, "storekeeper", SignedHow.SESSION, AT, sheet.content)
        fact = DifferencesExplained((WHY,), 0, KEEPER, signature)
        given(stocktake, *SHORT).when(replace(explain, content=sheet.content), KEEPS).then(fact)
        state = given(stocktake, *SHORT, fact).state
        assert isinstance(state, stocktake.Stocktake)
        assert (sheet.step, state.keeper_sig) == ("explanations", signature)

    def test_finance_decides_and_the_books_follow(self) -> None:
        told = given(stocktake, *SHORT, EXPLAINED).when(APPROVE, DECIDES)
        told.then_on((HOME, APPROVED), (stock_stream(RING), posted(RING, 2)))
        given(stocktake, *SHORT, EXPLAINED, APPROVED).when(APPROVE, DECIDES).then()
        given(stocktake, *SHORT).when(APPROVE, DECIDES).refused("stocktake-stage")
        given(stocktake, *SHORT, EXPLAINED).when(ApproveStocktake(), DECIDES).refused("no-lines")

    def test_where_nothing_differs_finance_approves_it_as_it_is(self) -> None:
        agreed = (OPENED, TEN, witnessed(1, 0, 0, CLERK))
        fact = StocktakeApproved((), 0, MONEY, (), AVERAGE)
        given(stocktake, *agreed).when(ApproveStocktake(), DECIDES).then(fact)
        given(stocktake, *agreed, fact).when(ApproveStocktake(), DECIDES).then()
        given(stocktake, *agreed, fact).when(CountPart(RING, 9), KEEPS).refused("stocktake-stage")

    def test_who_counted_or_explained_does_not_decide(self) -> None:
        for person in (KEEPER, LIU, CLERK):
            own = on(person, Role.FINANCE)
            given(stocktake, *SHORT, EXPLAINED).when(APPROVE, own).refused("own-count")
            given(stocktake, *SHORT).when(ReturnStocktake("再点"), own).refused("own-count")

    def test_a_person_bears_it_by_name_and_with_words(self) -> None:
        charge = replace(ADJUST, treatment=Treatment.CHARGE_PERSON)
        past = (*SHORT, EXPLAINED)
        given(stocktake, *past).when(ApproveStocktake((charge,)), DECIDES).refused("bearer-unclear")
        named = replace(charge, charged_to=CHEN, because="保管失职")
        told = given(stocktake, *past).when(ApproveStocktake((named,)), DECIDES)
        fact = approved(named, 2)
        told.then_on((HOME, fact), (stock_stream(RING), posted(RING, 2)))

    def test_whoever_bears_it_does_not_decide_it(self) -> None:
        charge = replace(ADJUST, treatment=Treatment.CHARGE_PERSON, because="保管失职")
        own = replace(charge, charged_to=MONEY)
        told = given(stocktake, *SHORT, EXPLAINED).when(ApproveStocktake((own,)), DECIDES)
        told.refused_with("own-loss", person=MONEY)

    def test_what_is_in_hands_is_settled_on_its_note(self) -> None:
        """The books still say what the note has, so that it can be accounted for."""
        place = technician(LIU)
        less = counted(RING, 1, 2, place=place), counted(RING, 1, 2, CLERK, place=place)
        why = explained((replace(WHY, place=place),), 0, KEEPER)
        past = (OPENED, *less, replace(WITNESSED, witnessed_by=CHEN), why)
        for treatment in (Treatment.ADJUST, Treatment.CHARGE_PERSON):
            charged = CHEN if treatment is Treatment.CHARGE_PERSON else None
            judged = Judgement(RING, place, treatment, "遗失", charged)
            told = given(stocktake, *past).when(ApproveStocktake((judged,)), DECIDES)
            told.refused("hands-by-note", "beyond-account")
        told = given(stocktake, *past)
        by_paper = Judgement(RING, place, Treatment.CORRECT_ENTRY, "由 C1 报损")
        fact = StocktakeApproved((by_paper,), 0, MONEY, (), AVERAGE)
        told.when(ApproveStocktake((by_paper,)), DECIDES).then(fact)
        (offer,) = offered_approval(NUMBER, given(stocktake, *past).state)
        assert offer.lines == (replace(by_paper, because=WORDS),)

    def test_it_is_told_what_the_difference_is_worth(self) -> None:
        came = replace(opening(RING, 10), fen=999)
        shelf = on(MONEY, Role.FINANCE, shelves={RING: part_store.evolve(Stock(), came)})
        told = given(stocktake, *SHORT, EXPLAINED).when(APPROVE, shelf)
        value = LineValue(RING, STORE, lost_fen=200, found_fen=0, unknown=0)
        fact = StocktakeApproved((ADJUST,), 0, MONEY, (value,), AVERAGE)
        told.then_on((HOME, fact), (stock_stream(RING), posted(RING, 2)))
        more = (counted(RING, 12, 10), counted(RING, 12, 10, LIU))
        told = given(stocktake, OPENED, *more, WITNESSED, EXPLAINED).when(APPROVE, shelf)
        found = replace(value, lost_fen=0, found_fen=200)
        fact = replace(fact, values=(found,))
        told.then_on((HOME, fact), (stock_stream(RING), posted(RING, 2, less=False)))

    def test_what_another_paper_puts_right_is_not_posted(self) -> None:
        judged = replace(ADJUST, treatment=Treatment.CORRECT_ENTRY, because="入库单漏办")
        told = given(stocktake, *SHORT, EXPLAINED).when(ApproveStocktake((judged,)), DECIDES)
        told.then(StocktakeApproved((judged,), 0, MONEY, (), AVERAGE))

    def test_and_finance_says_which_paper(self) -> None:
        silent = replace(ADJUST, treatment=Treatment.CORRECT_ENTRY)
        told = given(stocktake, *SHORT, EXPLAINED).when(ApproveStocktake((silent,)), DECIDES)
        told.refused_with("correction-unexplained", part=RING, place=STORE)

    def test_nothing_is_posted_twice_by_two_stocktakes(self) -> None:
        other = replace(posted(RING, 2), paper=f"PD-{BRANCH}-2026-0002")
        shelf = on(MONEY, Role.FINANCE, shelves={RING: moved(SHELF, other)})
        given(stocktake, *SHORT, EXPLAINED).when(APPROVE, shelf).refused("posted-meanwhile")

    def test_serials_that_are_missing_leave_and_those_found_come_in(self) -> None:
        line = {"missing": ("P-2",), "surplus": ("P-9",)}
        first, second = (counted(PUMP, 3, 3, who, **line) for who in (KEEPER, LIU))
        why = explained((replace(WHY, part=PUMP),), 0, KEEPER)
        judged = replace(ADJUST, part=PUMP)
        past = (OPENED, first, second, WITNESSED, why)
        told = given(stocktake, *past).when(ApproveStocktake((judged,)), DECIDES)
        told.then_on(
            (HOME, approved(judged, 2)),
            (stock_stream(PUMP), posted(PUMP, 1, serials=("P-2",))),
            (stock_stream(PUMP), posted(PUMP, 1, less=False, serials=("P-9",))),
            *serial_book.left(BRANCH, PUMP, ("P-2",)),
            *serial_book.entered(BRANCH, PUMP, ("P-9",)),
        )

    @pytest.mark.parametrize(
        ("went", "comes"),
        [("installed", "installed"), ("scrapped", "scrapped"), ("transfer", "difference")],
    )
    def test_a_piece_that_had_left_is_found_and_is_in_one_place(
        self, went: str, comes: str
    ) -> None:
        """It comes from where the books had it; what went to another store is in its books."""
        left = replace(posted(PUMP, 1, serials=("P-1",)), target=went, because=Movement.USED)
        shelves = {PUMP: moved(PUMPS, left)}
        line = {"missing": (), "surplus": ("P-1",)}
        found = [counted(PUMP, 3, 2, who, **line) for who in (KEEPER, LIU)]
        why = explained((replace(WHY, part=PUMP),), 0, KEEPER)
        judged = replace(ADJUST, part=PUMP)
        money = on(MONEY, Role.FINANCE, shelves=shelves)
        told = given(stocktake, OPENED, *found, WITNESSED, why).when(
            ApproveStocktake((judged,)), money
        )
        back = posted(PUMP, 1, less=False, serials=("P-1",))
        written = [fact for _, fact in told.decision() if isinstance(fact, StockMoved)]
        assert written == [replace(back, source=comes)]

    def test_it_is_returned_and_counted_or_explained_again(self) -> None:
        returned = StocktakeReturned("再点一次", MONEY)
        again = ReturnStocktake("再点一次")
        given(stocktake, *SHORT, EXPLAINED).when(again, DECIDES).then(returned)
        past = (*SHORT, EXPLAINED, returned)
        given(stocktake, *past).when(again, DECIDES).then()
        better = replace(WHY, explanation="两只在样品柜")
        told = explained((better,), 0, KEEPER)
        explaining((better,), *past).then(told)
        given(stocktake, *past).when(CountPart(RING, 10), KEEPS).then(TEN)
        given(stocktake, *past, TEN).when(APPROVE, DECIDES).refused("stocktake-stage")
        given(stocktake, *past, TEN).when(ReturnStocktake("又"), DECIDES).refused("stocktake-stage")

    def test_it_is_ended_as_long_as_nothing_was_posted(self) -> None:
        end, ended = EndStocktake("开错了"), StocktakeEnded("开错了", KEEPER)
        given(stocktake, OPENED, TEN).when(end, KEEPS).then(ended)
        given(stocktake, OPENED, TEN, ended).when(end, KEEPS).then()
        given(stocktake, OPENED, ended).when(CountPart(RING, 1), KEEPS).refused("stocktake-stage")
        given(stocktake, *SHORT, EXPLAINED, APPROVED).when(end, KEEPS).refused(
            "stocktake-stage", "stocktake-posted", "finance-ends", "own-count"
        )

    def test_once_a_difference_is_known_finance_ends_it_who_had_no_part_in_it(self) -> None:
        """Else whoever is short would begin anew, and leave the difference behind."""
        end = EndStocktake("开错了")
        agrees = (OPENED, TEN, witnessed(1, 0, 0, CLERK))
        for past in ((OPENED, EIGHT), (OPENED, EIGHT, counted(RING, 10, 10)), SHORT, agrees):
            given(stocktake, *past).when(end, KEEPS).refused("finance-ends", "own-count")
            other = on(CHEN, Role.STOREKEEPER)
            given(stocktake, *past).when(end, other).refused("finance-ends")
            both = on(KEEPER, Role.STOREKEEPER, Role.FINANCE)
            given(stocktake, *past).when(end, both).refused("own-count")
            given(stocktake, *past).when(end, DECIDES).then(StocktakeEnded("开错了", MONEY))


class TestInParts:
    """Two lines differ: each may be explained and decided by itself."""

    PAST = (
        OPENED,
        EIGHT,
        AGAIN,
        *(counted(PUMP, 2, 3, who, missing=("P-3",)) for who in (KEEPER, LIU)),
        witnessed(2, 2, 2, CLERK),
    )
    PUMPS = replace(WHY, part=PUMP)
    FIRST = explained((WHY,), 1, KEEPER)
    BOTH = (*PAST, FIRST, explained((PUMPS,), 0, KEEPER))
    HALF = approved(ADJUST, 2, left=1)

    def test_they_are_explained_one_by_one(self) -> None:
        explaining((WHY,), *self.PAST).then(self.FIRST)
        last = explained((self.PUMPS,), 0, KEEPER)
        explaining((self.PUMPS,), *self.PAST, self.FIRST).then(last)
        given(stocktake, *self.PAST, self.FIRST).when(APPROVE, DECIDES).refused("stocktake-stage")

    def test_better_words_replace_those_before(self) -> None:
        better = replace(WHY, explanation="两只在样品柜")
        told = explaining((better,), *self.BOTH)
        told.then(explained((better,), 0, KEEPER))

    def test_they_are_decided_one_by_one(self) -> None:
        told = given(stocktake, *self.BOTH).when(APPROVE, DECIDES)
        told.then_on((HOME, self.HALF), (stock_stream(RING), posted(RING, 2)))
        again = replace(ADJUST, because="再想")
        told = given(stocktake, *self.BOTH, self.HALF).when(ApproveStocktake((again,)), DECIDES)
        told.refused("no-difference")
        rest = ApproveStocktake((replace(ADJUST, part=PUMP),))
        given(stocktake, *self.BOTH, self.HALF).when(rest, DECIDES).then_on(
            (HOME, approved(rest.lines[0], 1)),
            (stock_stream(PUMP), posted(PUMP, 1, serials=("P-3",))),
            *serial_book.left(BRANCH, PUMP, ("P-3",)),
        )

    def test_what_is_decided_stays_when_the_rest_is_returned(self) -> None:
        """A line that was posted is not counted anew: its difference is gone from the books."""
        back = StocktakeReturned("水泵再点", MONEY)
        given(stocktake, *self.BOTH, self.HALF).when(ReturnStocktake("水泵再点"), DECIDES).then(
            back
        )
        past = (*self.BOTH, self.HALF, back)
        given(stocktake, *past).when(CountPart(RING, 8), KEEPS).refused("line-decided")
        end = EndStocktake("算了")
        given(stocktake, *past).when(end, DECIDES).refused("stocktake-posted")

    def test_before_it_is_decided_it_is_returned_or_ended_at_any_time(self) -> None:
        end, back = EndStocktake("开错了"), ReturnStocktake("再点")
        returned = StocktakeReturned("再点", MONEY)
        for past in (self.PAST, self.BOTH, (*self.PAST, returned)):
            given(stocktake, *past).when(end, DECIDES).then(StocktakeEnded("开错了", MONEY))
        given(stocktake, *self.PAST).when(back, DECIDES).then(returned)
        told = explained((self.PUMPS,), 1, KEEPER)
        explaining((self.PUMPS,), *self.PAST, returned).then(told)

    def test_a_mistake_is_counted_again_before_it_is_explained(self) -> None:
        """By two who find the same; and whoever knew the figures, finance sees the line."""
        found = counted(RING, 10, 10, LIU)
        given(stocktake, *self.PAST).when(CountPart(RING, 10), KEEPS).then(TEN)
        for person in (KEEPER, CHEN):
            alone = (*self.PAST, counted(RING, 10, 10, person))
            witnessing(*alone).refused("second-count-needed")
        again = witnessed(2, 2, 2, CLERK)
        past = (*self.PAST, TEN, found)
        witnessing(*past).then(again)
        explaining((WHY, self.PUMPS), *past, again).then(explained((WHY, self.PUMPS), 0, KEEPER))

    def test_what_agrees_since_the_figures_were_shown_is_decided_and_moves_nothing(self) -> None:
        both = explained((WHY, self.PUMPS), 0, KEEPER)
        past = (*self.PAST, TEN, counted(RING, 10, 10, LIU), witnessed(2, 2, 2, CLERK), both)
        given(stocktake, *past).when(APPROVE, DECIDES).then(approved(ADJUST, 0, left=1))

    def test_nobody_who_saw_that_a_line_agrees_changes_it_alone(self) -> None:
        past = (OPENED, TEN, witnessed(1, 0, 0, CLERK), StocktakeReturned("再点", MONEY))
        told = witnessing(*past, EIGHT)
        told.refused("second-count-needed")


def test_two_thousand_parts_are_counted_on_all_shelves() -> None:
    """Nothing that is written grows with the lines; beyond them it is refused in words."""
    state = given(stocktake, OPENED, TEN).state
    (line,) = state.lines.values()
    keys = [f"{place}/P-{n:04}" for place in SHELVES for n in range(2_000)]
    room, full = (replace(state, lines=dict.fromkeys(many, line)) for many in (keys[1:], keys))
    assert stocktake.decide(CountPart(RING, 10), room, KEEPS) == [(HOME, TEN)]
    with pytest.raises(Refused) as refused:
        stocktake.decide(CountPart(RING, 10), full, KEEPS)
    assert refused.value.codes == ["too-many"]


@tried(
    book=st.integers(0, 50), named=st.sets(st.sampled_from("ABCDEF")), more=st.integers(0, 5),
    found=st.sets(st.sampled_from("ABCDEF")), extra=st.integers(0, 5),
)  # fmt: skip
def test_after_posting_the_books_say_what_was_counted(
    book: int, named: set[str], more: int, found: set[str], extra: int
) -> None:
    """Whatever was in the books, with and without serials, and whatever was found."""
    shelf = Stock()
    if book + len(named):
        shelf = moved(shelf, opening(PUMP, book + len(named), sorted(named)))
    many = len(found) + extra
    line = {
        "missing": tuple(sorted(named - found)),
        "surplus": tuple(sorted(found - named)),
    }
    told = [counted(PUMP, many, book + len(named), who, **line) for who in (KEEPER, LIU)]
    state = stocktake.initial
    why = explained((replace(WHY, part=PUMP),), 0, KEEPER)
    past: list[Any] = [OPENED, *told, WITNESSED, why]
    for fact in past:
        state = stocktake.evolve(state, fact)
    if not state.open_lines:
        assert (many, found) == (book + len(named), named)
        return
    asked = on(MONEY, Role.FINANCE, shelves={PUMP: shelf})
    asked = replace(
        asked, reads={**asked.reads, serial_book.stream_of(PUMP): serial_book.SerialBook()}
    )
    judged = ApproveStocktake((replace(ADJUST, part=PUMP),))
    for _, fact in stocktake.decide(judged, state, asked):
        if isinstance(fact, StockMoved):
            shelf = moved(shelf, fact)
    assert (shelf.holds(STORE), set(shelf.serials_in(STORE))) == (many, found)
    assert sum(shelf.balances.values()) == 0
