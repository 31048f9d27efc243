"""报修单的栏目 (the sections of the report form): what facts, commands and documents of it hold.

Every field of the printed form is here from the first version on. None means "not known yet". That
there is none of something has a field of its own (`no_parts`, `no_contract`, `asked_unknown`). A
value class used in a fact is part of that fact's schema.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from shared.events import document
from shared.events.values import (
    At,
    Channel,
    CustomerKind,
    CustomerRef,
    Ending,
    FaultNature,
    Fen,
    Note,
    PartList,
    PartWanted,
    Past,
    Personal,
    PersonalNote,
    PersonName,
    Phone,
    Photo,
    Priority,
    Ref,
    RemoteResult,
    RepairNature,
    ReportKind,
    Several,
    Signature,
    Text,
    Travel,
    TravelMode,
    Warned,
    WayIn,
)


class Stage(StrEnum):
    """报修单状态: where a report stands between the call and its end."""

    NONE = "none"
    REGISTERED = "registered"
    DIAGNOSED = "diagnosed"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    CLOSED = "closed"


class BasicsField(StrEnum):
    """用户栏目: what may still be unknown about the customer after somebody asked."""

    CUSTOMER = "customer"
    CUSTOMER_NAME = "customer_name"
    CUSTOMER_KIND = "customer_kind"
    ADDRESS = "address"
    REGION = "region"


class ListedField(StrEnum):
    """选项栏目: a field of the diagnosis with a list of values, some of which a branch may hide."""

    FAULT_NATURE = "fault_nature"
    REPAIR_NATURE = "repair_nature"
    TRAVEL_MODE = "travel_mode"


class EquipmentField(StrEnum):
    """设备栏目: what may stay unknown about a machine after everybody was asked."""

    MACHINE = "machine"
    MODEL = "model"
    BOUGHT_ON = "bought_on"
    INSTALLED_ON = "installed_on"
    WARRANTY_UNTIL = "warranty_until"


@dataclass(frozen=True, slots=True)
class Basics:
    """用户基本信息: whose machine it is and where it stands."""

    customer: CustomerRef | None = None
    customer_name: PersonName | None = None
    customer_kind: CustomerKind | None = None
    address: Personal | None = None
    region: Ref | None = None
    asked_unknown: Several[BasicsField] = ()
    """What was asked for and nobody could say yet. Enough to register, not enough to submit."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """致电确认: which clerk called the customer in person, and when."""

    by: str
    at: At


@dataclass(frozen=True, slots=True)
class Equipment:
    """设备基本信息: which machine it is, how old, and its warranty or contract."""

    machine: Ref | None = None
    model: Text | None = None
    serial_no: Text | None = None
    serial_unknown_because: Text | None = None
    bought_on: date | None = None
    installed_on: date | None = None
    warranty_until: date | None = None
    contract: Ref | None = None
    no_contract: bool = False
    asked_unknown: Several[EquipmentField] = ()
    """What was asked for and cannot be found out."""


@dataclass(frozen=True, slots=True)
class Sale:
    """销售移交: what the sale hands over of a new machine that is to be commissioned."""

    sale_contract: Ref | None = None
    promised_on: date | None = None
    """By which day the machine is to run, as the customer was promised."""
    promises: Text | None = None
    """What contract and technical agreement promise."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """报修情况: what helps to understand the fault. No rule asks for it."""

    fault_since: Past | None = None
    use_conditions: Text | None = None
    customer_wish: PersonalNote | None = None
    photos: Several[Photo] = ()
    priority: Priority | None = None


@dataclass(frozen=True, slots=True)
class CallNotes:
    """来电记录: in way B, what the person who took the call thinks before any diagnosis."""

    fault_analysis: Note | None = None
    solution: Note | None = None
    parts: PartList[PartWanted] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """故障分析与解决方案: what the technician found and proposes."""

    fault_analysis: Note | None = None
    fault_cause: Text | None = None
    fault_nature: FaultNature | None = None
    talked_to_customer_at: Past | None = None
    repair_nature: RepairNature | None = None
    nature_because: Text | None = None
    """The reason for the repair nature: the policy's row and version, or the technician's words."""
    remote_waived_because: Text | None = None
    """Why nothing was tried remotely, if nothing was."""
    solution: Note | None = None
    on_site: bool | None = None
    parts_to_bring: PartList[PartWanted] = ()
    no_parts: bool = False
    travel: Travel | None = None
    estimated_fen: Fen | None = None


LISTS: Mapping[ListedField, type[StrEnum]] = {
    ListedField.FAULT_NATURE: FaultNature,
    ListedField.REPAIR_NATURE: RepairNature,
    ListedField.TRAVEL_MODE: TravelMode,
}
"""The values of each list, as the forms have them."""


def chosen(diagnosis: Diagnosis | None) -> Mapping[ListedField, str]:
    """The values that a diagnosis has, by the field whose list they are of."""
    if diagnosis is None:
        return {}
    found = {
        ListedField.FAULT_NATURE: diagnosis.fault_nature,
        ListedField.REPAIR_NATURE: diagnosis.repair_nature,
        ListedField.TRAVEL_MODE: diagnosis.travel.mode if diagnosis.travel else None,
    }
    return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class KeptBecause:
    """保留理由: why what looks wrong is right all the same; who signs or approves is shown it."""

    equipment_kept_because: Text | None = None
    """Why the report says of the machine what its card does not."""
    warranty_kept_because: Text | None = None
    """Why it is under warranty although that was over, or no maker answers for the fault."""


@dataclass(frozen=True, slots=True)
class Consent:
    """用户同意: who agreed to pay, how they said so, and when."""

    by: Personal
    how: Text
    at: Past


@dataclass(frozen=True, slots=True)
class Agreement:
    """报价与同意: the quote and the customer's consent to it."""

    quote: Ref | None = None
    customer_consent: Consent | None = None


@dataclass(frozen=True, slots=True)
class RemoteAttempt:
    """远程指导: one attempt to solve the fault remotely."""

    at: At
    by: str
    steps: Note
    result: RemoteResult


@dataclass(frozen=True, slots=True)
class ApprovalAsked:
    """审批要求: which approvals the policy asks for. An obligation made by the rules."""

    needed: tuple[str, ...]
    """As what somebody must approve; a different person for each of them."""
    due_at: At
    policy: str
    """The table that decided, with its version: `core@1`."""
    content: str
    """The content for which it was decided. For another content it is decided again."""
    consent_on_site: bool = False
    """Whether a paying customer may agree on site before the work, instead of now."""
    unpriced: tuple[str, ...] = ()
    """The parts to bring of which the catalogue had no price: for them nobody knew the cost."""


@dataclass(frozen=True, slots=True)
class Approval:
    """审批意见: who approved, as what, when, and exactly which content."""

    by: str
    as_what: str
    at: At
    content: str
    acting_for: str | None = None
    """Whom they stood in for, by a delegation in force that day; None: for nobody."""


@dataclass(frozen=True, slots=True)
class HiddenValue:
    """停用选项: one value of the list of one field."""

    field: ListedField
    value: Ref


@document("hidden_values")
class HiddenValuesDocument:
    """停用一览: what a branch chooses no more, as other rooms know it."""

    hidden: tuple[HiddenValue, ...]

    def hides(self, field: ListedField, value: str) -> bool:
        """Whether the branch chooses this value no more."""
        return (field, value) in {(each.field, each.value) for each in self.hidden}


@document("report", schema=8)
class ReportDocument:
    """报修单: everything of a report that other rooms use."""

    branch: str
    stage: Stage
    kind: ReportKind
    channel: Channel
    received_at: At | None
    received_by: str
    owner: str
    way_in: WayIn
    contact_name: PersonName
    contact_phone: Phone
    fault_description: str
    basics: Basics
    confirmed: Confirmation | None
    equipment: Equipment
    circumstances: Circumstances
    noted: CallNotes | None
    diagnosis: Diagnosis | None
    agreement: Agreement | None
    remote_attempts: tuple[RemoteAttempt, ...]
    technician_sig: Signature | None
    clerk_sig: Signature | None
    round: int
    content: str
    """The approved content's hash, once the report is approved."""
    approval: ApprovalAsked | None
    approvals: tuple[Approval, ...]
    reference: str | None
    warnings: tuple[Warned, ...]
    ending: Ending | None
    ending_reason: str | None
    other_ticket: str | None
    amends: str | None = None
    """The approved content that is to change, while the change is not approved yet."""
    kept: KeptBecause = field(default_factory=KeptBecause)
    opinion: PersonalNote | None = None
    """What the customer said in the call-back that this report follows, in their words."""
    sale: Sale | None = None
    """Of a machine that is to be commissioned: what the sale has handed over."""
    registered_at: At | None = None
    """登记时刻: when it was recorded, whenever it was received; None: it was not said then."""
