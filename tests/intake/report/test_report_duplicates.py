"""重复报修 as stories: the second call about a matter is seen, however soon it comes."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest

from services.intake import report
from services.intake.app import room
from services.intake.registers import Register
from services.intake.report.duplicates import NEAR, OpenReports, known, reads_near
from services.intake.report.reporting import RegisterReport
from services.intake.report.state import Report, initial
from shared.command import CommandEnvelope, NumberedCommand
from shared.decider import Asked
from shared.events.cards import BranchCard, PersonCard
from shared.events.intake import RepairClosed
from shared.events.report_form import Basics, BasicsField, Equipment
from shared.events.values import Channel, Ending, ReportKind, Role, Warned, WayIn
from shared.handle import Handler, handle
from shared.record.store import Store
from tests.intake.desk import EXAMPLES, Intake
from tests.intake.example import AT, BRANCH, CARDS, LI, REGISTER, REPORTED, by, sealed, state
from tests.memory_keys import memory_keys
from tests.memory_record import Memory

SERIES = "BX-HZ01-20261123"
FIRST, SECOND = f"{SERIES}-0001", f"{SERIES}-0002"
OTHERS = Equipment(machine="SB-77", model="别的型号", serial_no="9")
SAME_SERIAL = Equipment(model=" gx-200", serial_no="2018 0077")
CALL = {name: EXAMPLES["reports"][name] for name in ("kind", "channel", "way_in", "branch")} | {
    **{name: EXAMPLES["reports"][name] for name in ("contact_name", "contact_phone")},
    "fault_description": "又漏水了",
    "basics": {"asked_unknown": [field.value for field in BasicsField]},
}


def warned(command: RegisterReport, first: Report, asked: Asked | None = None) -> Sequence[Warned]:
    """Of what a second report of the day warns, right after the first."""
    told = replace(asked or by(LI), home=f"report-{SECOND}", ticket=SECOND)
    told = replace(told, reads={**CARDS, **told.reads, f"report-{FIRST}": first})
    ((_, fact),) = report.decide(command, initial, told)
    return list(fact.warnings)


@pytest.mark.parametrize(
    ("equipment", "is_told"),
    [
        (OTHERS, True),
        (SAME_SERIAL, True),
        (replace(SAME_SERIAL, model="GX-300"), False),
        (replace(SAME_SERIAL, model=None), False),
        (Equipment(model="GX-200"), False),
    ],
)
def test_what_was_registered_just_now_is_seen_by_machine_and_by_serial(
    equipment: Equipment, is_told: bool
) -> None:
    phone = sealed("contact_phone", "b3RoZXI=")
    command = replace(REGISTER, equipment=equipment, contact_phone=phone)
    told = [Warned("open-report-on-same-machine", (FIRST,))] if is_told else []
    assert warned(command, state(REPORTED)) == told


def test_the_phone_of_a_known_customer_is_seen_at_once() -> None:
    command = replace(REGISTER, equipment=Equipment())
    assert warned(command, state(REPORTED)) == [Warned("open-report-of-same-phone", (FIRST,))]


def test_what_is_closed_or_was_never_registered_is_not_warned_of() -> None:
    closed = RepairClosed(Ending.WITHDRAWN, "不修了", None, AT, None)
    for first in (initial, state(REPORTED, closed)):
        assert warned(REGISTER, first) == []
    silent = replace(REGISTER, open_reports=OpenReports(is_warned_of=False))
    assert warned(silent, state(REPORTED)) == []


def test_what_the_views_know_and_what_they_do_not_is_said_together() -> None:
    before = "BX-HZ01-20261120-0007"
    views = OpenReports(of_machine=(before,), of_phone=(before,), elsewhere=True)
    assert warned(replace(REGISTER, open_reports=views), state(REPORTED)) == [
        Warned("open-report-on-same-machine", (before, FIRST)),
        Warned("open-report-elsewhere", ()),
    ]


def test_numbers_of_other_branches_are_not_said() -> None:
    here = {"BX-HZ01-20261120-0007": "HZ01", "BX-HZ01-20261119-0002": "HZ01"}
    there = {"BX-NB01-20261120-0001": "NB01"}
    mine = tuple(sorted(here))
    told = partial(known, branch="HZ01", is_warned_of=True)
    assert told(here, {}) == OpenReports(of_machine=mine)
    assert told(here, there) == OpenReports(of_machine=mine, elsewhere=True)
    assert told({}, here) == OpenReports(of_phone=mine)
    assert told(there, {}) == OpenReports(elsewhere=True)
    assert told({}, {}) == OpenReports()


def test_a_customer_learns_only_of_their_own() -> None:
    own = replace(by("YH-1001", Role.CUSTOMER), actor="YH-1001")
    web = replace(REGISTER, channel=Channel.WEB)
    assert [each.code for each in warned(web, state(REPORTED), own)] == [
        "open-report-on-same-machine"
    ]
    theirs = replace(REPORTED, basics=replace(REPORTED.basics, customer="YH-2"))
    assert warned(web, state(theirs), own) == []


def test_a_report_looks_at_the_numbers_just_before_its_own() -> None:
    asked = replace(by(LI), ticket=f"{SERIES}-0103")
    assert reads_near(asked)[-1] == f"report-{SERIES}-0102"
    assert len(reads_near(asked)) == NEAR
    assert reads_near(replace(asked, ticket=FIRST)) == ()
    assert reads_near(replace(asked, ticket=None)) == ()


def test_a_second_call_is_found_by_its_phone_alone(intake: Intake) -> None:
    """情况一: also where nobody knows yet whose machine it is; and no more once it is closed."""
    first = intake.opened().reported()
    ticket = first.rpartition("/")[2]

    def again(**changed: Any) -> list[tuple[str, list[str]]]:
        told = intake.done(intake.desk.post("/v1/reports", {**CALL, **changed}, intake.clerk))
        path = told.headers["location"]
        found = [(each["code"], each["numbers"]["about"]) for each in told.json()["warnings"]]
        _closed(intake, path)
        return found

    assert again(contact_phone="+86 571 87001234") == [("open-report-of-same-phone", [ticket])]
    serial = {"model": "MFQ-32", "serial_no": EXAMPLES["reports"]["equipment"]["serial_no"]}
    machine = [("open-report-on-same-machine", [ticket])]
    assert again(contact_phone="0571-8111 0000", equipment=serial) == machine
    assert again(contact_phone="0571-8111 0000") == []
    _closed(intake, first)
    assert again() == []


def test_a_second_call_is_taken_while_a_list_is_built_anew(intake: Intake) -> None:
    """What is only warned of keeps nobody from writing a report down."""
    ticket = intake.opened().reported().rpartition("/")[2]
    intake.desk.views.is_building = True
    told = intake.done(intake.desk.post("/v1/reports", EXAMPLES["reports"], intake.clerk))
    same = ["open-report-on-same-machine", "open-report-of-same-phone"]
    assert {each["code"] for each in told.json()["warnings"]} <= {*same}
    assert ticket in str(told.json()["warnings"])
    _closed(intake, told.headers["location"])
    again = intake.done(intake.desk.post("/v1/reports", CALL, intake.clerk))
    found = [(each["code"], each["numbers"]["about"]) for each in again.json()["warnings"]]
    assert found == [("open-report-of-same-phone", [ticket])], "the record alone knows the phone"


def test_of_two_clerks_in_the_same_second_one_is_warned() -> None:
    same_second(Memory("intake", 6))


def same_second(store: Store) -> None:
    """Two clerks register the same matter at once: the later number names the earlier one."""
    handler = Handler(store, room.papers, memory_keys())
    now = datetime.now(UTC)
    for card in (BranchCard(BRANCH, "杭州"), PersonCard(LI, "李", (Role.CLERK,), (BRANCH,))):
        home = f"branch-{BRANCH}" if isinstance(card, BranchCard) else f"person-{LI}"
        asked = Asked(home, "O-1", frozenset({Role.OPERATOR}), now, BRANCH)
        handle(handler, CommandEnvelope(uuid4(), Register(card), asked))
    start = Barrier(4)

    def clerk(_: int) -> list[Warned]:
        start.wait()
        answer = handle(handler, NumberedCommand(uuid4(), BRANCH, now.date(), _numbered(now)))
        (fact,) = answer.facts
        return list(fact.warnings)

    with ThreadPoolExecutor(4) as desk:
        found = list(desk.map(clerk, range(4)))
    tickets = [f"BX-{BRANCH}-{now:%Y%m%d}-{n:04}" for n in range(1, 5)]
    told = [each.about for warnings in found for each in warnings]
    assert sorted(told, key=len) == [tuple(tickets[:n]) for n in (1, 2, 3)]


def _numbered(now: datetime) -> Callable[[int], CommandEnvelope]:
    command = RegisterReport(
        kind=ReportKind.REPAIR,
        channel=Channel.PHONE,
        way_in=WayIn.A,
        contact_name="王小明",
        contact_phone="0571-8700 1234",
        fault_description="漏水",
        basics=Basics(asked_unknown=tuple(BasicsField)),
        equipment=Equipment(model="GX-200", serial_no="20180077"),
    )

    def build(n: int) -> CommandEnvelope:
        ticket = f"BX-{BRANCH}-{now:%Y%m%d}-{n:04}"
        roles = frozenset({Role.CLERK.value})
        asked = Asked(f"report-{ticket}", LI, roles, now, BRANCH, ticket)
        return CommandEnvelope(uuid4(), command, asked)

    return build


def _closed(intake: Intake, path: str) -> None:
    told = datetime.now(UTC).isoformat()
    body = {"ending": "withdrawn", "reason": "不修了", "customer_told_at": told}
    intake.done(intake.desk.post(f"{path}/closings", body, intake.clerk))
