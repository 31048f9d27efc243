"""登记卡 (cards of the registers): what is known of branches, people, customers and machines."""

from dataclasses import dataclass
from datetime import date

from shared.events import document, fact
from shared.events.values import (
    At,
    BranchCode,
    CardBranch,
    CustomerKind,
    CustomerRef,
    EmailAddress,
    Many,
    Note,
    Personal,
    PersonName,
    Phone,
    Ref,
    Role,
    Text,
    TimeZone,
    Warned,
)

WRITER = ("intake",)


@dataclass(frozen=True, slots=True)
class BranchCard:
    """网点: one office of the organisation, with its own desk, store and local day."""

    code: BranchCode
    name: Text
    time_zone: TimeZone = "Asia/Shanghai"
    regions: Many[Ref] = ()
    address: Text | None = None
    phone: Text | None = None
    web_owner: Ref | None = None
    """Who owns the reports that customers send by web; None: they cannot send any."""
    active: bool = True
    is_base: bool = False
    """生产基地: whether it is base itself, whose store refills the others and takes old parts."""


@dataclass(frozen=True, slots=True)
class PersonCard:
    """人员: somebody who works for the organisation, what they may do, and at which branches."""

    id: Ref
    name: Text
    roles: Many[Role]
    branches: Many[CardBranch]
    """`*` among them: all branches."""
    posts: Many[Ref] = ()
    """As what they may approve beyond their roles, e.g. `engineering_deputy`; see ladders."""
    skills: Many[Ref] = ()
    """What they can repair; policy says which machine needs which skill."""
    regions: Many[Ref] = ()
    """Where they go. If none is named: everywhere their branches go."""
    phone: Phone | None = None
    email: EmailAddress | None = None
    tokens_from: At | None = None
    """Tokens that were made before this moment are revoked."""
    active: bool = True


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """用户: the owner of machines, an organisation or a private person."""

    id: Ref
    name: PersonName
    kind: CustomerKind
    contact_name: PersonName | None = None
    phone: Phone | None = None
    email: EmailAddress | None = None
    address: Personal | None = None
    region: Ref | None = None
    web_branches: Many[CardBranch] = ()
    """Where they report by web and see their reports, beside the branch that keeps the card; `*`
    among them: everywhere."""
    active: bool = True


@dataclass(frozen=True, slots=True)
class MachineCard:
    """设备: one machine at a customer's, how old it is, and its warranty or contract."""

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
    warranty_starts_on: date | None = None
    """The day on which it was accepted, of a machine that was commissioned by us."""
    contract: Ref | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Delegated:
    """授权: who stands in for somebody, as what, at which branch and on which days."""

    number: int
    deputy: Ref
    as_what: tuple[Ref, ...]
    branch: BranchCode
    from_on: date
    until_on: date
    """The last day on which they act."""

    def is_of(self, deputy: str, on: date) -> bool:
        """Whether it lets this person act on that day."""
        return self.deputy == deputy and self.from_on <= on <= self.until_on


@document("branch", schema=3)
class BranchDocument:
    """网点: a branch as other rooms know it."""

    card: BranchCard


@document("person", schema=4)
class PersonDocument:
    """人员: a person as other rooms know it."""

    card: PersonCard


@document("customer", schema=3)
class CustomerDocument:
    """用户: a customer as other rooms know it."""

    card: CustomerCard


@document("machine", schema=2)
class MachineDocument:
    """设备: a machine as other rooms know it."""

    card: MachineCard


@document("delegation")
class DelegationDocument:
    """授权: what the person of this stream has delegated and not ended, as other rooms know it."""

    given: tuple[Delegated, ...]


@fact(writers=WRITER, schema=3, milestone="branch")
class BranchRegistered:
    """网点登记: a branch exists from now on."""

    card: BranchCard


@fact(writers=WRITER, schema=3, milestone="branch")
class BranchChanged:
    """网点变更: a branch's card is this one from now on."""

    card: BranchCard


@fact(writers=WRITER, schema=4, milestone="person")
class PersonRegistered:
    """人员登记: a person works here from now on."""

    card: PersonCard


@fact(writers=WRITER, schema=4, milestone="person")
class PersonChanged:
    """人员变更: a person's card is this one from now on. Whoever has left is not active."""

    card: PersonCard


@fact(writers=WRITER, schema=3, milestone="customer")
class CustomerRegistered:
    """用户登记: a customer is known from now on."""

    card: CustomerCard


@fact(writers=WRITER, schema=3, milestone="customer")
class CustomerChanged:
    """用户变更: a customer's card is this one from now on."""

    card: CustomerCard


@fact(writers=WRITER, schema=2, milestone="machine")
class MachineRegistered:
    """设备登记: a machine is known from now on."""

    card: MachineCard


@fact(writers=WRITER, schema=2, milestone="machine")
class MachineChanged:
    """设备变更: a machine's card is this one from now on."""

    card: MachineCard


@fact(writers=WRITER, schema=2, milestone="machine")
class AcceptanceNoted:
    """得知验收: a machine was commissioned and its customer accepted it; its warranty runs.

    The card says from which day, and until when if it did not say so before. A card that had a
    first day already keeps it, and a warning says why.
    """

    card: MachineCard
    order: str
    """The stream of the work order whose document says so."""
    version: int
    accepted_on: date
    warnings: tuple[Warned, ...]
    """That the card has another first day already; that the acceptance was told on a later one."""
    done_by: tuple[Ref, ...] = ()
    """调试人员: who set it up. What was noted before that was kept names nobody."""


@fact(writers=WRITER, milestone="machine")
class WarrantyCorrected:
    """保修更正: a machine was accepted on another day than was written down; an approver says so.

    The order stays as it was signed. The last day of the warranty moves along where an acceptance
    has set it.
    """

    card: MachineCard
    before: date
    """The first day that stood on the card."""
    because: Note
    by: Ref


@fact(writers=WRITER)
class SerialTaken:
    """序列号占用: a machine has the serial number of this stream from now on."""

    machine: Ref
    model: Text
    """Without differences of width, case and blanks."""
    warnings: tuple[Warned, ...] = ()


@fact(writers=WRITER)
class SerialFreed:
    """序列号释放: a machine has this serial number no more."""

    machine: Ref
