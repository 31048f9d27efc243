"""新机 (a new machine): its commissioning told step by step, and what is known of it afterwards."""

from typing import Any

import httpx

from guiyi.play import detours, order, report
from guiyi.play.case import Act, Case
from guiyi.play.commissioning import COMMISSIONED, card_of, record
from guiyi.play.people import CLERK, LIU, Person
from guiyi.play.player import Turn, play
from tests.world.cases import TOLD, WORDS
from tests.world.world import World

SAID = {**WORDS, **TOLD["sold"]}
WHY_THEY_FAILED = {"fault_nature": "manufacture"}
"""Of the parts that were replaced."""
RECORDED = next(n for n, turn in enumerate(COMMISSIONED) if turn.act is record)
TO_ACCEPT, TO_HAND_IN = RECORDED + 1, RECORDED + 2


def told(world: World, until: int) -> Case:
    """The story as far as its first steps, and everything heard."""
    case = Case(world, SAID, LIU)
    go(case, *COMMISSIONED[:until])
    return case


def go(case: Case, *turns: Turn) -> None:
    """What people do, each once the rooms have heard all."""
    world = case.rooms
    assert isinstance(world, World)
    for turn in turns:
        world.post.deliver_all()
        play(case, (turn,))
    world.post.deliver_all()
    assert not world.parked


def record_as(result: str, **said: object) -> Act:
    """调试记录: with this result, all that is at hand built in, and what else is said."""

    def act(case: Case, who: Person) -> httpx.Response:
        used = [order.used_of(*each) for each in detours.received(case)]
        bare: dict[str, object] = {"no_defects": True, **(WHY_THEY_FAILED if used else {})}
        return order.records(case, who, used, **{"result": result, "commissioned": bare, **said})

    return act


def found_on(world: World, **otherwise: object) -> Case:
    """缺陷: the report of what is wrong with the new machine, or with what is said otherwise."""
    equipment = {**SAID["report"]["equipment"], "no_contract": True, **otherwise}
    said = {**TOLD["leaking"]["report"], "basics": SAID["report"]["basics"]}
    case = Case(world, {**TOLD["leaking"], "report": {**said, "equipment": equipment}}, LIU)
    go(case, Turn(report.report, CLERK))
    return case


def covered_from(case: Case) -> str | None:
    """保修起算: the first day of the warranty by the machine's card."""
    page = case.seen("intake", f"/v1/machines/{card_of(case)}")
    assert page is not None
    found: str | None = page["warranty_starts_on"]
    return found


def ended_as(case: Case) -> str | None:
    """结案: how it ended; None while it is open."""
    shown = _report(case)
    assert (shown["ending"] is not None) is (shown["stage"] == "closed")
    ending: str | None = shown["ending"]
    return ending


def asked_for(case: Case) -> set[str]:
    """应归清单: the kinds of papers of a dossier that is filed."""
    dossier = case.seen("followup", f"/v1/dossiers/{case.ticket}")
    assert dossier is not None
    assert dossier["stage"] == "filed"
    return {each["kind"] for each in dossier["asked"]}


def _report(case: Case) -> dict[str, Any]:
    page = case.seen("intake", f"/v1/reports/{case.ticket}")
    assert page is not None
    shown: dict[str, Any] = page["report"]
    return shown
