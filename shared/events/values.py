"""Values that facts of every room are made of: personal text, signatures, the lists of codes.

Facts and commands are made of the same classes. What the HTTP edge checks of a value (a length, a
pattern, a time zone) is marked beside its type. A fact that is read again is not checked for it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.resources import files
from typing import Annotated, Generic, TypeAlias, TypeVar

from shared.events.meaning import LookedUp, LookUpKind, OwnedBy

T = TypeVar("T")
CoreSchema: TypeAlias = Mapping[str, object]
"""What pydantic knows of a type."""


class Constraint:
    """What the HTTP edge checks of a plain value before it becomes part of a command."""

    __slots__ = ("asked",)

    def __init__(self, **asked: object) -> None:
        self.asked = asked

    def __get_pydantic_core_schema__(
        self, source: object, handler: Callable[[object], CoreSchema]
    ) -> CoreSchema:
        """The schema of the plain type, with the checks added."""
        return {**handler(source), **self.asked}


class Check(Generic[T]):
    """A function that the HTTP edge passes a value through; its OfNoForm says what is wrong."""

    __slots__ = ("check",)

    def __init__(self, check: Callable[[T], T]) -> None:
        self.check = check

    def __get_pydantic_core_schema__(
        self, source: object, handler: Callable[[object], CoreSchema]
    ) -> CoreSchema:
        """The schema of the plain type, followed by the function."""
        checked = {"type": "no-info", "function": self.check}
        return {"type": "function-after", "function": checked, "schema": handler(source)}


class OfNoForm(ValueError):
    """A value that a Check does not take."""

    def __init__(self, form: str) -> None:
        super().__init__(form)
        self.form = form
        """What is taken: the name of a label of the texts."""


FIRST_YEAR, LAST_YEAR = 2001, 2098
"""Earlier and later moments are those of a clock that nobody set, or of nobody's plan."""


def in_our_time(at: datetime) -> datetime:
    """The moment in UTC. Raises OfNoForm if it lies in no year that we may mean."""
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise OfNoForm("written-moment")
    return at.astimezone(UTC)


_NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})
"""Names that some machines have and that name no place."""
ZONES = frozenset(files("tzdata").joinpath("zones").read_text("utf-8").split()) - _NO_PLACES
"""The names of time zones, alike on every machine."""


def _zone(name: str) -> str:
    if name not in ZONES:
        raise OfNoForm("written-zone")
    return name


# How many entries a list on a paper may have. A paper whose lists are full still fits into one fact
# with its document, so that it can always be closed: tests/house/test_largest.py.
SEVERAL, PARTS, MANY = 20, 30, 200
LINE_SERIALS, ALL_SERIALS = 20, 1_000

Several: TypeAlias = Annotated[tuple[T, ...], Constraint(max_length=SEVERAL)]
"""若干: a short list on a paper."""
PartList: TypeAlias = Annotated[tuple[T, ...], Constraint(max_length=PARTS)]
"""配件清单: a list with a line for each part."""
Many: TypeAlias = Annotated[tuple[T, ...], Constraint(max_length=MANY)]
"""多项: a list on a card of a register, or of the numbers of papers."""

_WORDS: CoreSchema = {"strip_whitespace": True, "min_length": 1}

Text: TypeAlias = Annotated[str, Constraint(max_length=200, **_WORDS)]
Note: TypeAlias = Annotated[str, Constraint(max_length=4000, **_WORDS)]
Ref: TypeAlias = Annotated[str, Constraint(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]
"""A number or id: of a paper, a person, a card. Never empty, fit for a stream's name."""
PART_FORM = (
    r"^[^\s\x00-\x1f\x7f.,;:/\\%?&*'\"<>|-]"
    r"(?:(?:[^\s\x00-\x1f\x7f]| ){0,62}[^\s\x00-\x1f\x7f])?$"
)
Period: TypeAlias = Annotated[str, Constraint(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
"""月份: a month of the store's calendar, `2026-11`."""
PartNumber: TypeAlias = Annotated[str, Constraint(pattern=PART_FORM)]
"""配件编号: as its maker prints it, with blanks, slashes, brackets and any script."""
BranchCode: TypeAlias = Annotated[str, Constraint(pattern=r"^[A-Z0-9]{2,8}$")]
ALL_BRANCHES = "*"
"""所有网点: on a card or in a token, every branch there is and will be."""
CardBranch: TypeAlias = Annotated[str, Constraint(pattern=r"^([A-Z0-9]{2,8}|\*)$")]
"""A branch on a person's card, or all of them."""
TICKET_FORM = r"BX-[A-Z0-9]{2,8}-[0-9]{8}-[0-9]{4,6}"
Ticket: TypeAlias = Annotated[str, Constraint(pattern=rf"^{TICKET_FORM}$")]
"""单号: `BX-<branch>-<yyyymmdd>-<n>`, the number that ties everything of one repair together."""
ContentHash: TypeAlias = Annotated[str, Constraint(pattern=r"^[0-9a-f]{64}$")]
TimeZone: TypeAlias = Annotated[str, Check(_zone)]
Fen: TypeAlias = Annotated[int, Constraint(ge=0, le=10**12, strict=True)]
"""Money, in hundredths of a yuan."""
Quantity: TypeAlias = Annotated[int, Constraint(ge=1, le=10**6, strict=True)]
"""Pieces, or the small unit of a divisible part; at least 1."""
_WHOLE = r"[0-9０-９][0-9０-９,' ]{0,15}"
_PART = r"[.．][0-9０-９]{1,6}"
_UNIT = r" ?[^0-9０-９.．,' -][^0-9０-９]{0,19}"
AmountText: TypeAlias = Annotated[
    str, Constraint(pattern=rf"^{_WHOLE}({_PART}|({_PART})?{_UNIT})$")
]
"""数量: an amount as people write it, in the part's unit or with another: `2.5`, `250 厘米`.

It has a fraction or a unit: a bare whole number comes as a number.
"""
Serial: TypeAlias = Annotated[str, Constraint(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
"""序列号: the serial number of one piece."""
Serials: TypeAlias = Annotated[tuple[Serial, ...], Constraint(max_length=LINE_SERIALS)]
"""序列号: of the pieces of one line. More pieces with serials are drawn on further notes."""
AllSerials: TypeAlias = Annotated[tuple[Serial, ...], Constraint(max_length=ALL_SERIALS)]
"""序列号: of all pieces of a part in a store, or of all that was missing in a parcel."""
At: TypeAlias = Annotated[datetime, Constraint(tz_constraint="aware"), Check(in_our_time)]
"""A moment in UTC. The HTTP edge takes any offset, but a moment without one is an error."""


class PastMark:
    """Marks a moment that somebody tells as past; `shared.claims` holds it to what is known."""


Past: TypeAlias = Annotated[At, PastMark()]
"""所述时刻: when something happened, as somebody tells it."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """密封 (sealed): a personal text that only a holder of its subject's key can read."""

    subject: str
    """Whose key: a customer's stream, or the stream on which the text was first written."""
    field: str
    """The name of the field it was sealed for. It cannot be opened as another field."""
    cipher: str
    """AES-SIV over UTF-8, in base64url. Equal text, subject and field give equal cipher."""


def key_of(text: str | Sealed | None) -> str | None:
    """Whose key sealed a personal text; None where it is missing, or plain."""
    return text.subject if isinstance(text, Sealed) else None


NAMES = "names"
"""Notes in the schema of a type that its texts name somebody: a reader must see something."""


class PersonalMark:
    """Marks a field as personal (个人信息). The HTTP edge then accepts no sealed text for it."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: Callable[[object], CoreSchema]
    ) -> CoreSchema:
        """A command from outside brings plain text that is not blank, and nothing else."""
        return {**handler(str), "max_length": 200, **_WORDS, "metadata": {NAMES: True}}


PERSONAL = PersonalMark()
Personal: TypeAlias = Annotated[str | Sealed, PERSONAL]
"""个人信息: plain text in a command from outside, sealed everywhere behind the HTTP edge."""
PersonalNote: TypeAlias = Annotated[Personal, Constraint(max_length=4000, metadata={})]
"""个人信息: as above, for what a person said in their own words."""
PersonName: TypeAlias = Annotated[Personal, LookedUp(LookUpKind.NAME)]
"""姓名、名称: personal; the stream can be looked up by this name."""
_DIALLED = r"[0-9０-９ 　()（）#＃*＊x转分机、,，;；/／+＋.\-－–—]"
Phone: TypeAlias = Annotated[
    Personal,
    Constraint(pattern=rf"^[+＋(（]?[0-9０-９](?:{_DIALLED}|[Ee][Xx][Tt]|[X或]){{3,58}}$"),
    LookedUp(LookUpKind.PHONE),
]
"""电话: kept as it is written, with an extension (转, ext.), brackets, full width, or two numbers;
it is searched by the numbers in it as they are dialled."""
Digits: TypeAlias = Annotated[str, Constraint(pattern=r"^[0-9]{6}$")]
"""六位码: a code that was sent to somebody."""


def _addressed(text: str) -> str:
    """An address as it is kept: no server tells its own name in capitals from one in small ones."""
    mailbox, _, server = text.rpartition("@")
    return f"{mailbox}@{server.lower()}"


EmailAddress: TypeAlias = Annotated[
    Personal,
    Constraint(pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,5}$"),
    Check(_addressed),
]
"""电子邮箱: one address for e-mail, its server in small letters. Nothing is looked up by it."""
LegacyText: TypeAlias = Annotated[Personal, LookedUp(None)]
"""旧单个人信息: personal; the heading of its column says whether it is a number or a name."""
CustomerRef: TypeAlias = Annotated[Ref, OwnedBy("customer-")]
"""用户编号: the customer to whom the paper that names them belongs."""
OwnerStream: TypeAlias = Annotated[str, OwnedBy("")]
"""归属: the name of the stream that this one belongs to."""


def covers(branches: Collection[str], branch: str) -> bool:
    """Whether a branch is among the branches of a card or a token."""
    return branch in branches or ALL_BRANCHES in branches


class Role(StrEnum):
    """角色: what a person is in the organisation, and so what they may do."""

    CLERK = "clerk"
    TECHNICIAN = "technician"
    APPROVER = "approver"
    GENERAL_MANAGER = "general_manager"
    STOREKEEPER = "storekeeper"
    BASE = "base"
    FINANCE = "finance"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    CUSTOMER = "customer"


class ReportKind(StrEnum):
    """类别: what is reported."""

    REPAIR = "repair"
    INQUIRY = "inquiry"
    COMMISSIONING = "commissioning"


class Channel(StrEnum):
    """渠道: by which way a report came in."""

    PHONE = "phone"
    LETTER = "letter"
    VISIT = "visit"
    WEB = "web"
    CHAT = "chat"
    SMS = "sms"
    EMAIL = "e-mail"
    EMPLOYEE = "employee"
    INSPECTION = "inspection"
    IMPORT = "import"


class WayIn(StrEnum):
    """进件途径: A, the customer told the clerk; B, they told a technician or another employee."""

    A = "A"
    B = "B"


class CustomerKind(StrEnum):
    """用户类别: an organisation or a private person."""

    UNIT = "unit"
    PERSON = "person"


class Priority(StrEnum):
    """紧急程度: how fast somebody must respond."""

    URGENT = "urgent"
    NORMAL = "normal"
    COMPLEX = "complex"


class FaultNature(StrEnum):
    """故障性质: where the fault comes from. Warranty and the old part depend on it."""

    MANUFACTURE = "manufacture"
    ASSEMBLY = "assembly"
    MATERIAL = "material"
    BOUGHT_IN = "bought_in"
    DESIGN = "design"
    WEAR = "wear"
    MISUSE = "misuse"
    EXTERNAL = "external"
    SOFTWARE = "software"
    INSTALLATION = "installation"
    NONE_FOUND = "none_found"


class RepairNature(StrEnum):
    """维修性质: who pays for the job. The quote and the old part due depend on it."""

    WARRANTY = "warranty"
    CONTRACT = "contract"
    PAID = "paid"
    GOODWILL = "goodwill"
    COMMISSIONING = "commissioning"


class TravelMode(StrEnum):
    """旅程方式: how the technician travels."""

    OWN_CAR = "own_car"
    COMPANY_CAR = "company_car"
    RAIL = "rail"
    COACH = "coach"
    AIR = "air"
    LOCAL = "local"


class RemoteResult(StrEnum):
    """远程指导结果: the result of helping by phone or message."""

    SOLVED = "solved"
    NOT_SOLVED = "not_solved"
    NOT_POSSIBLE = "not_possible"


class Ending(StrEnum):
    """结案方式: how a case ends. Intake ends it before the approval, dispatch after it."""

    SOLVED_REMOTELY = "solved_remotely"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"
    OUT_OF_SCOPE = "out_of_scope"
    REPAIRED = "repaired"
    COMMISSIONED = "commissioned"
    """A new machine was set up, and its customer accepted it."""
    NOT_COMMISSIONED = "not_commissioned"
    """A new machine does not run, and is not set up any further."""
    NOT_REPAIRABLE = "not_repairable"
    SWAPPED = "swapped"
    UNREACHABLE = "unreachable"
    """Nobody could reach the customer, on several days: what there was to say was not told."""


class SignedHow(StrEnum):
    """签字方式: how a person signed."""

    SESSION = "session"
    DRAWN = "drawn"
    CODE = "code"
    PHOTO = "photo"


@dataclass(frozen=True, slots=True)
class FileRef:
    """附件: a file kept beside the record of its room, known by the hash of its content.

    Whoever names one in a command must have brought it for the paper: see `shared.http.files`.
    """

    name: Text
    sha256: ContentHash
    media_type: Text
    size: Annotated[int, Constraint(ge=0, le=2**40, strict=True)]


class EvidenceMark:
    """Marks a file that proves a signature."""


Evidence: TypeAlias = Annotated[FileRef, EvidenceMark()]
"""凭据: a file that the room of the paper keeps; brought by `POST /v1/files`."""


class PictureMark:
    """Marks a file that is a picture, not a paper that was scanned."""


Photo: TypeAlias = Annotated[FileRef, PictureMark()]
"""照片: a picture that the room of the paper keeps; brought by `POST /v1/files`."""


@dataclass(frozen=True, slots=True)
class Signature:
    """签字: who signed the content shown, in which role and how. A change voids it."""

    by: str
    role: str
    how: SignedHow
    signed_at: datetime
    """When, by the signer's clock. The fact with the signature has the record's own time."""
    content: str
    """SHA-256 (hex) of exactly the content that was shown."""
    evidence: FileRef | None = None
    """The drawing, or the photo of the paper, if it was signed that way."""


@dataclass(frozen=True, slots=True)
class PartWanted:
    """拟带配件: a part and how many of it."""

    part: Ref
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class Travel:
    """旅程: by which means, when and who travels. It is approved once and copied from there."""

    mode: TravelMode | None = None
    at: At | None = None
    travellers: Several[Ref] = ()


@dataclass(frozen=True, slots=True)
class Warned:
    """提醒: something that is not forbidden but should be noticed, and what it is about."""

    code: Ref
    about: tuple[Text, ...] = ()
    """The numbers in its sentence, e.g. the open tickets of the same machine."""
