"""登记卡 (cards of the registers): what branches, people, customers and machines are known by."""

from dataclasses import dataclass
from datetime import date

from shared.events import document
from shared.events.values import (
    BranchCode,
    CustomerKind,
    CustomerRef,
    Personal,
    PersonName,
    Phone,
    Ref,
    Role,
    Text,
    TimeZone,
)


@dataclass(frozen=True, slots=True)
class BranchCard:
    """网点: one office of the organisation, with its own desk, store and local day."""

    code: BranchCode
    name: Text
    time_zone: TimeZone = "Asia/Shanghai"
    regions: tuple[Ref, ...] = ()
    address: Text | None = None
    phone: Text | None = None
    web_owner: Ref | None = None
    """Who owns what customers report by web; None: they cannot."""
    active: bool = True


@dataclass(frozen=True, slots=True)
class PersonCard:
    """人员: somebody who works for the organisation, what he may do, and at which branches."""

    id: Ref
    name: Text
    roles: tuple[Role, ...]
    branches: tuple[BranchCode, ...]
    posts: tuple[Ref, ...] = ()
    """As what he may approve beyond his roles, e.g. `engineering_deputy`; ladders name them."""
    skills: tuple[Ref, ...] = ()
    """What he can repair; policy says which machine asks for which."""
    regions: tuple[Ref, ...] = ()
    """Where he goes; none named: wherever his branches go."""
    phone: Phone | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """用户: whom machines belong to, an organisation or a private person."""

    id: Ref
    name: PersonName
    kind: CustomerKind
    contact_name: PersonName | None = None
    phone: Phone | None = None
    address: Personal | None = None
    region: Ref | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class MachineCard:
    """设备: one machine at a customer's, how old it is and under which promises it stands."""

    id: Ref
    model: Text
    serial_no: Text | None = None
    serial_unknown_because: Text | None = None
    brand: Text | None = None
    category: Ref | None = None
    customer: CustomerRef | None = None
    place: Personal | None = None
    bought_on: date | None = None
    installed_on: date | None = None
    warranty_until: date | None = None
    contract: Ref | None = None
    active: bool = True


@document("branch", schema=2)
class BranchDocument:
    """网点: a branch as other rooms know it."""

    card: BranchCard


@document("person", schema=2)
class PersonDocument:
    """人员: a person as other rooms know it."""

    card: PersonCard


@document("customer")
class CustomerDocument:
    """用户: a customer as other rooms know it."""

    card: CustomerCard


@document("machine")
class MachineDocument:
    """设备: a machine as other rooms know it."""

    card: MachineCard
