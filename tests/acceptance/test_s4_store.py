"""S4 配额核销制 (part store with quota): parcels, the month and old parts, by the checks' ids."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import httpx
import pytest

from guiyi.play import exceptions, note, order
from guiyi.play.case import Case
from guiyi.play.cast import Cast, cast
from guiyi.play.hard_days import piece_missing
from guiyi.play.people import APPROVER, BASE_CLERK, CLERK, FINANCE, KEEPER, SUN
from guiyi.play.player import Turn, play
from guiyi.play.registers import enter_registers, enter_stock, enter_stores
from guiyi.play.repairs import agreed_by, ordered_for, reported_by, there
from guiyi.play.store import old_parts, stocktake
from guiyi.play.store.month import play_month
from guiyi.play.store.papers import paper, rows
from guiyi.play.week import spoilt
from shared.record.story_clock import iso
from tests.acceptance.checks import Hearing, Seen
from tests.shared.http_desk import codes

POSTED = (*reported_by(SUN), *ordered_for(SUN), Turn(note.issue(), KEEPER))
"""As far as a parcel is on its way, signed by the keeper."""


@pytest.fixture(scope="module")
def desk() -> Iterator[tuple[Hearing, Cast]]:
    with Hearing() as made:
        told = cast()
        for enter in (enter_registers, enter_stock, enter_stores):
            enter(made, told)
        made.begin_here()
        yield made, told


@pytest.fixture
def world(desk: tuple[Hearing, Cast]) -> Hearing:
    desk[0].seen = Seen()
    return desk[0].blank()


def refused(answer: httpx.Response | None) -> list[str]:
    """Why not, as the answer says."""
    assert answer is not None
    return codes(answer)


def month(world: Hearing, told: Cast) -> tuple[Case, str]:
    """A month of the store, played to its report, and which it was."""
    case = Case(world, told["store_month"])
    world.pace = timedelta(seconds=1)

    def turn_to(moment: datetime, _name: str) -> None:
        world.post.deliver_all()
        world.clock.reach(moment)
        world.fire()

    return case, play_month(case, turn_to, lambda: spoilt(world, told))


def accounts(case: Case, part: str) -> dict[str, int]:
    shown = case.seen("inventory", f"/v1/stock/{case.rooms.branch}/{part}")
    assert shown is not None
    found: dict[str, int] = shown["accounts"]
    return found


def test_s4_3_a_parcel_is_announced_to_both_and_opened_together(
    world: Hearing, desk: tuple[Hearing, Cast]
) -> None:
    case = Case(world, desk[1][piece_missing.said], SUN)
    play(case, POSTED)
    (number, shown), *_ = note.notes_of(case).items()
    (line,) = shown["note"]["lines"]
    part, pieces = line["part"], line["issued"]["quantity"]
    told = case.seen("inventory", f"/v1/tickets/{case.ticket}/history")
    assert told is not None
    (sent,) = (each for each in told["rows"] if each["type"] == "PartIssued")
    assert sent["data"]["signature"]["by"] == KEEPER.id
    alone = {"technician_told_at": case.now}
    one_told = note.posted_step(case, KEEPER, "announcements", alone)
    assert one_told is not None
    assert one_told.status_code == 422
    play(case, (Turn(note.announce, KEEPER), *agreed_by(CLERK), *there(SUN)))
    world.post.deliver_all()
    assert refused(order.record_work()(case, SUN)) == ["parcel-not-opened"]
    play(case, (Turn(note.open_parcel("short"), SUN, waits_for=("not-delivered",)),))
    opened = note.notes_of(case)[number]["note"]["opened"]
    assert (opened["technician"], bool(opened["customer"])) == (SUN.id, True)
    held = accounts(case, part)
    assert (held[f"technician:{SUN.id}"], held[f"parcel:{number}"]) == (pieces - 1, 1), "not theirs"
    play(case, (Turn(exceptions.ask_loss, KEEPER),))
    assert refused(exceptions.grant("loss")(case, KEEPER)) == ["role"]
    play(case, (Turn(exceptions.grant("loss"), APPROVER),))
    world.seen.expect("S4.3")


def test_s4_4_a_month_is_counted_decided_closed_and_reported(
    world: Hearing, desk: tuple[Hearing, Cast]
) -> None:
    case, period = month(world, desk[1])
    said = world.seen.said
    assert {"second-count-needed", "stocktake-open"} <= said, "it was tried too early"
    taking = paper(case, FINANCE, stocktake.STOCKTAKES)
    assert taking is not None
    (differs,) = (line for line in taking["lines"] if line["difference"])
    assert (differs["difference"], differs["explained"]["cause"]) == (-1, "lost")
    assert taking["decided_by"] == FINANCE.id
    report = case.seen("inventory", f"/v1/consumption/{case.rooms.branch}/{period}")
    assert report is not None
    used = {line["use_nature"]: line["used"] for line in report["lines"] if line["used"]}
    assert used == {"warranty": 1, "internal": 1}
    days = date.fromisoformat(report["due_on"]) - date.fromisoformat(report["closing_on"])
    said.add(iso(days))
    (row,) = rows(case, FINANCE, f"/v1/closings?period={period}")
    assert (row["report"], row["digest"]) == (report["number"], report["digest"])
    world.seen.expect("S4.4")


def test_s4_5_old_warranty_parts_are_listed_sent_and_judged(
    world: Hearing, desk: tuple[Hearing, Cast]
) -> None:
    case, _ = month(world, desk[1])
    listed = paper(case, BASE_CLERK, old_parts.OLD_PARTS)
    assert listed is not None
    assert listed["stage"] == "settled"
    told = listed["old_parts"]
    assert told["listed"]["old_class"] == "warranty"
    (judged,), (settled,) = told["judged"].values(), told["settled"].values()
    assert (judged["disposition"], bool(judged["because"])) == ("exchange", True)
    assert (settled["outcome"], settled["case_no"]) == (
        "part_back",
        case.said["old_parts"]["case_no"],
    )
    world.seen.expect("S4.5")
