"""补库 as stories: what is asked of base, agreed, sent, counted, found, lost, and late."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import reduce
from typing import Any

import pytest
from hypothesis import given as drawn_from
from hypothesis import strategies as st
from msgspec import structs

from services.inventory import (
    ledger,
    on_order,
    part_store,
    reactions,
    replenishment,
    rules,
    serial_book,
)
from services.inventory.ledger import Stock
from services.inventory.on_order import OnOrder
from services.inventory.refill_draft import DraftRefill, UrgeRefill
from services.inventory.replenishment.asking import (
    ApproveLateness,
    AskReplenishment,
    CheckReplenishment,
    EndReplenishment,
    NoteLateness,
    WantedLine,
)
from services.inventory.replenishment.losing import (
    ApproveStockLoss,
    AskStockLoss,
    RefuseStockLoss,
)
from services.inventory.replenishment.state import Replenishment
from services.inventory.replenishment.travelling import (
    FindStock,
    ReceiveStock,
    SendStock,
    parcel_content,
    to_sign,
)
from services.inventory.views import refill_drafts
from shared.content import content_hash
from shared.decider import Asked, Refused
from shared.document import CommandOwed
from shared.events.consignments import (
    ArrivedLine,
    Consignment,
    FoundLine,
    SentLine,
    TransitBearer,
    TransitLoss,
)
from shared.events.inventory import Movement, StockMoved, UseNature
from shared.events.replenishments import (
    AgreedLine,
    Figures,
    LatenessApproved,
    OnOrderSet,
    OpenPieces,
    RefillDrafted,
    RefillLine,
    RefillUrged,
    ReplenishmentAsked,
    ReplenishmentChecked,
    ReplenishmentEnded,
    ReplenishmentLate,
    ReplenishmentStage,
    StockFound,
    StockLossApproved,
    StockLossAsked,
    StockLossRefused,
    StockReceived,
    StockSent,
)
from shared.events.values import Role, Signature, SignedHow
from shared.policy import CORE, Core
from shared.policy.source import read
from tests.inventory.example import APPROVER, AT, BRANCH, CARDS, KEEPER, PUMP, RING, SERIALS, by
from tests.seen import fold_view, recorded_on
from tests.shared.http_desk import POLICIES
from tests.spec import ANY_HASH, given
from tests.told import tell
from tests.tries import tries

POLICY = read(POLICIES / CORE, Core)
NUMBER = f"BK-{BRANCH}-2026-0001"
HOME = f"replenishment-{NUMBER}"
BASE, CHECKER, SENDER, MANAGER = "JD01", "B-LIMING", "K-BASE", "G-ZHOU"
FRIDAY = date(2026, 11, 27)
DUE = AT + timedelta(days=7)
P1, P2 = f"{NUMBER}-P1", f"{NUMBER}-P2"
RINGS = Figures(quota=10, on_hand=4, in_transit=1, on_order=1)
PUMPS = Figures(quota=3, on_hand=1, in_transit=0, on_order=0)
ASK = AskReplenishment(BRANCH, FRIDAY, (WantedLine(RING, 4), WantedLine(PUMP, 2)), None, DUE)
ASKED = ReplenishmentAsked(
    number=NUMBER,
    store=BRANCH,
    asked_on=FRIDAY,
    lines=(RefillLine(RING, 4, RINGS), RefillLine(PUMP, 2, PUMPS)),
    because=None,
    due_at=DUE,
    asked_by=KEEPER,
    keeper_sig=Signature(KEEPER, "storekeeper", SignedHow.SESSION, AT, ANY_HASH),
)
ALL = (AgreedLine(RING, 4), AgreedLine(PUMP, 2))
CHECK = CheckReplenishment(BASE, ALL)
CHECKED = ReplenishmentChecked(BASE, ALL, CHECKER)
TRAVELS = Consignment("顺丰", "SF7", AT, AT + timedelta(days=1))
FIRST, SECOND = (SentLine(RING, 4),), (SentLine(PUMP, 2, ("P-1", "P-2")),)
SENT_1 = StockSent(P1, FIRST, TRAVELS, SENDER)
SENT_2 = StockSent(P2, SECOND, TRAVELS, SENDER)
PAST = (ASKED, CHECKED)
BOTH = (*PAST, SENT_1, SENT_2)
KEEPER_SIG_1, KEEPER_SIG_2 = (
    Signature(KEEPER, "storekeeper", SignedHow.SESSION, AT, parcel_content(sent))
    for sent in (SENT_1, SENT_2)
)
CAME_1 = StockReceived(P1, (ArrivedLine(RING, 4),), KEEPER, KEEPER_SIG_1)
CAME_2 = StockReceived(P2, (ArrivedLine(PUMP, 2, ("P-1", "P-2")),), KEEPER, KEEPER_SIG_2)
SHORT = (ArrivedLine(PUMP, 1, ("P-1",), difference_because="箱内少一台"),)
SHORT_2 = StockReceived(P2, SHORT, KEEPER, KEEPER_SIG_2)
LACKING = (*BOTH, CAME_1, SHORT_2)
GIVEN_UP = ReplenishmentEnded("停用", SENDER)
LOSS = TransitLoss(PUMP, 1, "查无下落", TransitBearer.CARRIER, 30_000, serials=("P-2",))
S1 = f"{P2}-S1"
LOSS_ASKED = StockLossAsked(S1, LOSS, KEEPER)
LATE = ReplenishmentLate(DUE, (OpenPieces(RING, 4), OpenPieces(PUMP, 2)))


def stock(store: str, part: str) -> str:
    return ledger.stream_of(store, part)


def held(figures: Figures) -> Stock:
    balances = {
        "store": figures.on_hand,
        "in_transit": figures.in_transit,
        "supplier": -figures.on_hand - figures.in_transit,
    }
    return Stock(balances, quota=figures.quota)


def on(
    person: str,
    *roles: Role,
    rings: Figures = RINGS,
    far: int = 9,
    book: OnOrder | None = None,
    cards: Mapping[str, Any] = CARDS,
) -> Asked:
    """Asked of the request, with the catalogue, both books, and what is on order."""
    parts = (RING, PUMP, "X-1")
    reads: dict[str, Any] = {f"part-{part}": cards.get(part) for part in parts}
    reads |= {serial_book.stream_of(part): serial_book.initial for part in parts}
    for part in parts:
        named = dict.fromkeys(SERIALS, "store") if part == PUMP else {}
        reads[stock(BASE, part)] = Stock({"store": far, "supplier": -far}, named)
    reads |= {stock(BRANCH, RING): held(rings), stock(BRANCH, PUMP): held(PUMPS)}
    reads[stock(BRANCH, "X-1")] = Stock()
    waits = OnOrder({"BK-HZ01-2026-0009": {RING: rings.on_order}}) if book is None else book
    reads[on_order.stream_of(BRANCH)] = waits
    return by(person, *roles, home=HOME, reads=reads)


KEEPS = on(KEEPER, Role.STOREKEEPER)
CHECKS = on(CHECKER, Role.BASE)
SENDS = on(SENDER, Role.STOREKEEPER)
DECIDES = on(APPROVER, Role.APPROVER)
MANAGES = on(MANAGER, Role.GENERAL_MANAGER)


def waits(rings: int, pumps: int, day: date | None = None) -> tuple[str, OnOrderSet]:
    lines = (OpenPieces(RING, rings), OpenPieces(PUMP, pumps))
    return on_order.stream_of(BRANCH), OnOrderSet(BRANCH, NUMBER, lines, day)


def stage(*facts: Any) -> ReplenishmentStage:
    state = given(replenishment, *facts).state
    assert isinstance(state, Replenishment)
    return state.stage


def moved(line: Any, store: str, source: str, target: str, quantity: int, nth: int) -> StockMoved:
    return StockMoved(
        store=store,
        part=line.part,
        source=source,
        target=target,
        quantity=quantity,
        serials=line.serials,
        because=Movement.REFILL,
        use_nature=None,
        paper=f"{NUMBER}-P{nth}",
    )


class TestAsking:
    def test_a_store_asks_for_what_is_lacking_up_to_its_quotas(self) -> None:
        told = given(replenishment).when(ASK, KEEPS)
        told.then_on((HOME, ASKED), waits(4, 2, FRIDAY))
        given(replenishment, ASKED).when(ASK, KEEPS).then()

    def test_another_figure_only_with_words(self) -> None:
        more = replace(ASK, lines=(WantedLine(RING, 5), WantedLine(PUMP, 2)))
        told = given(replenishment).when(more, KEEPS)
        told.refused_with("figure-unexplained", part=RING, lacking=4, asked=5)
        said = replace(more, lines=(WantedLine(RING, 5, "检修季备货"), WantedLine(PUMP, 2)))
        line = RefillLine(RING, 5, RINGS, "检修季备货")
        fact = replace(ASKED, lines=(line, ASKED.lines[1]))
        given(replenishment).when(said, KEEPS).then_on((HOME, fact), waits(5, 2, FRIDAY))

    def test_another_day_only_with_words(self) -> None:
        monday = replace(ASK, is_day=False)
        told = given(replenishment).when(monday, KEEPS)
        told.refused_with("outside-the-day", day="2026-11-27")
        said = replace(monday, because="周五停电")
        fact = replace(ASKED, because="周五停电")
        given(replenishment).when(said, KEEPS).then_on((HOME, fact), waits(4, 2, FRIDAY))

    def test_one_open_request_a_store_and_day(self) -> None:
        open_ = OnOrder({"BK-HZ01-2026-0009": {RING: 1}}, {"BK-HZ01-2026-0009": FRIDAY})
        told = given(replenishment).when(ASK, on(KEEPER, book=open_))
        told.refused_with("request-open", number="BK-HZ01-2026-0009")
        before = replace(open_, unchecked={"BK-HZ01-2026-0009": FRIDAY - timedelta(days=7)})
        told = given(replenishment).when(ASK, on(KEEPER, book=before))
        told.then_on((HOME, ASKED), waits(4, 2, FRIDAY))

    def test_of_parts_in_the_catalogue_each_on_one_line_under_one_number(self) -> None:
        odd = replace(ASK, lines=(ASK.lines[0], ASK.lines[0], WantedLine("X-1", 1, "试用")))
        given(replenishment).when(odd, KEEPS).refused("part-twice", "part-unknown")
        gone = {**CARDS, RING: replace(CARDS[RING], active=False)}
        given(replenishment).when(ASK, on(KEEPER, cards=gone)).refused("part-inactive")
        given(replenishment).when(replace(ASK, lines=()), KEEPS).refused("no-lines")
        told = given(replenishment, ASKED).when(replace(ASK, because="又缺"), KEEPS)
        told.refused("number-taken")


@tries(200)
@drawn_from(
    *(st.integers(0, 12) for _ in range(4)),
    st.integers(1, 12),
    st.booleans(),
)
def test_the_figure_is_what_the_books_say(
    quota: int, on_hand: int, in_transit: int, on_order_: int, asked: int, with_words: bool
) -> None:
    """Quota − on hand − in transit − on order, and never less than nothing."""
    rings = Figures(quota, on_hand, in_transit, on_order_)
    lacking = quota - on_hand - in_transit - on_order_
    line = WantedLine(RING, asked, "另有用处" if with_words else None)
    command, state = replace(ASK, lines=(line,)), replenishment.initial
    asks = on(KEEPER, rings=rings)
    if asked != max(0, lacking) and not with_words:
        with pytest.raises(Refused) as refused:
            replenishment.decide(command, state, asks)
        assert refused.value.codes == ["figure-unexplained"]
        return
    (_, fact), *_ = replenishment.decide(command, state, asks)
    assert fact.lines == (RefillLine(RING, asked, rings, line.because),)


class TestDrafting:
    DAY = DraftRefill(BRANCH, RING, FRIDAY)
    DRAFTED = RefillDrafted(BRANCH, RING, FRIDAY, RINGS)
    BOOK = stock(BRANCH, RING)

    def drafts(self, stock_of_it: Stock, **more: Any) -> Any:
        asked = replace(on("timer:draft-refill", **more), home=self.BOOK)
        return part_store.decide(self.DAY, stock_of_it, asked)

    def test_what_is_lacking_is_drafted_once_a_day(self) -> None:
        assert self.drafts(held(RINGS)) == [(self.BOOK, self.DRAFTED)]
        tell("RefillDrafted")
        drafted = part_store.evolve(held(RINGS), self.DRAFTED)
        assert self.drafts(drafted) == []
        later = replace(self.DRAFTED, drafted_on=FRIDAY + timedelta(days=7))
        assert self.drafts(part_store.evolve(held(RINGS), later)) == []

    def test_what_is_lacking_no_more_leaves_the_drafts(self) -> None:
        full = replace(RINGS, on_hand=10)
        assert self.drafts(held(full)) == []
        before = replace(self.DRAFTED, drafted_on=FRIDAY - timedelta(days=7))
        drafted = part_store.evolve(held(full), before)
        assert self.drafts(drafted) == [(self.BOOK, replace(self.DRAFTED, figures=full))]

    def test_what_is_not_bought_any_more_is_not_drafted(self) -> None:
        gone = {**CARDS, RING: replace(CARDS[RING], active=False)}
        assert self.drafts(held(RINGS), cards=gone) == []


class TestChecking:
    def test_base_says_how_many_it_sends_and_from_where(self) -> None:
        given(replenishment, ASKED).when(CHECK, CHECKS).then_on((HOME, CHECKED), waits(4, 2))
        given(replenishment, *PAST).when(CHECK, CHECKS).then()
        told = given(replenishment, *PAST).when(replace(CHECK, base="SH01"), CHECKS)
        told.refused("refill-stage")

    def test_less_only_with_words_and_never_more(self) -> None:
        few = replace(CHECK, lines=(AgreedLine(RING, 1), ALL[1]))
        told = given(replenishment, ASKED).when(few, CHECKS)
        told.refused_with("agreed-less-unexplained", part=RING, most=4, agreed=1)
        more = replace(CHECK, lines=(AgreedLine(RING, 5), ALL[1]))
        told = given(replenishment, ASKED).when(more, CHECKS)
        told.refused_with("beyond-asked", part=RING, most=4, agreed=5)
        odd = replace(CHECK, lines=(ALL[0], AgreedLine("X-1", 0)))
        given(replenishment, ASKED).when(odd, CHECKS).refused("not-asked-for", "line-missing")

    def test_who_asked_does_not_check_and_base_is_another_store(self) -> None:
        own = on(KEEPER, Role.BASE)
        given(replenishment, ASKED).when(CHECK, own).refused("own-request")
        told = given(replenishment, ASKED).when(replace(CHECK, base=BRANCH), CHECKS)
        told.refused_with("same-store", store=BRANCH)

    def test_of_nothing_agreed_nothing_is_waited_for(self) -> None:
        none = tuple(AgreedLine(each.part, 0, "本月停供") for each in ALL)
        fact = replace(CHECKED, lines=none)
        told = given(replenishment, ASKED).when(replace(CHECK, lines=none), CHECKS)
        told.then_on((HOME, fact), waits(0, 0))
        assert stage(ASKED, fact) is ReplenishmentStage.ENDED


class TestSending:
    def test_base_sends_what_it_has_and_the_rest_later(self) -> None:
        told = given(replenishment, *PAST).when(SendStock(FIRST, TRAVELS), SENDS)
        told.then_on(
            (HOME, SENT_1),
            (stock(BASE, RING), moved(FIRST[0], BASE, "store", "transfer", 4, 1)),
            (stock(BRANCH, RING), moved(FIRST[0], BRANCH, "transfer", "in_transit", 4, 1)),
            waits(0, 2),
        )
        given(replenishment, *PAST, SENT_1).when(SendStock(FIRST, TRAVELS), SENDS).then()
        ((book, entered),) = serial_book.entered(BRANCH, PUMP, ("P-1", "P-2"))
        told = given(replenishment, *PAST, SENT_1).when(SendStock(SECOND, TRAVELS), SENDS)
        told.then_on(
            (HOME, SENT_2),
            (stock(BASE, PUMP), moved(SECOND[0], BASE, "store", "transfer", 2, 2)),
            (stock(BRANCH, PUMP), moved(SECOND[0], BRANCH, "transfer", "in_transit", 2, 2)),
            (book, entered),
            waits(0, 0),
        )

    def test_not_before_it_was_checked_and_no_more_than_agreed(self) -> None:
        given(replenishment, ASKED).when(
            SendStock(FIRST, TRAVELS), on(SENDER, Role.STOREKEEPER)
        ).refused("refill-stage")
        twice = SendStock(FIRST, replace(TRAVELS, parcel_no="SF8"))
        told = given(replenishment, *PAST, SENT_1).when(twice, SENDS)
        told.refused("not-let-go", "beyond-let-go")
        told = given(replenishment, *PAST).when(
            SendStock(FIRST, TRAVELS), on(SENDER, Role.STOREKEEPER, far=3)
        )
        told.refused_with("beyond-stock", part=RING, asked=4)


def test_who_asks_signs_for_the_request_with_the_figures_of_the_books() -> None:
    signature = ASKED.keeper_sig
    told = list(given(replenishment).when(ASK, KEEPS).decision())
    fact = told[0][1]
    assert isinstance(fact, ReplenishmentAsked)
    assert fact.keeper_sig == signature
    assert fact.keeper_sig is not None
    lines = [
        {
            "asked": line.asked,
            "because": None,
            "figures": {
                "in_transit": line.figures.in_transit,
                "on_hand": line.figures.on_hand,
                "on_order": line.figures.on_order,
                "quota": line.figures.quota,
            },
            "part": line.part,
        }
        for line in ASKED.lines
    ]
    shown = {
        "asked_on": FRIDAY.isoformat(),
        "because": None,
        "lines": lines,
        "number": NUMBER,
        "store": BRANCH,
    }
    assert fact.keeper_sig.content == content_hash(shown), "an auditor computes it again"


class TestReminding:
    """The timer, where a draft waits and nobody asks base."""

    DUE = AT + timedelta(hours=9)
    URGE = UrgeRefill(BRANCH, RING, FRIDAY, DUE)
    DRAFTED = RefillDrafted(BRANCH, RING, FRIDAY, RINGS)
    URGED = RefillUrged(BRANCH, RING, FRIDAY, DUE, RINGS.lacking, Role.STOREKEEPER)
    BOOK = stock(BRANCH, RING)

    def urges(self, *facts: Any, rings: Figures = RINGS, **more: Any) -> Any:
        book = reduce(part_store.evolve, facts, held(rings))
        asked = replace(on("timer:urge-refill", **more), home=self.BOOK)
        return part_store.decide(self.URGE, book, asked)

    def test_a_draft_that_nobody_asks_for_is_urged_once(self) -> None:
        assert self.urges(self.DRAFTED) == [(self.BOOK, self.URGED)]
        tell("RefillUrged")
        assert self.urges(self.DRAFTED, self.URGED) == []
        newer = replace(self.DRAFTED, drafted_on=FRIDAY + timedelta(days=7))
        assert self.urges(self.DRAFTED, newer) == self.urges() == []

    def test_not_of_what_was_asked_for_or_is_lacking_no_more(self) -> None:
        part = OnOrder({"BK-HZ01-2026-0009": {RING: 1}, NUMBER: {RING: 1}})
        assert self.urges(self.DRAFTED, book=part) == [], "somebody has asked for some, with words"
        assert self.urges(self.DRAFTED, rings=replace(RINGS, on_hand=8)) == []
        gone = {**CARDS, RING: replace(CARDS[RING], active=False)}
        assert self.urges(self.DRAFTED, cards=gone) == []

    def test_its_time_runs_from_the_draft_as_policy_says(self) -> None:
        told = recorded_on(
            "inventory", self.BOOK, self.DRAFTED, seq=1, version=1, ticket="", branch=BRANCH, at=AT
        )
        (row,) = fold_view(refill_drafts, [told]).values()
        due = rules.asking_due(POLICY, row.drafted_at)
        assert due is not None
        assert reactions.asking_due(POLICY, row, due - timedelta(seconds=1)) is None
        found = reactions.asking_due(POLICY, row, due)
        assert found is not None
        owed = CommandOwed(self.BOOK, replace(self.URGE, due_at=due))
        assert reactions.urge_refill(row, found) == owed
        assert POLICY.refilling is not None
        silent = structs.replace(POLICY.refilling, asking=None)
        nobody = structs.replace(POLICY, refilling=silent)
        assert reactions.asking_due(nobody, row, due) is None


class TestReceiving:
    def test_each_parcel_is_counted_once_by_another(self) -> None:
        receive = ReceiveStock(P1, CAME_1.lines, KEEPER_SIG_1.content)
        told = given(replenishment, *BOTH).when(receive, KEEPS)
        move = moved(CAME_1.lines[0], BRANCH, "in_transit", "store", 4, 1)
        told.then_on((HOME, CAME_1), (stock(BRANCH, RING), move))
        given(replenishment, *BOTH, CAME_1).when(receive, KEEPS).then()
        other = replace(receive, lines=(ArrivedLine(RING, 3, difference_because="少"),))
        told = given(replenishment, *BOTH, CAME_1).when(other, KEEPS)
        told.refused_with("parcel-counted", number=P1)
        given(replenishment, *BOTH).when(receive, SENDS).refused("self-receipt")
        told = given(replenishment, *PAST).when(receive, KEEPS)
        told.refused_with("parcel-unknown", number=P1)
        assert stage(*BOTH, CAME_1) is ReplenishmentStage.CHECKED

    def test_who_counts_signs_for_the_parcel_as_it_was_sent(self) -> None:
        receive = ReceiveStock(P1, CAME_1.lines, KEEPER_SIG_2.content)
        told = given(replenishment, *BOTH).when(receive, KEEPS)
        told.refused_with("signature-stale", number=NUMBER)
        state = given(replenishment, *BOTH, CAME_1).state
        assert isinstance(state, Replenishment)
        assert (state.signed, [each.shipment for each in to_sign(state)]) == (
            {P1: KEEPER_SIG_1},
            [P2],
        )

    def test_the_last_parcel_ends_it(self) -> None:
        receive = ReceiveStock(P2, CAME_2.lines, KEEPER_SIG_2.content)
        told = given(replenishment, *BOTH, CAME_1).when(receive, KEEPS)
        move = moved(CAME_2.lines[0], BRANCH, "in_transit", "store", 2, 2)
        told.then_on((HOME, CAME_2), (stock(BRANCH, PUMP), move))
        assert stage(*BOTH, CAME_1, CAME_2) is ReplenishmentStage.RECEIVED

    def test_a_difference_is_said_and_stays_in_transit(self) -> None:
        silent = (replace(SHORT[0], difference_because=None),)
        told = given(replenishment, *BOTH).when(
            ReceiveStock(P2, silent, KEEPER_SIG_2.content), KEEPS
        )
        told.refused_with("count-unexplained", part=PUMP, was=2, asked=1)
        told = given(replenishment, *BOTH).when(
            ReceiveStock(P2, SHORT, KEEPER_SIG_2.content), KEEPS
        )
        move = moved(SHORT[0], BRANCH, "in_transit", "store", 1, 2)
        told.then_on((HOME, SHORT_2), (stock(BRANCH, PUMP), move))

    def test_what_is_missing_is_found(self) -> None:
        line = FoundLine(PUMP, 1, ("P-2",))
        find, fact = (
            FindStock(P2, (line,), "在车上"),
            StockFound(f"{P2}-F1", (line,), "在车上", KEEPER),
        )
        move = (stock(BRANCH, PUMP), moved(line, BRANCH, "in_transit", "store", 1, 2))
        given(replenishment, *LACKING).when(find, KEEPS).then_on((HOME, fact), move)
        given(replenishment, *BOTH, SHORT_2).when(find, KEEPS).then_on((HOME, fact), move)
        given(replenishment, *LACKING, fact).when(find, KEEPS).then()
        assert stage(*LACKING, fact) is ReplenishmentStage.RECEIVED
        given(replenishment, *BOTH).when(find, KEEPS).refused("parcel-uncounted")
        given(replenishment, *PAST).when(find, KEEPS).refused("parcel-unknown")


class TestLosing:
    def test_or_is_lost_and_somebody_bears_it(self) -> None:
        ask = AskStockLoss(P2, LOSS)
        given(replenishment, *LACKING).when(ask, KEEPS).then(LOSS_ASKED)
        given(replenishment, *LACKING, LOSS_ASKED).when(ask, KEEPS).then()
        grant, fact = ApproveStockLoss(S1), StockLossApproved(S1, LOSS, KEEPER, APPROVER)
        ((book, left),) = serial_book.left(BRANCH, PUMP, ("P-2",))
        gone = replace(
            moved(LOSS, BRANCH, "in_transit", "difference", 1, 2),
            because=Movement.LOST,
            use_nature=UseNature.LOSS,
        )
        told = given(replenishment, *LACKING, LOSS_ASKED).when(grant, DECIDES)
        told.then_on((HOME, fact), (stock(BRANCH, PUMP), gone), (book, left))
        given(replenishment, *LACKING, LOSS_ASKED, fact).when(grant, DECIDES).then()
        assert stage(*LACKING, LOSS_ASKED, fact) is ReplenishmentStage.RECEIVED
        own = on(KEEPER, Role.APPROVER)
        given(replenishment, *LACKING, LOSS_ASKED).when(grant, own).refused("own-request")
        given(replenishment, *BOTH).when(ask, KEEPS).refused("parcel-uncounted")

    def test_or_is_looked_for_again(self) -> None:
        no, fact = RefuseStockLoss(S1, "再查"), StockLossRefused(S1, "再查", APPROVER)
        given(replenishment, *LACKING, LOSS_ASKED).when(no, DECIDES).then(fact)
        given(replenishment, *LACKING, LOSS_ASKED, fact).when(no, DECIDES).then()
        given(replenishment, *LACKING).when(no, DECIDES).refused("request-unknown")


class TestEnding:
    END, ENDED = EndReplenishment("机型停用"), ReplenishmentEnded("机型停用", KEEPER)

    def test_what_was_not_sent_is_not_waited_for(self) -> None:
        given(replenishment, ASKED).when(self.END, KEEPS).then_on((HOME, self.ENDED), waits(0, 0))
        given(replenishment, ASKED, self.ENDED).when(self.END, KEEPS).then()
        told = given(replenishment, *PAST).when(self.END, KEEPS)
        told.then_on((HOME, self.ENDED), waits(0, 0))
        assert stage(*PAST, self.ENDED) is ReplenishmentStage.ENDED
        assert stage(*PAST, SENT_1, self.ENDED) is ReplenishmentStage.CHECKED
        assert stage(*PAST, SENT_1, self.ENDED, CAME_1) is ReplenishmentStage.ENDED

    def test_of_what_is_all_sent_nothing_is_ended(self) -> None:
        given(replenishment, *BOTH).when(self.END, KEEPS).refused("nothing-lacking")
        over = (*BOTH, CAME_1, CAME_2)
        given(replenishment, *over).when(self.END, KEEPS).refused("refill-stage")


class TestLateness:
    NOTE, BECAUSE = NoteLateness(DUE), "供应商停产"
    ACCEPTED = LatenessApproved(BECAUSE, MANAGER)
    TIMER = on("timer:late-refill")

    def test_what_is_not_sent_in_time_stands_against_base(self) -> None:
        given(replenishment, ASKED).when(self.NOTE, self.TIMER).then(LATE)
        given(replenishment, *PAST).when(self.NOTE, self.TIMER).then(LATE)
        given(replenishment, ASKED, LATE).when(self.NOTE, self.TIMER).then()
        half = replace(LATE, lines=(OpenPieces(PUMP, 2),))
        given(replenishment, *PAST, SENT_1).when(self.NOTE, self.TIMER).then(half)
        given(replenishment, *BOTH).when(self.NOTE, self.TIMER).then()
        before = NoteLateness(DUE - timedelta(days=1))
        given(replenishment, ASKED, LATE).when(before, self.TIMER).then()

    def test_until_the_general_manager_accepts_it(self) -> None:
        accept = ApproveLateness(self.BECAUSE)
        given(replenishment, ASKED, LATE).when(accept, MANAGES).then(self.ACCEPTED)
        given(replenishment, *PAST, LATE).when(accept, MANAGES).then(self.ACCEPTED)
        given(replenishment, *PAST, LATE, self.ACCEPTED).when(accept, MANAGES).then()
        told = given(replenishment, *PAST, LATE, self.ACCEPTED).when(ApproveLateness("另"), MANAGES)
        told.refused_with("lateness-decided", number=NUMBER)
        given(replenishment, *PAST).when(accept, MANAGES).refused("not-late")
        own = on(CHECKER, Role.GENERAL_MANAGER)
        told = given(replenishment, *PAST, LATE).when(accept, own)
        told.refused_with("own-lateness", person=CHECKER)


@pytest.mark.parametrize("left", [0, 3])
def test_the_book_of_orders_keeps_what_is_open(left: int) -> None:
    book = on_order.evolve(OnOrder(), waits(4, 2, FRIDAY)[1])
    assert (book.of(RING), book.unchecked_on(FRIDAY)) == (4, NUMBER)
    after = on_order.evolve(book, waits(left, 0)[1])
    assert (after.of(RING), after.of(PUMP), after.unchecked) == (left, 0, {})
