"""可见 (visibility): what each role sees of a kind of thing, field by field, in every room alike.

A room's `reading.py` says it for the things of the room. What it says holds for a list, for a
single thing, for the page of a ticket and for its history.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeAlias

from shared.events.values import Role

Json: TypeAlias = Any
"""What JSON is made of."""


class Contact(StrEnum):
    """联系方式: when names, phones and addresses are shown in clear; else they are masked."""

    OPEN = "open"
    SINGLE = "single"
    """Where one thing is shown; masked on lists."""
    OWN = "own"
    """Of the person's own jobs, until they have ended."""
    ASKED = "asked"
    """Where they are asked for, with a reason. Each opening is noted."""
    NEVER = "never"


class History(StrEnum):
    """经过: of which things the facts are shown as well."""

    ALL = "all"
    OWN = "own"
    """Of tickets that are the person's own jobs."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Visible:
    """可见: what one role sees of a kind of thing."""

    contact: Contact = Contact.NEVER
    words: frozenset[str] = frozenset()
    """Sealed fields that hold no contact: whoever sees them reads them."""
    only: frozenset[str] | None = None
    """Paths of fields, with dots: of the rest nothing is shown. None: all are shown."""
    without: frozenset[str] = frozenset()
    """Names of fields that are left out wherever they stand."""
    papers: frozenset[str] | None = None
    """Of lists of papers: those of these kinds alone."""
    own: bool = False
    """Whether only what concerns the person's own work is shown at all."""
    history: History = History.ALL


def has_ending(thing: object) -> bool:
    """Whether it says how it ended."""
    ended = (getattr(thing, name, None) for name in ("ending", "closed"))
    return any(each is not None for each in ended)


@dataclass(frozen=True, slots=True)
class ReadingTable:
    """阅读: who sees what of a kind of thing, and whose own work such a thing is."""

    by: Mapping[Role, Visible]
    people: tuple[str, ...] = ()
    """Paths to the people whose work it is."""
    has_ended: Callable[[Any], bool] = has_ending
    """Whether the work of a thing has ended; of its state, or of its row."""
    inside: frozenset[str] = frozenset()
    """Fields that hold the thing itself, where it is shown with something beside it."""
    is_of_tickets: bool = True
    """Whether its facts belong to tickets, and stand in their histories."""
    own_column: str | None = None
    """The column of its list that names whose it is."""
    told_as: Mapping[str, str] = field(default_factory=dict)
    """Facts of it, by name, that tell of another kind of thing: they are read as that one is."""
    own_anywhere: bool = False
    """Whether people are shown their own rows of branches that are not theirs as well."""

    @property
    def is_partial(self) -> bool:
        """Whether there is a role that does not see every field."""
        return any(v.only is not None or v.without or v.papers for v in self.by.values())


@dataclass(frozen=True, slots=True)
class Sight:
    """所见: what a caller sees of one thing, by all of their roles together."""

    opens: bool
    """Whether contact is shown in clear."""
    for_a_reason: bool
    """Whether only because they asked for it."""
    words: frozenset[str]
    only: frozenset[str] | None
    without: frozenset[str]
    papers: frozenset[str] | None
    inside: frozenset[str] = field(default=frozenset())

    def cut(self, value: Json) -> Json:
        """The thing, as JSON is made of, without what is not shown."""
        if isinstance(value, dict):
            if self.only is not None:
                value = _kept(value, self.only, self.inside)
            if self.papers is not None:
                value = _of_kinds(value, self.papers)
        return _left_out(value, self.without) if self.without else value


@dataclass(frozen=True, slots=True)
class Onlooker:
    """看的人: who looks, whether at a list, and whether they ask for contact to be opened."""

    actor: str
    roles: frozenset[str]
    asks: bool
    listed: bool = False


def sight(
    reading: ReadingTable, onlooker: Onlooker, thing: object, *, is_own: bool | None = None
) -> Sight | None:
    """What somebody sees of a thing; None: nothing. `is_own`: where something else says so."""
    own = onlooker.actor in people_of(reading, thing) if is_own is None else is_own
    seen = [each for each in _visible(reading, onlooker.roles) if own or not each.own]
    if not seen:
        return None
    open_job = own and not reading.has_ended(thing)
    clear = any(_opens(each.contact, onlooker, own=open_job) for each in seen)
    asked = onlooker.asks and any(each.contact is Contact.ASKED for each in seen)
    return Sight(
        opens=clear or asked,
        for_a_reason=asked and not clear,
        words=frozenset[str]().union(*(each.words for each in seen)),
        only=_widest(each.only for each in seen),
        without=frozenset.intersection(*(each.without for each in seen)),
        papers=_widest(each.papers for each in seen),
        inside=reading.inside,
    )


def people_of(reading: ReadingTable, thing: object) -> frozenset[str]:
    """Whose own work a thing is."""
    return frozenset(str(each) for path in reading.people for each in _at(thing, path))


def sees_own_alone(reading: ReadingTable, roles: Collection[str]) -> bool:
    """Whether somebody with these roles sees nothing but their own work."""
    return all(each.own for each in _visible(reading, roles))


def same_for(
    roles: Iterable[Role],
    contact: Mapping[Role, Contact] = MappingProxyType({}),
    *,
    is_of_tickets: bool = False,
) -> ReadingTable:
    """A kind of thing that these roles see alike; `contact` where a role may see that."""
    by = {role: Visible(contact.get(role, Contact.NEVER)) for role in roles}
    return ReadingTable(by, is_of_tickets=is_of_tickets)


def _visible(reading: ReadingTable, roles: Collection[str]) -> Iterator[Visible]:
    return (visible for role, visible in reading.by.items() if role in roles)


def _opens(contact: Contact, onlooker: Onlooker, *, own: bool) -> bool:
    match contact:
        case Contact.OPEN:
            return True
        case Contact.SINGLE:
            return not onlooker.listed
        case Contact.OWN:
            return own
        case Contact.ASKED | Contact.NEVER:
            return False


def _widest(several: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    found = list(several)
    whole = [each for each in found if each is not None]
    return None if len(whole) < len(found) else frozenset[str]().union(*whole)


def _at(thing: object, path: str) -> Iterator[object]:
    """What stands at a path: each one of several, and nothing where nothing stands."""
    name, _, rest = path.partition(".")
    found = getattr(thing, name, None)
    for each in found if isinstance(found, tuple | list) else (found,):
        if each not in (None, ""):
            yield from _at(each, rest) if rest else (each,)


def _kept(
    value: Mapping[str, Json], only: frozenset[str], inside: frozenset[str]
) -> dict[str, Json]:
    kept: dict[str, Json] = {}
    for name, part in value.items():
        beneath = {path.partition(".")[2] for path in only if path.startswith(f"{name}.")}
        if name in only:
            kept[name] = part
        elif isinstance(part, dict) and (name in inside or beneath):
            kept[name] = _kept(part, frozenset(beneath) or only, frozenset())
    return kept


def _of_kinds(value: Mapping[str, Json], kinds: frozenset[str]) -> dict[str, Json]:
    """A list of papers, or one paper, has their `kind`; so has nothing else of a dossier."""
    kept: dict[str, Json] = {}
    for name, part in value.items():
        if isinstance(part, list):
            kept[name] = [p for p in part if not isinstance(p, dict) or p.get("kind") in kinds]
        elif not isinstance(part, dict) or part.get("kind", "") in {"", *kinds}:
            kept[name] = part
    return kept


def _left_out(value: Json, names: frozenset[str]) -> Json:
    if isinstance(value, dict):
        return {name: _left_out(p, names) for name, p in value.items() if name not in names}
    return [_left_out(part, names) for part in value] if isinstance(value, list) else value


EMPLOYEES = tuple(role for role in Role if role is not Role.CUSTOMER)
"""Everybody but customers, who see only what intake shows them of their own reports."""
