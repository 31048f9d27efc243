"""S3 预领核销制: parts drawn in advance are accounted for against what the customer signed."""

import itertools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from typer.testing import CliRunner

from guiyi.cli import app
from guiyi.play import exceptions, note, order, visit
from guiyi.play.case import Case
from guiyi.play.people import APPROVER, CLERK, KEEPER, LIU, ONLOOKER
from guiyi.play.player import Turn, play
from guiyi.play.repairs import DRAWN, agreed_by, ordered_for, reported_by, there
from tests.acceptance.checks import Seen
from tests.shared.http_desk import codes
from tests.world.cases import case_of, enter
from tests.world.world import World

ON_SITE = (*reported_by(LIU), *ordered_for(LIU), DRAWN, *agreed_by(CLERK), *there(LIU))
DONE = Turn(visit.end_visit("done"), LIU)
SIGNED = Turn(order.sign_as_customer, LIU)
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as made:
        enter(made)
        made.post.deliver_all()
        yield made


def on_site(world: World, seen: Seen, pieces: int) -> Case:
    """A technician is there, with so many seals in the bag."""
    case = case_of(world, next(NUMBERS), parts={"SEAL-32": pieces})
    play(case, ON_SITE, seen)
    return case


def settle(case: Case, seen: Seen, **account: Any) -> list[str]:
    """What the store says of an account of the drawn line."""
    world = case.rooms
    assert isinstance(world, World)
    world.post.deliver_all()
    (shown,) = note.notes_of(case).values()
    (line,) = shown["note"]["lines"]
    told = {"old_returned": account["used"], "fault_nature": "wear", **account}
    body = {"part": line["part"], "account": told}
    answer = seen.heard(note.settle(case, KEEPER, shown, body))
    return [] if answer.is_success else codes(answer)


def test_s3_1_nothing_that_was_used_is_reconciled_before_the_customer_signed(
    world: World,
) -> None:
    seen = Seen()
    case = on_site(world, seen, pieces=1)
    play(case, (Turn(order.record_work(), LIU), DONE), seen)
    assert settle(case, seen, used=1, unused=0) == ["no-customer-signature"]
    play(case, (SIGNED,), seen)
    assert settle(case, seen, used=1, unused=0) == []
    unused = on_site(world, seen, pieces=1)
    assert settle(unused, seen, used=0, unused=1, fault_nature=None) == []
    seen.expect("S3.1")


def test_s3_2_issued_is_used_and_unused_and_approved_loss(world: World) -> None:
    seen = Seen()
    case = on_site(world, seen, pieces=3)
    play(case, (Turn(order.record_work(left_over=1), LIU), DONE, SIGNED), seen)
    assert settle(case, seen, used=2, unused=0) == ["unbalanced"]
    assert "differs-from-signed" in settle(case, seen, used=3, unused=0)
    assert settle(case, seen, used=2, unused=0, lost=1) == ["loss-unapproved"]
    seen.heard(exceptions.ask_loss(case, KEEPER))
    assert codes(seen.heard(exceptions.grant("loss")(case, KEEPER))) == ["role"]
    seen.heard(exceptions.grant("loss")(case, APPROVER))
    assert settle(case, seen, used=2, unused=0, lost=1) == []
    seen.expect("S3.2")


def test_s3_3_old_warranty_parts_are_due_less_what_was_waived(world: World) -> None:
    seen = Seen()
    case = on_site(world, seen, pieces=2)
    (number,) = note.notes_of(case)
    kept = {"old_taken": 1, "old_left": 1, "old_left_because": "用户留下"}
    used = {"note": number, "part": "SEAL-32", "used": 2, **kept}
    seen.heard(order.records(case, LIU, [used]))
    play(case, (DONE, SIGNED), seen)
    assert settle(case, seen, used=2, unused=0, old_returned=1) == ["old-parts"]
    seen.heard(exceptions.ask_waiver(case, KEEPER))
    seen.heard(exceptions.grant("waiver")(case, APPROVER))
    assert settle(case, seen, used=2, unused=0, old_returned=1, waived=1) == []
    seen.expect("S3.3")


class Reached:
    """门: an installation whose part store is the one in memory."""

    def __init__(self, world: World) -> None:
        self._world = world

    def rows(self, room: str, path: str, **asked: str | None) -> Iterator[Mapping[str, Any]]:
        """As Access.rows."""
        told = "&".join(f"{name}={value}" for name, value in asked.items() if value)
        answer = self._world.asks(ONLOOKER, room, f"{path}?limit=200&{told}")
        assert answer.is_success, answer.text
        assert not answer.json().get("next"), "all of it fits into one page"
        yield from answer.json()["rows"]


def test_s3_4_all_accounts_of_each_part_add_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def reached(*_asked: object) -> Iterator[Reached]:
        yield Reached(world)

    monkeypatch.setattr("guiyi.verbs.stock.reached", reached)
    seen = Seen()
    case = on_site(world, seen, pieces=1)
    told = CliRunner().invoke(app, ["stock", "balance", "--actor", ONLOOKER.id, "--json"])
    assert told.exit_code == 0, told.output
    book = json.loads(told.stdout.splitlines()[-1])
    assert book["parts"]
    assert {each["part"]: each["sum"] for each in book["parts"]}["SEAL-32"] == 0
    assert all(each["sum"] == 0 for each in book["parts"])
    assert book["serials_twice"] == []
    hands = {each["part"]: each["accounts"] for each in book["parts"]}["SEAL-32"]
    assert hands[f"technician:{LIU.id}"] >= 1, case.ticket
    seen.said |= {f"sum={book['sum']}"}
    seen.said |= {"inside>=0"} if book["inside_below_zero"] == [] else set()
    seen.expect("S3.4")
    spoken = CliRunner().invoke(app, ["stock", "balance", "--actor", ONLOOKER.id])
    assert (spoken.exit_code, "SEAL-32" in spoken.stdout) == (0, True)
