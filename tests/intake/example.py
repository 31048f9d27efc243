"""One repair, as the stories of intake tell it: who is who, what is reported and approved."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import reduce

from services.intake import hidden_values, report
from services.intake.cards import Card
from services.intake.hidden_values import HiddenValues
from services.intake.report.approval import GiveApproval
from services.intake.report.basics import CompleteBasics
from services.intake.report.diagnosis import DiagnoseFault, GiveRemoteGuidance, SignReport
from services.intake.report.reporting import RegisterReport
from services.intake.report.submission import SubmitReport
from shared.decider import Asked, Fact
from shared.events.cards import BranchCard, CustomerCard, MachineCard, PersonCard
from shared.events.intake import (
    ApprovalGiven,
    BasicsCompleted,
    FaultDiagnosed,
    RemoteGuidanceGiven,
    RepairApproved,
    RepairReported,
    ReportSigned,
    ReportSubmitted,
)
from shared.events.report_form import (
    Agreement,
    Approval,
    ApprovalAsked,
    Basics,
    CallNotes,
    Circumstances,
    Confirmation,
    Consent,
    Diagnosis,
    Equipment,
    KeptBecause,
    RemoteAttempt,
)
from shared.events.values import (
    Channel,
    CustomerKind,
    FaultNature,
    FileRef,
    PartWanted,
    Priority,
    RemoteResult,
    RepairNature,
    ReportKind,
    Role,
    Sealed,
    Signature,
    SignedHow,
    Travel,
    TravelMode,
    Warned,
    WayIn,
)

BRANCH = "HZ01"
TICKET = f"BX-{BRANCH}-20261123-0001"
HOME = f"report-{TICKET}"
LI, HE = "C-LINA", "C-HEMEI"
WANG, SUN = "T-WANGWEI", "T-SUNQIANG"
ZHAO, QIAN, ZHOU = "A-ZHAOLEI", "A-QIANFENG", "G-ZHOUMIN"
GONE, FAR = "T-GONE", "T-FAR"
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DUE = AT + timedelta(hours=4)


def sealed(field: str, text: str = "c2VhbGVk") -> Sealed:
    return Sealed(HOME, field, text)


def _person(number: str, *roles: Role, branch: str = BRANCH, active: bool = True) -> PersonCard:
    return PersonCard(number, number.title(), roles, (branch,), active=active)


PEOPLE = (
    _person(LI, Role.CLERK),
    _person(HE, Role.CLERK),
    _person(WANG, Role.TECHNICIAN),
    _person(SUN, Role.TECHNICIAN),
    _person(ZHAO, Role.APPROVER),
    replace(_person(QIAN, Role.APPROVER), posts=("cost_deputy",)),
    _person(ZHOU, Role.GENERAL_MANAGER),
    _person(GONE, Role.TECHNICIAN, active=False),
    _person(FAR, Role.TECHNICIAN, branch="NB01"),
)
CUSTOMER = CustomerCard("YH-1001", sealed("name"), CustomerKind.UNIT, region="hangzhou")
MACHINE = MachineCard("SB-77", "GX-200", serial_no="20180077", customer="YH-1001")
CARDS: Mapping[str, Card | HiddenValues | None] = {
    f"branch-{BRANCH}": BranchCard(BRANCH, "杭州", web_owner=LI),
    hidden_values.stream_of(BRANCH): hidden_values.initial,
    "branch-OLD9": BranchCard("OLD9", "旧址", active=False),
    **{f"person-{card.id}": card for card in PEOPLE},
    "customer-YH-1001": CUSTOMER,
    "customer-YH-9": replace(CUSTOMER, id="YH-9", active=False),
    "machine-SB-77": MACHINE,
    "machine-SB-9": replace(MACHINE, id="SB-9", active=False),
    **dict.fromkeys(("branch-XX99", "person-T-NOBODY", "person-T-404")),
    **dict.fromkeys(("customer-YH-404", "machine-SB-404")),
}
"""The registers as they stand in every story; of some numbers there is no card."""


def by(actor: str, *more: Role, at: datetime = AT, branch: str = BRANCH) -> Asked:
    """Asked by somebody of the register, in their roles and these."""
    card = CARDS.get(f"person-{actor}")
    own = card.roles if isinstance(card, PersonCard) else ()
    return Asked(HOME, actor, frozenset({*own, *more}), at, branch, TICKET, CARDS)


BASICS = Basics(
    customer="YH-1001",
    customer_name=sealed("customer_name"),
    customer_kind=CustomerKind.UNIT,
    address=sealed("address"),
    region="hangzhou",
)
EQUIPMENT = Equipment(
    machine="SB-77",
    model="GX-200",
    serial_no="20180077",
    bought_on=date(2025, 3, 1),
    installed_on=date(2025, 3, 20),
    warranty_until=date(2027, 3, 19),
    no_contract=True,
)
CIRCUMSTANCES = Circumstances(
    fault_since=AT - timedelta(days=1),
    use_conditions="24 小时连续运行",
    customer_wish="请尽快，周五要出货 🙏",
    photos=(FileRef("漏液.jpg", "f" * 64, "image/jpeg", 182_044),),
    priority=Priority.URGENT,
)
REGISTER = RegisterReport(
    kind=ReportKind.REPAIR,
    channel=Channel.PHONE,
    way_in=WayIn.A,
    contact_name=sealed("contact_name"),
    contact_phone=sealed("contact_phone"),
    fault_description="灌装头漏液",
    owner=LI,
    basics=BASICS,
    equipment=EQUIPMENT,
)
"""Way A: the customer called the clerk, who knows nearly everything at once."""
REGISTER_B = replace(
    REGISTER,
    channel=Channel.EMPLOYEE,
    way_in=WayIn.B,
    basics=Basics(),
    equipment=Equipment(),
    noted=CallNotes("像是密封圈", "带密封圈上门", (PartWanted("MFQ-32", 2),)),
)
"""Way B: the customer told a technician, who hands on what they heard."""
REPORTED = RepairReported(
    branch=BRANCH,
    kind=ReportKind.REPAIR,
    channel=Channel.PHONE,
    received_at=AT,
    received_by=LI,
    owner=LI,
    way_in=WayIn.A,
    contact_name=sealed("contact_name"),
    contact_phone=sealed("contact_phone"),
    fault_description="灌装头漏液",
    basics=BASICS,
    equipment=EQUIPMENT,
    circumstances=Circumstances(),
    noted=None,
    reference=None,
    warnings=(),
    content="1" * 64,
    registered_at=AT,
)
REPORTED_B = replace(
    REPORTED,
    channel=Channel.EMPLOYEE,
    received_by=WANG,
    way_in=WayIn.B,
    basics=Basics(),
    equipment=Equipment(),
    noted=REGISTER_B.noted,
)
INQUIRY = replace(REPORTED, kind=ReportKind.INQUIRY, fault_description="滤芯多久换一次？")
COMPLETE = CompleteBasics(
    basics=BASICS, equipment=EQUIPMENT, called_customer_at=AT + timedelta(minutes=2)
)
COMPLETED = BasicsCompleted(
    contact_name=None,
    contact_phone=None,
    fault_description=None,
    basics=BASICS,
    equipment=EQUIPMENT,
    circumstances=None,
    agreement=None,
    confirmed=Confirmation(LI, AT + timedelta(minutes=2)),
    content="2" * 64,
)
DIAGNOSIS = Diagnosis(
    fault_analysis="密封圈老化，压力下渗漏",
    fault_cause="密封圈磨损",
    fault_nature=FaultNature.WEAR,
    talked_to_customer_at=AT,
    repair_nature=RepairNature.WARRANTY,
    nature_because="core@1: warranty until 2027-03-19",
    solution="更换密封圈",
    on_site=True,
    parts_to_bring=(PartWanted("MFQ-32", 2),),
    travel=Travel(TravelMode.COMPANY_CAR, AT + timedelta(days=1), (WANG,)),
    estimated_fen=30_000,
)
REPORTED_ON = date(2026, 11, 23)
PRICES: Mapping[str, int | None] = {"MFQ-32": 7_600, "VALVE-8": None}
"""What the catalogue says of the pieces to bring; of one part it knows no price."""


def diagnose(said: Diagnosis, kept: KeptBecause | None = None) -> DiagnoseFault:
    """The diagnosis of a fault that was reported today, at the prices of the catalogue."""
    return DiagnoseFault(said, kept or KeptBecause(), prices=PRICES, reported_on=REPORTED_ON)


DIAGNOSE = diagnose(DIAGNOSIS)
SHOWN = "3" * 64
"""The hash of what is signed and approved from here on."""
GUIDE = GiveRemoteGuidance(RemoteResult.NOT_SOLVED, "电话指导紧固接头，仍漏")
ATTEMPT = RemoteAttempt(AT, WANG, "电话指导紧固接头，仍漏", RemoteResult.NOT_SOLVED)
GUIDED = RemoteGuidanceGiven(ATTEMPT, "2" * 64)
DIAGNOSED = FaultDiagnosed(DIAGNOSIS, KeptBecause(), SHOWN)
SIGN = SignReport(SHOWN, SignedHow.SESSION)
TECHNICIAN_SIG = Signature(WANG, "technician", SignedHow.SESSION, AT, SHOWN)
SIGNED = ReportSigned(TECHNICIAN_SIG)
ONE = ApprovalAsked(("approver",), DUE, "core@1", SHOWN)
BOTH = replace(ONE, needed=("approver", "cost_deputy"))
SUBMIT = SubmitReport(SHOWN, SignedHow.SESSION, approval=ONE, reported_on=REPORTED_ON)
CLERK_SIG = Signature(LI, "clerk", SignedHow.SESSION, AT, SHOWN)
SUBMITTED = ReportSubmitted(1, CLERK_SIG, ONE)
APPROVE = GiveApproval("approver", SHOWN)
APPROVAL = Approval(ZHAO, "approver", AT, SHOWN)
GIVEN = ApprovalGiven(1, APPROVAL)
APPROVED = RepairApproved(1, SHOWN, (APPROVAL,), "core@1")
AGREEMENT = Agreement("BJ-1", Consent(sealed("by"), "电话", AT))
WARNED = Warned("open-report-on-same-machine", ("BX-HZ01-20261120-0007",))

TO_DIAGNOSED: tuple[Fact, ...] = (REPORTED, GUIDED, DIAGNOSED)
TO_SIGNED: tuple[Fact, ...] = (*TO_DIAGNOSED, SIGNED)
TO_SUBMITTED: tuple[Fact, ...] = (*TO_SIGNED, SUBMITTED)
TO_APPROVED: tuple[Fact, ...] = (*TO_SUBMITTED, GIVEN, APPROVED)


def state(*facts: Fact) -> report.Report:
    """The report after these facts."""
    return reduce(report.evolve, facts, report.initial)
