"""基地本库旧件 as stories: old parts of the store of base itself, judged where they lie."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.inventory import ledger, old_parts, serial_book
from services.inventory.ledger import Stock
from services.inventory.old_parts.judging import SettleOldPart
from services.inventory.old_parts.listing import EndOldParts, offered_ending
from services.inventory.old_parts.losing import AskOldLoss
from services.inventory.old_parts.state import evolve, list_content
from services.inventory.old_parts.travelling import (
    ReceiveOldParts,
    offered_receipt,
    offered_sending,
)
from shared.events.consignments import ArrivedLine
from shared.events.old_parts import (
    OldOutcome,
    OldPartsReceived,
    OldPartsStage,
)
from shared.events.values import Role, Signature, SignedHow
from tests.inventory.example import AT, BRANCH, KEEPER, NUMBER, PUMP, RING
from tests.inventory.old_parts.test_old_parts import (
    BASE,
    BOTH_TAKEN,
    CAME,
    COUNTER,
    EXCHANGE,
    HOME,
    J1,
    J2,
    LESS,
    LIST,
    LISTED,
    LOSS,
    SCRAP,
    SCRAPPED,
    SEND,
    SENT,
    World,
    claimed,
    judged,
    moved,
    on,
    settled,
    stage,
)
from tests.inventory.old_parts.test_old_parts import NUMBER as LIST_NUMBER
from tests.inventory.old_parts.test_old_parts_api import LIST as FIRST
from tests.inventory.old_parts.test_old_parts_api import PATH, Olds, olds_desk
from tests.inventory.old_parts.test_old_parts_api import SEND as PARCEL
from tests.shared.http_desk import codes
from tests.spec import given

OWN = replace(LISTED, at_base=True)
AS_LISTED = list_content(evolve(old_parts.initial, OWN))
COUNT = ReceiveOldParts(CAME, AS_LISTED)
BASE_SIG = Signature(COUNTER, "base", SignedHow.SESSION, AT, AS_LISTED)
COUNTED = OldPartsReceived(CAME, COUNTER, BASE_SIG)
HERE = (OWN, COUNTED)
KEEPS, COUNTS = on(KEEPER, Role.STOREKEEPER), on(COUNTER, Role.BASE)


def state_of(*facts: Any) -> old_parts.OldPartList:
    state = given(old_parts, *facts).state
    assert isinstance(state, old_parts.OldPartList)
    return state


class TestListedAtBase:
    def test_what_the_card_says_is_base_s_is_listed_as_such(self) -> None:
        command = replace(LIST, at_base=True)
        told = given(old_parts).when(command, KEEPS)
        told.then_on((HOME, OWN), *claimed(RING, 2), *claimed(PUMP, 1, "OLD-0"))
        given(old_parts, OWN).when(command, KEEPS).then()
        given(old_parts, OWN).when(LIST, KEEPS).refused("number-taken")

    def test_it_is_not_sent_and_no_sending_is_offered(self) -> None:
        listed = state_of(OWN)
        assert listed.stage is OldPartsStage.LISTED
        assert list(offered_sending(LIST_NUMBER, listed)) == []
        assert list(offered_receipt(LIST_NUMBER, listed)) == [COUNT]
        for base in (BRANCH, BASE):
            told = given(old_parts, OWN).when(replace(SEND, base=base, content=AS_LISTED), KEEPS)
            told.refused_with("not-sent-from-base", number=LIST_NUMBER)
        told = given(old_parts, *HERE).when(SEND, KEEPS)
        told.refused("old-parts-stage", "not-sent-from-base")

    def test_it_may_be_ended_before_it_is_counted(self) -> None:
        (offer,) = offered_ending(LIST_NUMBER, state_of(OWN))
        end = replace(offer, because="重列")
        decided = given(old_parts, OWN).when(end, on(KEEPER, taken=BOTH_TAKEN)).decision()
        assert [type(fact).__name__ for _, fact in decided][:1] == ["OldPartsEnded"]
        given(old_parts, *HERE).when(EndOldParts("重列"), KEEPS).refused("old-parts-stage")


class TestCountedInPlace:
    def test_all_of_it_is_counted_where_it_lies_and_no_book_moves(self) -> None:
        given(old_parts, OWN).when(COUNT, COUNTS).then(COUNTED)
        given(old_parts, *HERE).when(COUNT, COUNTS).then()
        assert stage(*HERE) is OldPartsStage.RECEIVED
        assert state_of(*HERE).shipment is None, "there is no parcel"

    def test_who_counts_signs_for_the_list_as_it_was_shown(self) -> None:
        other = replace(COUNT, content="b" * 64)
        told = given(old_parts, OWN).when(other, COUNTS)
        told.refused_with("signature-stale", number=LIST_NUMBER)
        assert state_of(*HERE).base_sig == BASE_SIG

    def test_whoever_listed_does_not_count(self) -> None:
        told = given(old_parts, OWN).when(COUNT, on(KEEPER, Role.BASE))
        told.refused_with("own-list", person=KEEPER)

    def test_what_is_not_there_is_no_loss_on_the_way(self) -> None:
        told = given(old_parts, OWN).when(replace(COUNT, lines=LESS), COUNTS)
        told.refused_with("counted-not-as-listed", number=LIST_NUMBER, part=RING, was=2, asked=1)
        given(old_parts, OWN).when(replace(COUNT, lines=CAME[:1]), COUNTS).refused("line-missing")
        odd = replace(COUNT, lines=(CAME[0], ArrivedLine(PUMP, 1, ("OLD-9",))))
        given(old_parts, OWN).when(odd, COUNTS).refused("counted-not-as-listed")
        told = given(old_parts, OWN).when(AskOldLoss(LOSS), COUNTS)
        told.refused("old-parts-stage", "parcel-uncounted")

    def test_what_a_stocktake_wrote_off_is_not_counted(self) -> None:
        told = given(old_parts, OWN).when(COUNT, on(COUNTER, held=1))
        told.refused_with("listed-not-there", part=RING, number=LIST_NUMBER)

    def test_it_is_judged_by_its_fault_only_once_it_is_counted(self) -> None:
        given(old_parts, OWN).when(SCRAP, COUNTS).refused("old-parts-stage", "beyond-old-line")
        given(old_parts, *HERE).when(SCRAP, COUNTS).then(judged(SCRAP))
        told = given(old_parts, *HERE, judged(SCRAP)).when(EXCHANGE, COUNTS)
        told.then(judged(EXCHANGE, J2))
        given(old_parts, *HERE, judged(SCRAP)).when(SCRAP, COUNTS).refused("beyond-old-line")

    def test_and_settled_in_the_book_of_its_own_store(self) -> None:
        out = moved(RING, BRANCH, "old_warranty", "scrapped", 2, paper=J1)
        past = (*HERE, judged(SCRAP))
        told = given(old_parts, *past).when(SCRAPPED, on(COUNTER, taken=BOTH_TAKEN))
        told.then_on((HOME, settled(SCRAPPED)), out)


def test_a_list_from_before_is_not_sent_to_itself_and_has_a_way_on() -> None:
    """As it stands in the record: nothing says that it is of base. It is ended, and listed anew."""
    told = given(old_parts, LISTED).when(replace(SEND, base=BRANCH), KEEPS)
    told.refused_with("sent-to-itself", store=BRANCH)
    assert list(offered_ending(LIST_NUMBER, state_of(LISTED)))
    assert state_of(LISTED, SENT).base == BASE
    assert stage(LISTED, SENT, COUNTED) is OldPartsStage.RECEIVED


def test_every_piece_of_it_ends_once_and_the_books_are_even() -> None:
    world = World()
    world.does(replace(LIST, at_base=True), KEEPER)
    world.does(COUNT, COUNTER)
    world.does(SCRAP, COUNTER)
    world.does(EXCHANGE, COUNTER)
    world.does(SCRAPPED, COUNTER)
    back = SettleOldPart(J2, OldOutcome.PART_BACK, case_no="CJ-2", serials=("N-1",))
    world.does(back, COUNTER)
    assert world.old.stage is OldPartsStage.SETTLED
    for part in (RING, PUMP):
        stock = world.streams[ledger.stream_of(BRANCH, part)]
        assert sum(stock.balances.values()) == 0
        assert not any(account.startswith("old_") for account in stock.balances)
        assert world.streams[ledger.stream_of(BASE, part)] == Stock()
    pumps = world.streams[ledger.stream_of(BRANCH, PUMP)]
    inside = {name: at for name, at in pumps.serials.items() if ledger.is_inside(at)}
    assert inside == {"N-1": "store"}
    book = world.streams[serial_book.stream_of(PUMP)]
    assert book.where == {"N-1": BRANCH, "OLD-0": serial_book.OUTSIDE}


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Olds]:
    """A store of base itself, whose technician has drawn parts."""
    with olds_desk(tmp_path) as made:
        made.is_base(BRANCH)
        yield made


def listed(base: Olds, old_class: str, **line: Any) -> None:
    lines = [{"part": RING, "condition": "唇口磨损", **line}]
    base.post("/v1/old-parts", {"old_class": old_class, "lines": lines})


def scrapped(base: Olds, count: int) -> None:
    """Base counts the list, judges and settles it, all by who did not list it."""
    lines = {"lines": [{"part": RING, "received": count}]}
    base.signs(PATH, "receipts", lines, base.base)
    scrap = {"line": 1, "quantity": count, "disposition": "scrap", "because": "唇口开裂"}
    base.post(f"{PATH}/judgements", scrap, base.base)
    done = {"number": f"{FIRST}-J1", "outcome": "scrapped", "case_no": "CJ-1"}
    base.post(f"{PATH}/settlements", done, base.base)
    (row,) = base.rows("/v1/old-parts?stage=settled")
    assert (row["base"], row["received"], row["scrapped"]) == (BRANCH, count, count)
    assert row["branches"] == [BRANCH]
    assert sum(base.accounts(RING).values()) == 0


def test_a_list_of_base_itself_comes_to_its_end_without_a_parcel(base: Olds) -> None:
    base.old_listed()
    base.post(f"{PATH}/endings", {"because": "重列"})
    listed(base, "warranty", issue_note=NUMBER)
    assert base.waiting() == [(PUMP, 1)]
    path = f"/v1/old-parts/JJ-{BRANCH}-2026-0002"
    told = base.desk.post(f"{path}/sendings", base.under(path, "sendings", PARCEL), base.keeper)
    assert codes(told) == ["not-sent-from-base"]
    whole = {"lines": [{"part": RING, "received": 2}]}
    assert (
        base.desk.post(
            f"{path}/receipts", base.under(path, "receipts", whole), base.keeper
        ).status_code
        == 403
    )
    base.signs(path, "receipts", whole, base.base)
    assert base.shown(path)["stage"] == "received"
    judge = {"line": 1, "quantity": 2, "disposition": "scrap"}
    base.post(f"{path}/judgements", judge, base.base)
    done = {"number": f"JJ-{BRANCH}-2026-0002-J1", "outcome": "scrapped", "case_no": "CJ-1"}
    base.post(f"{path}/settlements", done, base.base)
    assert base.shown(path)["stage"] == "settled"
    assert base.accounts(RING).get("old_warranty", 0) == 0


def test_so_does_what_its_quarantine_put_with_the_old_parts(base: Olds) -> None:
    base.put_away()
    listed(base, "other")
    assert base.rows("/v1/old-parts-waiting?old_class=other") == []
    scrapped(base, 1)
    assert base.rows("/v1/old-parts-waiting?old_class=other") == []


def test_and_what_a_stocktake_found_there(base: Olds) -> None:
    base.counts(RING, "old_warranty", 1)
    assert base.waiting() == [(RING, 1)]
    listed(base, "warranty")
    scrapped(base, 1)
    assert base.waiting() == []


def test_what_a_stocktake_wrote_off_of_it_ends_with_the_list(base: Olds) -> None:
    base.old_listed()
    base.post(f"{PATH}/endings", {"because": "重列"})
    listed(base, "warranty", issue_note=NUMBER)
    base.counts(RING, "old_warranty", 1)
    path = f"/v1/old-parts/JJ-{BRANCH}-2026-0002"
    whole = {"lines": [{"part": RING, "received": 2}]}
    told = base.desk.post(f"{path}/receipts", base.under(path, "receipts", whole), base.base)
    assert codes(told) == ["listed-not-there"]
    base.post(f"{path}/endings", {"because": "少一只"})
    assert base.waiting() == [(PUMP, 1), (RING, 1)]
