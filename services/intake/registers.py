"""登记册 (the registers): branches, people, customers and machines, a stream and a card each.

A card is written in whole: registering makes it, changing replaces it, and who or what is no longer
there stays as a card that is not active. Papers that name a card rest on it as it is just then.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.intake import serials
from services.intake.acceptance import (
    CorrectWarranty,
    NoteAcceptance,
    as_accepted,
    correct_warranty,
    first_day_ahead,
    note_acceptance,
)
from services.intake.cards import (
    KINDS,
    Card,
    RegisterFact,
    gone,
    namesake_of,
    stream_of,
    unusable,
)
from shared.decider import Asked, Decision, Public, Rule, number_of, reason, refuse_if
from shared.events import cards as facts
from shared.events.actors import is_reserved
from shared.events.cards import BranchCard, CustomerCard, MachineCard, PersonCard
from shared.events.values import ALL_BRANCHES, BranchCode, Role
from shared.ground import last_of
from shared.step import Address, AnyRow, ByCommand, Owed, PaperType, PathField, Step, by_command


@dataclass(frozen=True, slots=True)
class Register:
    """登记: a new card; of branches and people by the operator, of others by the clerk."""

    card: Card


@dataclass(frozen=True, slots=True)
class Change:
    """变更: a card replaced by another of the same number."""

    card: Card


@dataclass(frozen=True, slots=True)
class HandOverCard:
    """移交: a card goes to another branch, which keeps it from now on.

    By somebody who is of both branches: nobody gives away what is another's, nor takes it.
    """

    to: BranchCode
    kept_by: BranchCode
    """The branch that keeps it so far."""


def reads_branch(command: HandOverCard, _card: object, _asked: Asked) -> tuple[str, ...]:
    """The branch that takes over."""
    return (f"branch-{command.to}",)


def hand_over(command: HandOverCard, card: Card | None, asked: Asked) -> Decision:
    """移交: to a branch there is. The card is written there as it stands."""
    if command.to == command.kept_by:
        return []
    refuse_if(
        (card is None, reason("never-registered", stream=asked.home)),
        *gone(asked, reads_branch(command, card, asked)),
    )
    assert card is not None
    return asked.here(KINDS[type(card)].changed(card))


def reads_cards(command: Register | Change, _card: object, _asked: Asked) -> tuple[str, ...]:
    """The cards that an active card names: branches, a machine's customer, a web owner."""
    if not command.card.active:
        return ()
    match command.card:
        case PersonCard(branches=branches) | CustomerCard(web_branches=branches):
            named = dict.fromkeys(branches)
            return tuple(f"branch-{branch}" for branch in named if branch != ALL_BRANCHES)
        case MachineCard(customer=str(customer)):
            return (f"customer-{customer}",)
        case BranchCard(web_owner=str(owner)):
            return (f"person-{owner}",)
        case BranchCard() | MachineCard():
            return ()


def reads_change(command: Change, card: Card | None, asked: Asked) -> tuple[str, ...]:
    """What an active card names, and the serial numbers it takes and frees."""
    return (*reads_cards(command, card, asked), *serials.streams_of(command.card, card))


def reads_namesake(command: Register, card: Card | None, asked: Asked) -> tuple[str, ...]:
    """What an active card names, its serial number, and the card that would have its number."""
    named = reads_cards(command, card, asked)
    return (*named, *serials.streams_of(command.card, None), *namesake_of(command.card))


def register(command: Register, card: Card | None, asked: Asked) -> Decision:
    """登记: once a number."""
    if command.card == card:
        return []
    refuse_if(
        *_unfit(command, asked),
        first_day_ahead(command.card, None, asked),
        *_not_free(command.card, asked),
    )
    refuse_if((card is not None, reason("registered-already", stream=asked.home)))
    return _written(command.card, None, asked, KINDS[type(command.card)].registered)


def change(command: Change, card: Card | None, asked: Asked) -> Decision:
    """变更: of a card there is."""
    if command.card == card:
        return []
    refuse_if(
        *_unfit(command, asked),
        as_accepted(command.card, card, asked),
        first_day_ahead(command.card, card, asked),
    )
    refuse_if((card is None, reason("never-registered", stream=asked.home)))
    return _written(command.card, card, asked, KINDS[type(command.card)].changed)


def _written(
    card: Card, before: Card | None, asked: Asked, as_what: Callable[..., RegisterFact]
) -> Decision:
    """The card, and what it takes and frees of serial numbers."""
    return [*asked.here(as_what(card)), *serials.moves(asked, card, before)]


NUMBER = PathField(described="编号 number", max_length=200)
HANDED_OVER = (CustomerCard, MachineCard)
"""What is kept by one branch and may go to another."""
REGISTERED = last_of(
    facts.BranchRegistered,
    facts.PersonRegistered,
    facts.CustomerRegistered,
    facts.MachineRegistered,
)
"""Of the card itself, and of those it names."""


@dataclass(frozen=True, slots=True)
class CardRegister:
    """登记册: one of the four registers, as a paper of the room."""

    PAPER: PaperType[Card | None]
    STEPS: Sequence[AnyRow[Card | None]]
    decide: ByCommand[Card | None]
    card: type[Card]
    """What it is a register of."""
    chinese: str
    initial: Card | None = None
    """No card yet."""

    def evolve(self, _: Card | None, fact: RegisterFact) -> Card | None:
        """The card after the fact."""
        return fact.card

    def public(self, card: Card | None, fact: RegisterFact) -> Public:
        """The card as other rooms know it."""
        assert card is not None
        this: Mapping[str, object] = {}
        if isinstance(fact, facts.AcceptanceNoted):
            this = {"order": fact.order, "accepted_on": fact.accepted_on, "warnings": fact.warnings}
        elif isinstance(fact, facts.WarrantyCorrected):
            this = {"before": fact.before, "because": fact.because}
        return Public(KINDS[type(card)].document(card), this)

    @property
    def path(self) -> str:
        """Where its cards are found: `/branches`."""
        return self.PAPER.address.path.removesuffix("/{number}")


def branches_of(card: Card | None, branch: str) -> Sequence[str]:
    """A branch's card is its own, a person's of all where they work; others of who keeps them."""
    match card:
        case BranchCard(code):
            return (code,)
        case PersonCard(branches=branches) if branches:
            return branches
        case _:
            return (branch,)


_OF_AN_ACCEPTANCE: Sequence[AnyRow[Card | None]] = (
    Owed(NoteAcceptance, note_acceptance),
    Step(
        "warranty-corrections",
        CorrectWarranty,
        correct_warranty,
        by={Role.APPROVER},
        rests_on=last_of(facts.AcceptanceNoted),
        example={"starts_on": "2026-11-24", "because": "签字日期写错，验收单上是 24 日"},
        said="保修更正: the day on which a machine was really accepted; in /machines.",
    ),
)


def _register_of(
    path: str, card: type[Card], by: Role, chinese: str, example: Mapping[str, object]
) -> CardRegister:
    """A register of these cards, and who writes in it."""
    paper: PaperType[Card | None] = PaperType(
        KINDS[card].prefix,
        Address(f"{path}/{{number}}", (NUMBER,)),
        branches_of=branches_of,
        is_common=card is BranchCard,
        stays=(facts.AcceptanceNoted,),
    )
    steps = (
        Step(
            path,
            Register,
            register,
            by={by},
            begins=True,
            reads=reads_namesake,
            rests_on=REGISTERED,
            location=f"/v1{path}/{{id}}",
            takes_branch=True,
            example=example,
            said=f"{chinese}登记: a new card; in {path}.",
        ),
        Step(
            "changes",
            Change,
            change,
            by={by},
            reads=reads_change,
            rests_on=REGISTERED,
            replaces=True,
            takes_branch=True,
            example=example,
            said=f"{chinese}变更: the whole card as it is from now on; in {path}.",
        ),
        *([_handing_over(path, chinese)] if card in HANDED_OVER else ()),
        *(_OF_AN_ACCEPTANCE if card is MachineCard else ()),
    )
    return CardRegister(paper, steps, by_command(steps), card, chinese)


def _handing_over(path: str, chinese: str) -> Step[HandOverCard, Card | None]:
    return Step(
        "handovers",
        HandOverCard,
        hand_over,
        by={Role.CLERK, Role.GENERAL_MANAGER},
        reads=reads_branch,
        rests_on=REGISTERED,
        example={"to": "HZ02"},
        said=f"{chinese}移交: another branch keeps the card from now on; in {path}.",
    )


BRANCHES = _register_of(
    "/branches",
    BranchCard,
    Role.OPERATOR,
    "网点",
    {
        "code": "HZ01",
        "name": "杭州一店",
        "time_zone": "Asia/Shanghai",
        "regions": ["HZ"],
        "address": "杭州市体育场路 1 号",
        "phone": "0571-8800 0000",
        "web_owner": "K-CHENJING",
    },
)
PEOPLE = _register_of(
    "/people",
    PersonCard,
    Role.OPERATOR,
    "人员",
    {
        "id": "T-LIUYANG",
        "name": "刘洋",
        "roles": ["technician"],
        "branches": ["HZ01"],
        "skills": ["pumps"],
        "phone": "139 0000 0000",
        "email": "liuyang@example.org",
    },
)
CUSTOMERS = _register_of(
    "/customers",
    CustomerCard,
    Role.CLERK,
    "用户",
    {
        "id": "C-1001",
        "name": "西湖宾馆",
        "kind": "unit",
        "contact_name": "王小明",
        "phone": "0571-8700 1234",
        "email": "wang@example.org",
        "address": "杭州市西湖区杨公堤 2 号",
        "region": "HZ",
    },
)
MACHINES = _register_of(
    "/machines",
    MachineCard,
    Role.CLERK,
    "设备",
    {
        "id": "M-2001",
        "model": "MFQ-32",
        "serial_no": "SN-88-0042",
        "category": "pump",
        "customer": "C-1001",
        "bought_on": "2025-06-01",
        "installed_on": "2025-06-08",
        "warranty_until": "2099-12-31",
    },
)
REGISTERS = (BRANCHES, PEOPLE, CUSTOMERS, MACHINES)


def _unfit(command: Register | Change, asked: Asked) -> Iterator[Rule]:
    """A rule for every card: on its own stream, complete, and resting on cards that are there."""
    elsewhere = stream_of(command.card) != asked.home
    yield elsewhere, reason("card-elsewhere", stream=asked.home)
    yield _incomplete(command.card)
    yield from serials.taken(command.card, asked)
    if isinstance(command.card, PersonCard):
        yield Role.CUSTOMER in command.card.roles, reason("customer-role", person=command.card.id)
    named = reads_cards(command, None, asked)
    if isinstance(command.card, BranchCard):
        # A branch is there before its people are. Each report by web asks for its owner again.
        yield from gone(asked, (each for each in named if asked.read(each) is not None))
    else:
        yield from unusable(asked, named)


def _not_free(card: Card, asked: Asked) -> Iterator[Rule]:
    """Employees and customers have different numbers, and services have others than both."""
    for namesake in namesake_of(card):
        number = namesake.partition("-")[2]
        yield asked.read(namesake) is not None, reason("number-taken", number=number_of(namesake))
        yield is_reserved(number), reason("number-reserved", number=number)


def _incomplete(card: Card) -> Rule:
    said: dict[str, object] = {}
    match card:
        case PersonCard():
            said = {"roles": card.roles, "branches": card.branches}
        case MachineCard():
            said = {"serial_no": card.serial_no or card.serial_unknown_because}
        case BranchCard() | CustomerCard():
            pass
    missing = [name for name, value in said.items() if not value]
    return bool(missing), reason("card-incomplete", missing=missing)
