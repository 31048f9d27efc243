"""政策 (policy): rules that organisations set differently, as typed tables read from TOML.

A table has a name and a version, and every fact that depends on it carries both (`core@1`). Ranges
are half-open: a value on the edge belongs to the stricter side. An error in a file names the file
and the field.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from shared.events.cards import BranchCard
from shared.events.followup import AnswerKind, QuestionAbout
from shared.events.inventory import Valuing
from shared.events.values import BranchCode, Ending, ReportKind
from shared.policy.claiming import Claiming
from shared.policy.clocks import Calendar, Clock, Hours, OwnCalendar, Schedule
from shared.policy.notices import Notices
from shared.policy.source import Unfit

CORE = "core.toml"
"""The file of the core policy in a folder of policies."""
Code = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class Rung(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """审批档: up to which cost it counts, and in which roles people must approve it, one each."""

    all: Annotated[tuple[Code, ...], Meta(min_length=1, max_length=20)]
    below_fen: Annotated[int, Meta(ge=1)] | None = None
    """None only for the last rung, which has no upper bound."""

    def __post_init__(self) -> None:
        if len(set(self.all)) < len(self.all):
            raise Unfit("all", "one is named twice")


class ApprovalPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """审批: who must approve what a repair costs, and by when."""

    ladder: Annotated[tuple[Rung, ...], Meta(min_length=1)]
    clock: Clock

    def __post_init__(self) -> None:
        bounds = [each.below_fen for each in self.ladder[:-1]]
        known = [bound for bound in bounds if bound is not None]
        if self.ladder[-1].below_fen is not None:
            raise Unfit("ladder", "the last rung has no below_fen")
        if len(known) < len(bounds) or sorted(set(known)) != known:
            raise Unfit("ladder", "below_fen must rise from rung to rung")


class Taking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """接单: by when a technician must take or decline an order that was assigned to them."""

    clock: Clock


class Urging(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """催办: how long after an urging by hand nobody urges the same step of a paper again."""

    clock: Clock = Clock(timedelta(hours=4))


class QuestionAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """回访题: one question of the call-back; its code never changes its meaning."""

    code: Code
    kind: AnswerKind
    zh: Annotated[str, Meta(min_length=1, max_length=200)]
    en: Annotated[str, Meta(min_length=1, max_length=200)]
    required: bool = True
    kinds: frozenset[ReportKind] = frozenset()
    """Of cases of which kinds it is asked; none named: of all."""
    endings: frozenset[Ending] = frozenset()
    """Of cases that ended how it is asked; none named: of all."""
    about: QuestionAbout | None = None
    """What its answer says; None: nothing follows from it."""

    def __post_init__(self) -> None:
        if self.about is not None and self.kind is not self.about.kind:
            raise Unfit("about", f"{self.about.value} is answered as {self.about.kind.value}")


class FollowUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """回访: which cases are followed up by a call, by when, with which questions."""

    endings: frozenset[Ending]
    clock: Clock
    """Runs from the closing of the case."""
    questions: Annotated[tuple[QuestionAsked, ...], Meta(min_length=1, max_length=20)]
    share: Annotated[int, Meta(ge=0, le=100)] = 100
    """How many of a hundred cases are called about. Which ones depends only on the ticket."""
    attempts_on_days: Annotated[int, Meta(ge=1, le=30)] = 3
    """On how many different days a customer is called before they may be given up."""
    link_for: timedelta = timedelta(days=7)
    """How long a link opens the questions to the customer."""

    def __post_init__(self) -> None:
        codes = [question.code for question in self.questions]
        if twice := [code for code in codes if codes.count(code) > 1]:
            raise Unfit("questions", f"{twice[0]} is named twice")
        about = [question.about for question in self.questions if question.about is not None]
        if again := [each for each in about if about.count(each) > 1]:
            raise Unfit("questions", f"two are about {again[0].value}")


class Repeats(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """返修: within how many days after a repair the same machine comes back as a repeat."""

    days: Annotated[int, Meta(ge=1, le=366)] = 30


class Reaching(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """联系用户: what is tried before a case ends because nobody reaches its customer."""

    attempts_on_days: Annotated[int, Meta(ge=1, le=20)] = 3
    """On how many different days; each try is told on its own day."""


class HandingIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """交销: by when a technician must hand in a task after the customer signed the order."""

    clock: Clock


class NextVisit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """下次上门: how long parts may be out for an order without anybody who is to go."""

    clock: Clock


class Departing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """出发: what is checked before anybody sets out, and when a departure counts as told late."""

    checklist: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")], ...],
        Meta(max_length=20),
    ] = ()
    afterwards: timedelta = timedelta(minutes=10)
    """Told so long after it happened, it is recorded as it was, with what was otherwise."""


class Quote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """报价: when a paying customer must have agreed."""

    consent_on_site: bool = False
    consent_times: Annotated[int, Meta(ge=1, le=1_000)] = 10
    """现场同意上限: on site nobody agrees to more than so many times the approved estimate."""


class Fees(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """收费: what becomes of money that a customer paid."""

    settle_same_day: bool = False
    """当日结清: whether it is settled with finance on the day on which it was taken."""
    upward: Clock | None = None
    """Runs from the end of that day; then those who approved the job are told. None: never."""

    def with_own(self, own: "OwnFees") -> "Fees":
        """The fees of a branch."""
        asks = self.settle_same_day if own.settle_same_day is None else own.settle_same_day
        return Fees(asks, own.upward or self.upward)


class OwnFees(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """网点收费: what a branch has otherwise; where it says nothing, the fees of all count."""

    settle_same_day: bool | None = None
    upward: Clock | None = None


class Numbers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """编号: the pattern of a ticket's number, with `{branch}`, `{day}` and `{n}`."""

    ticket: str

    def __post_init__(self) -> None:
        try:
            made = ticket_number(self, "HZ01", date(2026, 11, 23), 1)
        except (LookupError, ValueError) as error:
            raise Unfit("ticket", str(error)) from error
        if not re.fullmatch(r"BX-HZ01-20261123-0{3,5}1", made):
            raise Unfit(
                "ticket", f"makes {made}; write it as BX-{{branch}}-{{day:%Y%m%d}}-{{n:04}}"
            )


class SkillAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """所需技能: the skill that machines need whose model begins with this name."""

    model: Annotated[str, Meta(min_length=1)]
    skill: Annotated[str, Meta(min_length=1)]


class Warnings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """提醒: which warnings are given."""

    open_report_on_same_machine: bool = True
    orders_on_one_day: Annotated[int, Meta(ge=1)] | None = None
    """Warn from so many orders of a technician on one day on; None: never."""
    other_area: bool = False
    """Whether to warn when a technician is sent to a region where they do not usually go."""
    skills: tuple[SkillAsked, ...] = ()
    """If several fit a model, the longest counts. If none fits, no skill is needed."""


class Suggesting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """定额建议: from how much use a quota is suggested, and for how long it is to last."""

    weeks: Annotated[int, Meta(ge=1, le=53)] = 13
    """The newest whole weeks whose use counts."""
    cover_weeks: Annotated[int, Meta(ge=1, le=26)] = 2
    """How many weeks the shelf lasts without a delivery: from one request to the next, and until
    base has sent it."""


class Filing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """归档: how long a dossier may lie there with all of its papers."""

    clock: Clock
    """Runs from the last of them; then the clerk is reminded."""


class Stock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """库存: how the store tells what its pieces cost, and how many it should have."""

    valuing: Valuing = Valuing.MOVING_AVERAGE
    old_parts_months: Annotated[int, Meta(ge=1, le=12)] = 1
    """旧件期限: after so many months old parts that stand on no list are late."""
    old_parts_upward: Clock | None = None
    """Runs from the reminder of them; then the approvers of the store are told. None: never."""
    suggesting: Suggesting = Suggesting()


class Refilling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """补库: on which days stores ask base for what they lack, and how long base may take."""

    schedule: Schedule
    clock: Clock
    """Runs from the request; over it stands what base has not sent, bought or not."""
    asking: Clock | None = None
    """Runs from the draft; then the keeper is reminded, if nobody asked. None: nobody is."""


class Warranty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """保修: how long a new machine is covered whose card does not say until when."""

    months: Annotated[int, Meta(ge=1, le=120)] = 12
    """From the day on which it was accepted, which is not counted."""


class Closing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """截帐: how late in a month it is counted, and how long its consumption report may take."""

    clock: Clock = Clock(timedelta(days=3), Hours.ALWAYS)
    """Runs from the end of the month, whenever it is closed."""
    last_days: Annotated[int, Meta(ge=1, le=28)] = 3
    """月末: a count that began in so many last days of the month, or later, lets it be closed."""


class Stocktaking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """盘点: how long after its end a month may wait for its stocktake and its closing."""

    clock: Clock


class ComplaintClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """投诉类别: one class of complaints, and how long it may take from when it was received."""

    code: Code
    zh: Annotated[str, Meta(min_length=1, max_length=200)]
    en: Annotated[str, Meta(min_length=1, max_length=200)]
    clock: Clock | None = None
    """None: as agreed with the customer."""
    written_notice: bool = False
    """书面答复: whether the customer is given a written notice."""


class Department(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """部门: one that deals with complaints, and as what people lead it."""

    code: Code
    zh: Annotated[str, Meta(min_length=1, max_length=200)]
    en: Annotated[str, Meta(min_length=1, max_length=200)]
    head: Code = "approver"
    """The role or post of who leads it, at the branch of the complaint."""
    upward: Code = "general_manager"
    """The role or post of who is above them."""


THREE_DAYS = Clock(timedelta(days=3), Hours.ALWAYS)


class Complaints(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """投诉: which classes there are, who deals with them, and when the customer is called back."""

    classes: Annotated[tuple[ComplaintClass, ...], Meta(min_length=1, max_length=20)] = (
        ComplaintClass("general", "一般", "general", Clock(timedelta(minutes=30))),
        ComplaintClass("fairly_complex", "较复杂", "fairly complex", Clock(timedelta(hours=3))),
        ComplaintClass("complex", "复杂", "complex", THREE_DAYS, written_notice=True),
        ComplaintClass("very_complex", "特别复杂", "very complex"),
    )
    """From the strictest on. What nobody has classed yet is given the time of the first."""
    departments: Annotated[tuple[Department, ...], Meta(min_length=1, max_length=20)] = (
        Department("service", "服务", "service"),
    )
    """What nobody has assigned yet is told to those above the first."""
    call_back: Clock = Clock(timedelta(hours=24), Hours.ALWAYS)
    """From the time by which it is resolved to the call-back."""
    closing: Clock = Clock(timedelta(days=2), Hours.ALWAYS)
    """From the call-back to somebody's closing it."""

    def __post_init__(self) -> None:
        if self.classes[0].clock is None:
            raise Unfit("classes", "the first one has a clock")
        for name, codes in (
            ("classes", [each.code for each in self.classes]),
            ("departments", [each.code for each in self.departments]),
        ):
            if twice := [code for code in codes if codes.count(code) > 1]:
                raise Unfit(name, f"{twice[0]} is named twice")


class BranchPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """网点政策: what one branch has otherwise than the others."""

    calendar: OwnCalendar = OwnCalendar()
    fees: OwnFees = OwnFees()


class Core(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """核心政策: what every installation sets for itself."""

    name: Code
    version: Annotated[int, Meta(ge=1)]
    approval: ApprovalPolicy
    calendar: Calendar
    numbers: Numbers
    taking: Taking | None = None
    """None: nobody is reminded."""
    urging: Urging = Urging()
    handing_in: HandingIn | None = None
    """None: nobody is reminded."""
    next_visit: NextVisit | None = None
    """None: nobody is reminded."""
    follow_up: FollowUp | None = None
    """None: nobody is called back."""
    reaching: Reaching = Reaching()
    repeats: Repeats = Repeats()
    departing: Departing = Departing()
    quote: Quote = Quote()
    fees: Fees = Fees()
    warnings: Warnings = Warnings()
    stock: Stock = Stock()
    closing: Closing = Closing()
    stocktaking: Stocktaking | None = None
    """None: nobody is reminded."""
    claiming: Claiming = Claiming()
    warranty: Warranty = Warranty()
    complaints: Complaints = Complaints()
    notices: Notices = Notices()
    refilling: Refilling | None = None
    """None: stores ask on any day, and base is never late."""
    filing: Filing | None = None
    """None: nobody is reminded."""
    branches: dict[BranchCode, BranchPolicy] = {}
    """What a branch has otherwise; one that is not named has nothing."""

    def __post_init__(self) -> None:
        for code in self.branches:
            try:
                self.calendar_of(code)
            except Unfit as error:
                raise Unfit(f"branches.{code}.calendar.{error.field}", str(error)) from error

    def calendar_of(self, branch: str) -> Calendar:
        """网点日历: by which the clocks of a branch run."""
        own = self.branches.get(branch)
        return self.calendar.with_own(own.calendar) if own else self.calendar

    def fees_of(self, branch: str) -> Fees:
        """网点收费: what becomes of money that a customer of the branch paid."""
        own = self.branches.get(branch)
        return self.fees.with_own(own.fees) if own else self.fees

    @property
    def label(self) -> str:
        """The table and its version, as facts carry it: `core@1`."""
        return f"{self.name}@{self.version}"


def rung(ladder: Sequence[Rung], cost_fen: int | None) -> Rung:
    """The rung of a cost: the first with a bound above it. On the bound it is the next rung.

    A cost that nobody knows is on the last one.
    """
    if cost_fen is None:
        return ladder[-1]
    return next(r for r in ladder if r.below_fen is None or cost_fen < r.below_fen)


def last_word(ladder: Sequence[Rung]) -> Sequence[str]:
    """末档之言: as what one person may judge a cost that nobody knows.

    Whom the last rung adds to those below it, one of them; if it adds nobody, anybody of it.
    """
    below = {each for lower in ladder[:-1] for each in lower.all}
    return tuple(each for each in ladder[-1].all if each not in below) or ladder[-1].all


def ticket_number(numbers: Numbers, branch: str, day: date, n: int) -> str:
    """单号: the n-th ticket of the branch's local day."""
    return numbers.ticket.format(branch=branch, day=day, n=n)


def series_number(series: str, branch: str, day: date, n: int) -> str:
    """连号: the n-th paper of a series of a branch, in the year of its local day."""
    return f"{series}-{branch}-{day.year}-{n:04}"


def time_zone(core: Core, branch: BranchCard | None) -> str:
    """当地时区: where the days of a branch are counted; by the calendar if it has no card."""
    return branch.time_zone if branch else core.calendar.time_zone


def local_day(core: Core, branch: BranchCard | None, at: datetime) -> date:
    """当地日期: the day a moment falls on where the branch is."""
    return at.astimezone(ZoneInfo(time_zone(core, branch))).date()
