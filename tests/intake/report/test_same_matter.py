"""同一事项 as stories: two who register at once, in one branch, in two, over midnight."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest

from services.intake import report
from services.intake.app import room
from services.intake.cards import stream_of
from services.intake.registers import Register
from services.intake.report.duplicates import OpenReports, matter, reads_others
from services.intake.report.reporting import RegisterReport
from services.intake.report.state import initial
from shared.command import CommandEnvelope, NumberedCommand
from shared.decider import Asked, NotRead, Refused
from shared.events.cards import BranchCard, PersonCard
from shared.events.intake import RepairClosed, RepairReported
from shared.events.report_form import Basics, BasicsField, Equipment
from shared.events.values import Channel, Ending, ReportKind, Role, Warned, WayIn
from shared.handle import Handler, handle
from shared.record.store import Store
from tests.intake.example import AT, CARDS, LI, REGISTER, REPORTED, by, state
from tests.memory_keys import memory_keys
from tests.memory_record import Memory

HERE, THERE = "HZ01", "NB01"
CLERKS = {HERE: "C-LINA", THERE: "C-HEMEI"}
NEW = "report-BX-HZ01-20261123-0009"
ANOTHER, FAR = "BX-HZ01-20261122-0031", "BX-NB01-20261123-0001"
PHONE, OTHER_PHONE = "0571-8700 1234", "0571-8111 0000"
SERIAL = Equipment(model="GX-200", serial_no="2018 0077")
SAME_SERIAL = Equipment(model=" gx-200", serial_no="20180077")
MACHINE, CALLED = "open-report-on-same-machine", "open-report-of-same-phone"
ELSEWHERE = Warned("open-report-elsewhere", ())

Told = tuple[str, Sequence[Warned]]
"""The ticket of a new report, and of what it warns."""


def call(phone: str, equipment: Equipment | None = None) -> RegisterReport:
    """A call of which nobody says whose customer it is."""
    return RegisterReport(
        kind=ReportKind.REPAIR,
        channel=Channel.PHONE,
        way_in=WayIn.A,
        contact_name="王小明",
        contact_phone=phone,
        fault_description="漏水",
        basics=Basics(asked_unknown=tuple(BasicsField)),
        equipment=equipment or Equipment(),
    )


@dataclass(frozen=True)
class Desks:
    """The desks of two branches on one record."""

    handler: Handler
    now: datetime

    @classmethod
    def on(cls, store: Store) -> "Desks":
        """With the cards of two branches and of a clerk in each."""
        desks = cls(Handler(store, room.papers, memory_keys()), datetime.now(UTC))
        for branch, clerk in CLERKS.items():
            person = PersonCard(clerk, clerk, (Role.CLERK,), (branch,))
            for card in (BranchCard(branch, branch), person):
                asked = Asked(stream_of(card), "O-1", frozenset({Role.OPERATOR}), desks.now, branch)
                handle(desks.handler, CommandEnvelope(uuid4(), Register(card), asked))
        return desks

    @property
    def today(self) -> date:
        """The day of their numbers."""
        return self.now.date()

    def registers(
        self, command: RegisterReport, branch: str = HERE, day: date | None = None
    ) -> Told:
        """A clerk of the branch registers it, under a number of this day."""
        day = day or self.today

        def build(n: int) -> CommandEnvelope:
            ticket = f"BX-{branch}-{day:%Y%m%d}-{n:04}"
            roles = frozenset({Role.CLERK.value})
            home = f"report-{ticket}"
            asked = Asked(home, CLERKS[branch], roles, self.now, branch, ticket)
            return CommandEnvelope(uuid4(), command, asked)

        answer = handle(self.handler, NumberedCommand(uuid4(), branch, day, build))
        (fact,) = answer.facts
        assert isinstance(fact, RepairReported)
        return answer.home.removeprefix("report-"), fact.warnings

    def at_once(self, *asks: Callable[[], Told]) -> tuple[str, Sequence[Warned]]:
        """Each asks at the same moment. The ticket of the first one, what the second was told."""
        start = Barrier(len(asks))

        def ask(each: Callable[[], Told]) -> Told:
            start.wait(10)
            return each()

        with ThreadPoolExecutor(len(asks)) as people:
            told = list(people.map(ask, asks))
        (first,) = [ticket for ticket, warned in told if not warned]
        (second,) = [warned for _, warned in told if warned]
        return first, second


def by_phone_alone(store: Store) -> None:
    """In one branch, however the number is written."""
    desks = Desks.on(store)
    first, second = desks.at_once(
        partial(desks.registers, call(PHONE)),
        partial(desks.registers, call("138 0013 8000 / +86 571 87001234")),
    )
    assert second == (Warned(CALLED, (first,)),)
    assert desks.registers(call(OTHER_PHONE))[1] == ()


def by_serial_alone(store: Store) -> None:
    """However serial number and model are written."""
    desks = Desks.on(store)
    first, second = desks.at_once(
        partial(desks.registers, call(PHONE, SERIAL)),
        partial(desks.registers, call(OTHER_PHONE, SAME_SERIAL)),
    )
    assert second == (Warned(MACHINE, (first,)),)


def in_two_branches(store: Store) -> None:
    """That another branch has one is said, and nothing more of it; by phone, and by serial."""
    desks = Desks.on(store)
    for one, other in (
        (call(PHONE), call(PHONE)),
        (call("0571-8111 0001", SERIAL), call("0571-8111 0002", SAME_SERIAL)),
    ):
        _, second = desks.at_once(
            partial(desks.registers, one, HERE), partial(desks.registers, other, THERE)
        )
        assert second == (ELSEWHERE,)


def over_midnight(store: Store) -> None:
    """The last number of a day, and the first one of the next."""
    desks = Desks.on(store)
    tomorrow = desks.today + timedelta(days=1)
    first, second = desks.at_once(
        partial(desks.registers, call(PHONE)),
        partial(desks.registers, call(PHONE), HERE, tomorrow),
    )
    assert second == (Warned(CALLED, (first,)),)


@pytest.mark.parametrize(
    "happens", [by_phone_alone, by_serial_alone, in_two_branches, over_midnight]
)
def test_of_two_at_the_same_moment_one_is_warned(happens: Callable[[Store], None]) -> None:
    happens(Memory("intake", 6))


def test_a_report_that_was_refused_is_not_on_the_matter() -> None:
    """Its number returns, and what it said with it."""
    desks = Desks.on(Memory("intake", 6))
    with pytest.raises(Refused):
        desks.registers(replace(call(PHONE), fault_description=None))
    assert desks.registers(call(PHONE)) == (f"BX-HZ01-{desks.today:%Y%m%d}-0001", ())


def met(
    kind: str, *reports: tuple[str, RepairReported | None], asked: Asked | None = None
) -> Asked:
    """Who asks for a new report, and what was begun on the same matter; None: it is closed."""
    closed = RepairClosed(Ending.WITHDRAWN, "不修了", None, AT, None)
    found = {
        f"report-{ticket}": state(fact) if fact else state(REPORTED, closed)
        for ticket, fact in reports
    }
    near = {f"report-BX-HZ01-20261123-{n:04}": initial for n in range(1, 9)}
    asked = asked or by(LI)
    return replace(
        asked,
        home=NEW,
        ticket=NEW.removeprefix("report-"),
        reads={**CARDS, **asked.reads, **near, **found},
        met={kind: sorted(found)},
    )


def warned(asked: Asked) -> Sequence[Warned]:
    """Of what it warns."""
    ((_, fact),) = report.decide(REGISTER, initial, asked)
    assert isinstance(fact, RepairReported)
    return fact.warnings


def test_what_was_begun_is_said_by_what_it_has_in_common() -> None:
    assert warned(met("phone", (ANOTHER, REPORTED))) == (Warned(CALLED, (ANOTHER,)),)
    for kind in ("machine", "serial"):
        assert warned(met(kind, (ANOTHER, REPORTED))) == (Warned(MACHINE, (ANOTHER,)),)
    assert warned(met("phone", (ANOTHER, None))) == (), "it is closed"


def test_of_another_branch_no_number_is_said() -> None:
    far = replace(REPORTED, branch=THERE)
    assert warned(met("phone", (FAR, far))) == (ELSEWHERE,)
    both = met("phone", (FAR, far), (ANOTHER, REPORTED))
    assert warned(both) == (Warned(CALLED, (ANOTHER,)), ELSEWHERE)


def test_a_customer_learns_of_their_own_alone() -> None:
    own = replace(by("YH-1001", Role.CUSTOMER), actor="YH-1001")
    theirs = replace(REPORTED, basics=replace(REPORTED.basics, customer="YH-2"))
    far = replace(theirs, branch=THERE)
    web = replace(REGISTER, channel=Channel.WEB)
    for fact, told in ((REPORTED, (Warned(CALLED, (ANOTHER,)),)), (theirs, ()), (far, ())):
        asked = met("phone", (ANOTHER, fact), asked=own)
        ((_, made),) = report.decide(web, initial, asked)
        assert made.warnings == told


def test_nothing_is_said_where_policy_does_not_want_it() -> None:
    silent = replace(REGISTER, open_reports=OpenReports(is_warned_of=False))
    ((_, fact),) = report.decide(silent, initial, met("phone", (ANOTHER, REPORTED)))
    assert fact.warnings == ()


def test_the_matter_is_what_can_be_told_apart() -> None:
    words = matter(NEW, SERIAL, PHONE).words
    assert words == {"serial": "gx-200 20180077", "phone": PHONE}
    assert matter(NEW, SAME_SERIAL, "").words == {"serial": words["serial"]}
    assert matter(NEW, Equipment(machine="M-1", model="GX-200"), None).words == {"machine": "M-1"}
    assert matter(NEW, Equipment(serial_no="2018"), None).words == {}


def test_what_was_met_is_read() -> None:
    asked = met("phone", (ANOTHER, REPORTED))
    assert f"report-{ANOTHER}" in reads_others(asked)
    with pytest.raises(NotRead):
        warned(replace(asked, met={"phone": ["report-BX-HZ01-20261121-0001"]}))
