"""S2 派出制 (dispatch): each check of it, over HTTP, by its id."""

import itertools
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from guiyi.play import note, order, visit
from guiyi.play.case import Case
from guiyi.play.commissioning import COMMISSIONED
from guiyi.play.people import APPROVER, CLERK, LIU, ONLOOKER, Person
from guiyi.play.player import A_DAY, Turn, play
from guiyi.play.repairs import DRAWN, SETTLED, agreed_by, ordered_for, reported_by, there
from tests.acceptance.checks import Hearing, Seen
from tests.shared.http_desk import codes
from tests.world import detours
from tests.world.cases import TOLD, case_of, enter
from tests.world.honest import ZONE
from tests.world.people import ANYBODY as BASE
from tests.world.people import HANDY, HANDY_2

NUMBERS = itertools.count()
ON_SITE = (*ordered_for(LIU), DRAWN, *agreed_by(CLERK), *there(LIU))
SIGNED = (
    Turn(order.record_work(), LIU),
    Turn(visit.end_visit("done"), LIU),
    Turn(order.sign_as_customer, LIU),
)


@pytest.fixture(scope="module")
def desk() -> Iterator[Hearing]:
    with Hearing() as made:
        enter(made)
        made.post.deliver_all()
        yield made


@pytest.fixture
def world(desk: Hearing) -> Hearing:
    desk.seen = Seen()
    return desk


def approved(world: Hearing, technician: Person = LIU) -> Case:
    """A repair with a seal, approved, of which dispatch has heard."""
    case = case_of(world, next(NUMBERS) % 6, parts={"SEAL-32": 1}, technician=technician)
    play(case, reported_by(technician), world.seen)
    world.post.deliver_all()
    return case


def step(case: Case, who: Person, path: str, body: Mapping[str, Any]) -> httpx.Response:
    return case.does(who, "dispatch", f"{order.ORDER}/{case.order}/{path}", body)


def as_approved(case: Case) -> dict[str, Any]:
    """The form of the order as the clerk copies it."""
    page = case.shown(CLERK, "dispatch", f"{order.ORDER}/awaiting")
    assert page is not None
    (row,) = (each for each in page["rows"] if each["ticket"] == case.ticket)
    copied = {name: row[name] for name in ("approved", "repair_nature", "travel")}
    parts = [{**part, "delivery": "carried"} for part in row["parts"]]
    return {"kind": "repair", **copied, "parts": parts, "no_parts": False}


def otherwise(form: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same form with one thing in it that was not approved."""
    (part,), travel = form["parts"], form["travel"]
    day = datetime.fromisoformat(travel["at"]) + timedelta(days=1)
    yield {**form, "kind": "commissioning"}
    yield {**form, "parts": [{**part, "quantity": 2}]}
    yield {**form, "parts": [], "no_parts": True}
    yield {**form, "repair_nature": "goodwill"}
    yield {**form, "travel": {**travel, "mode": "rail"}}
    yield {**form, "travel": {**travel, "at": day.isoformat()}}


def on_the_way(world: Hearing) -> Case:
    """A technician who could leave as it was approved."""
    case = approved(world)
    play(case, (*ordered_for(LIU), DRAWN, *agreed_by(CLERK)), world.seen)
    world.post.deliver_all()
    return case


def facts_of(answer: httpx.Response | None) -> list[str]:
    """What became true, as the answer says."""
    assert answer is not None
    assert answer.is_success, answer.text
    told: list[str] = answer.json()["facts"]
    return told


def refused(answer: httpx.Response | None) -> list[str]:
    """Why not, as the answer says."""
    assert answer is not None
    return codes(answer)


def released(case: Case) -> list[str]:
    """What the store's history of the ticket says."""
    told = case.shown(ONLOOKER, "inventory", f"/v1/tickets/{case.ticket}/history")
    return [each["type"] for each in told["rows"]] if told else []


def test_s2_1_the_order_is_what_was_approved(world: Hearing) -> None:
    case = approved(world)
    form = as_approved(case)
    for other in otherwise(form):
        assert codes(step(case, CLERK, "openings", {"form": other})) == ["differs-from-approved"]
    assert step(case, CLERK, "openings", {"form": form}).json()["facts"] == ["WorkOrderOpened"]
    play(case, ordered_for(LIU)[1:2], world.seen)
    world.post.deliver_all()
    assert released(case) == [], "nobody has signed that they take it"
    play(case, ordered_for(LIU)[2:], world.seen)
    world.post.deliver_all()
    assert released(case) == ["IssueNoteReleased"]
    (shown,) = note.notes_of(case).values()
    world.seen.said |= {*released(case)}
    assert shown["note"]["recipient"] == LIU.id
    world.seen.expect("S2.1")


def test_s2_2_another_journey_is_asked_for_or_stands_as_a_deviation(world: Hearing) -> None:
    case = on_the_way(world)
    coach = {"mode": "coach"}
    assert refused(visit.visit_step(case, LIU, "departures", coach)) == ["travel-not-approved"]
    world.clock.pass_on(A_DAY)
    assert refused(visit.depart(case, LIU)) == ["travel-not-approved"]
    asked = {**coach, "travel_at": case.now, "because": "用户改到今天，车坏了"}
    assert step(case, LIU, "travel-changes", asked).is_success
    early = refused(visit.visit_step(case, LIU, "departures", coach))
    assert early == ["travel-change-open", "travel-not-approved"]
    granted = {name: asked[name] for name in ("mode", "travel_at")}
    assert step(case, APPROVER, "travel-change-approvals", granted).is_success
    assert facts_of(visit.visit_step(case, LIU, "departures", coach)) == ["Departed"]
    told = on_the_way(world)
    world.clock.pass_on(timedelta(hours=2))
    assert facts_of(detours.depart_before(told, LIU)) == ["Departed"]
    (seen,) = visit.visits_of(told)
    assert seen["departed"]["deviation"] == ["travel_mode"]
    world.seen.said |= {"deviation"} & {*seen["departed"]}
    assert facts_of(detours.grant_deviation(told, APPROVER)) == ["DeviationGranted"]
    world.seen.expect("S2.2")


def asked_for_help(world: Hearing, ground: str) -> Case:
    """An order that is made out, and of which base is asked for help."""
    case = approved(world)
    play(case, ordered_for(LIU)[:1], world.seen)
    wanted = {"ground": ground, "tried": "按手册检查三遍，仍不出水"}
    assert facts_of(step(case, CLERK, "base-help-requests", wanted)) == ["BaseHelpAsked"]
    world.seen.said.add("BaseHelpAsked")
    return case


def sent_by_base(case: Case) -> httpx.Response:
    """Base sends a technician of its own."""
    sent = {"technician": HANDY_2.id, "because": "分店无人会修，或无人可派"}
    return step(case, BASE, "base-technicians", sent)


def signs_the_order(world: Hearing, case: Case, technician: Person) -> None:
    """Who is sent is assigned the order, and signs it."""
    given = (Turn(order.assign(technician), CLERK), Turn(order.take_order, technician))
    play(case, given, world.seen)
    shown = case.shown(CLERK, "dispatch", f"{order.ORDER}/{case.order}")
    assert shown is not None
    assert shown["technician"] == technician.id


def test_s2_3_base_guides_before_it_sends_anybody_but_where_people_lack(world: Hearing) -> None:
    case = asked_for_help(world, "technical")
    assert refused(sent_by_base(case)) == ["guidance-first"]
    world.seen.heard(sent_by_base(case))
    guided = {"steps": "先测绕组电阻", "solved": False}
    for answer in (step(case, BASE, "base-guidances", guided), sent_by_base(case)):
        assert facts_of(world.seen.heard(answer))
    signs_the_order(world, case, HANDY_2)
    lacking = asked_for_help(world, "capacity")
    assert facts_of(sent_by_base(lacking)) == ["BaseTechnicianSent"]
    signs_the_order(world, lacking, HANDY_2)
    world.seen.expect("S2.3")


def test_s2_4_the_warranty_of_a_new_machine_starts_when_it_is_accepted(world: Hearing) -> None:
    path = f"/v1/machines/{TOLD['sold']['report']['equipment']['machine']}"
    case = Case(world, TOLD["sold"], LIU)
    before = case.shown(CLERK, "intake", path)
    assert before is not None
    assert before["warranty_starts_on"] is None
    for each in COMMISSIONED:
        world.post.deliver_all()
        play(case, (each,), world.seen)
    world.post.deliver_all()
    after = case.shown(CLERK, "intake", path)
    order_as_closed = case.ordered()
    assert after is not None
    assert order_as_closed is not None
    accepted_on = order_as_closed["warranty_starts_on"]
    assert order_as_closed["kind"] == "commissioning"
    assert after["warranty_starts_on"] == accepted_on == local_day(case)
    world.seen.said |= {"warranty_starts_on"} & {*after}
    world.seen.expect("S2.4")


def local_day(case: Case) -> str:
    """The day of the customer's signature, where the branch is."""
    order_as_closed = case.ordered()
    assert order_as_closed is not None
    signed_at = datetime.fromisoformat(order_as_closed["customer"]["signature"]["signed_at"])
    return signed_at.astimezone(ZONE).date().isoformat()


def test_s2_5_the_task_comes_home_with_every_paper_to_somebody_else(world: Hearing) -> None:
    case = approved(world, HANDY)
    steps = [Turn(each.act, HANDY if each.who is LIU else each.who) for each in (*ON_SITE, *SIGNED)]
    for each in steps:
        world.post.deliver_all()
        play(case, (each,), world.seen)
    assert codes(order.hand_in(case, HANDY)) == ["not-reconciled"]
    world.post.deliver_all()
    play(case, (SETTLED,), world.seen)
    world.post.deliver_all()
    play(case, (Turn(order.hand_in, HANDY, A_DAY),), world.seen)
    assert codes(order.close(case, HANDY)) == ["takes-his-own"]
    assert codes(order.close_unchecked(case, CLERK)) == ["papers-unchecked"]
    assert "RepairClosed" in order.close(case, CLERK).json()["facts"]
    world.seen.expect("S2.5")
