"""One repair, as the stories of dispatch tell it: what was approved, who is who, what follows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from services.dispatch.visit.state import Visit
from services.dispatch.work_order.notices import NoteApproval
from services.dispatch.work_order.opening import OpenWorkOrder, OrderForm, content_of
from services.dispatch.work_order.taking import AssignTechnician, SignWorkOrder
from shared.decider import Asked
from shared.events.dispatch import (
    ApprovalNoted,
    TechnicianAssigned,
    WorkOrderOpened,
    WorkOrderSigned,
)
from shared.events.order_sheet import (
    ApprovedReport,
    Delivery,
    NamedNote,
    OrderKind,
    PartPlanned,
    Standing,
)
from shared.events.report_form import Basics, Circumstances, Diagnosis, Equipment
from shared.events.values import (
    CustomerKind,
    FaultNature,
    PartWanted,
    RepairNature,
    ReportKind,
    Role,
    Sealed,
    Signature,
    SignedHow,
    Travel,
    TravelMode,
)

TICKET = "BX-HZ01-20261123-0001"
NUMBER = f"{TICKET}-W1"
HOME = f"work_order-{NUMBER}"
VISITS = f"visit-{TICKET}-V"
"""The series of the ticket's visits."""
BRANCH = "HZ01"
CLERK, LIU, CHEN = "C-WANGFANG", "T-LIUYANG", "T-CHENJIANGUO"
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TRAVEL_AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def sealed(field: str) -> Sealed:
    return Sealed(f"report-{TICKET}", field, "c2VhbGVk")


TRAVEL = Travel(TravelMode.COMPANY_CAR, TRAVEL_AT, (LIU,))
REPORT = ApprovedReport(
    content="a" * 64,
    kind=ReportKind.REPAIR,
    contact_name=sealed("contact_name"),
    contact_phone=sealed("contact_phone"),
    fault_description="灌装头漏液",
    basics=Basics(
        customer="YH-1001",
        customer_name=sealed("customer_name"),
        customer_kind=CustomerKind.UNIT,
        address=sealed("address"),
        region="hangzhou",
    ),
    equipment=Equipment(machine="SB-77", model="GX-200", serial_no="20180077", no_contract=True),
    circumstances=Circumstances(),
    diagnosis=Diagnosis(
        fault_analysis="密封圈老化",
        fault_cause="磨损",
        fault_nature=FaultNature.WEAR,
        talked_to_customer_at=AT,
        repair_nature=RepairNature.WARRANTY,
        solution="更换密封圈",
        on_site=True,
        parts_to_bring=(PartWanted("MFQ-32", 2), PartWanted("RHZ-1", 1)),
        travel=TRAVEL,
        estimated_fen=30_000,
    ),
)
WITHOUT_PARTS = replace(
    REPORT, diagnosis=replace(REPORT.diagnosis, parts_to_bring=(), no_parts=True)
)
BY_MAIL = replace(REPORT, diagnosis=replace(REPORT.diagnosis, on_site=False, travel=None))

NOTED = ApprovalNoted(NUMBER, TICKET, BRANCH, f"report-{TICKET}", 7, REPORT)
NOTE = NoteApproval(NOTED)

FORM = OrderForm(
    approved=REPORT.content,
    kind=OrderKind.REPAIR,
    repair_nature=RepairNature.WARRANTY,
    parts=(PartPlanned("MFQ-32", 2), PartPlanned("RHZ-1", 1)),
    travel=TRAVEL,
)
FORM_WITHOUT_PARTS = replace(FORM, parts=(), no_parts=True)
DAY = date(2026, 11, 24)
OPEN = OpenWorkOrder(FORM, SignedHow.SESSION, travel_on=DAY)
NOTE_C1 = NamedNote(
    f"{TICKET}-C1", Delivery.CARRIED, (PartWanted("MFQ-32", 2), PartWanted("RHZ-1", 1))
)


def opened(form: OrderForm = FORM, *notes: NamedNote) -> WorkOrderOpened:
    """The fact of this form, opened by the clerk."""
    assert form.repair_nature is not None
    content = content_of(NUMBER, form)
    return WorkOrderOpened(
        kind=form.kind,
        approved=form.approved,
        repair_nature=form.repair_nature,
        notes=notes,
        no_parts=form.no_parts,
        travel=form.travel,
        travel_on=DAY,
        signature=Signature(CLERK, "clerk", SignedHow.SESSION, AT, content),
        content=content,
    )


OPENED = opened(FORM, NOTE_C1)
OPENED_WITHOUT_PARTS = opened(FORM_WITHOUT_PARTS)


def standing(person: str = LIU) -> Standing:
    """A technician of the branch, active."""
    return Standing(person, known=True, active=True, roles=(Role.TECHNICIAN,), branches=(BRANCH,))


ASSIGN = AssignTechnician(LIU, standing())
ASSIGNED = TechnicianAssigned(LIU, standing(), None, ())
SIGN = SignWorkOrder(OPENED.content, SignedHow.SESSION, standing=standing())
SIGNED = WorkOrderSigned(
    Signature(LIU, "technician", SignedHow.SESSION, AT, OPENED.content), standing(), (NOTE_C1,)
)


def by(
    person: str,
    home: str = HOME,
    reads: Mapping[str, Any] | None = None,
    visits: Sequence[Visit] | None = None,
) -> Asked:
    """Asked by somebody, at the moment all stories here stand still at.

    `visits` are those of the ticket, from the first on, where they are read; None: they are not.
    """
    beside = {f"{VISITS}{n}": each for n, each in enumerate(visits or (), start=1)}
    series = {} if visits is None else {VISITS: tuple(beside)}
    read = {**(reads or {}), **beside}
    return Asked(home, person, frozenset(), AT, BRANCH, TICKET, reads=read, series=series)
