"""登记表 (lists of cards): machines, customers and people, a whole card in each row.

What the file has no column for, a card that is there keeps. A cell that is empty, or says that
there is nothing, is nothing.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from guiyi.lists import values
from guiyi.lists.card_words import CUSTOMER_KINDS, CUSTOMERS, MACHINES, PEOPLE, ROLES
from guiyi.lists.columns import folded
from guiyi.lists.kinds import Ask, CardAsk, Headings, Identity, Kind, ListKind, Said
from guiyi.lists.part_words import count_of
from guiyi.lists.rights import by_of
from guiyi.lists.values import NONE
from guiyi.tables.faults import Unreadable
from shared.events.values import ALL_BRANCHES, CustomerKind, Role

Read: TypeAlias = Callable[[Said, str], object]
"""What a column says, for the field of its name. Raises Unreadable."""
_ALL = ("*", "all", "全部", "所有", "所有网点", "全部网点")
_ACTIVE = "active"
_VERSION = "version"


def _asks(
    path: str, fields: Mapping[str, Read], said: Said, branch: str, dates: Sequence[str]
) -> Sequence[Ask]:
    """The card that a row says."""
    number = values.number(said, "id")
    card: dict[str, object] = {"id": number}
    for name, read in fields.items():
        if name in said:
            value = _day(said, name, dates) if read is _date else read(said, name)
            card |= {} if value is None else {name: value}
    if said.get("serial_no"):
        card |= _serial(said["serial_no"])
    named = {*fields, "serial_no"} & said.keys()
    version = count_of(said[_VERSION], _VERSION) if said.get(_VERSION) else None
    return [
        CardAsk(
            kind=Kind.CARD,
            path=path,
            body=card,
            is_once=False,
            branch=branch or None,
            number=number,
            left_out=fields.keys() - named,
            version=version,
        )
    ]


def _text(said: Said, column: str) -> object:
    return values.optional(said, column)


def _needed(said: Said, column: str) -> object:
    return values.needed(said, column)


def _code(said: Said, column: str) -> object:
    text = values.optional(said, column)
    return None if text is None or folded(text) in NONE else text


def _phone(said: Said, column: str) -> object:
    return values.phone(said, column)


def _email(said: Said, column: str) -> object:
    return values.email(said, column)


def _listed(said: Said, column: str) -> object:
    return [each for each in values.listed(said, column) if folded(each) not in NONE]


def _branches(said: Said, column: str) -> object:
    named = values.listed(said, column)
    return [ALL_BRANCHES if folded(each) in _ALL else each.upper() for each in named]


def _roles(said: Said, column: str) -> object:
    known = [role.value for role in Role if role is not Role.CUSTOMER]
    found = [values.word(column, e, ROLES, known) for e in values.listed(said, column)]
    return list(dict.fromkeys(found))


def _customer_kind(said: Said, column: str) -> object:
    values.needed(said, column)
    return values.word(column, said[column], CUSTOMER_KINDS, [*CustomerKind])


def _active(said: Said, column: str) -> object:
    """An empty cell says nothing: a card is active unless its row says otherwise."""
    return values.yes(said, column) if said[column] else True


def _date(_said: Said, _column: str) -> object:
    raise NotImplementedError("dates are read by the forms of the map")


def _day(said: Said, column: str, forms: Sequence[str]) -> object:
    return values.day(said, column, forms)


def _serial(text: str) -> Mapping[str, object]:
    """A serial number; where people write that there is none, that is why it is unknown."""
    unknown = folded(text) in NONE or folded(text).startswith(("看不清", "磨损", "无法"))
    return {"serial_unknown_because": text} if unknown else {"serial_no": text}


def _same_number(said: Said) -> Iterator[Identity]:
    yield "id", values.number(said, "id")


def _same_machine(said: Said) -> Iterator[Identity]:
    yield from _same_number(said)
    serial = said.get("serial_no", "")
    if serial and folded(serial) not in NONE and _is_active(said):
        model = said.get("model", "")
        alike = "".join(folded(f"{model} {serial}").split())
        yield "serial_no", alike


def _is_active(said: Said) -> bool:
    try:
        return bool(_active(said, _ACTIVE)) if _ACTIVE in said else True
    except Unreadable:
        return True


def _by(register: str) -> Mapping[Kind, Collection[str]]:
    """The roles that may write cards of a register, as its steps have them."""
    from services.intake import registers

    paper: registers.CardRegister = getattr(registers, register)
    return {Kind.CARD: by_of(paper.STEPS)[registers.Register]}


def _list(
    name: str,
    headings: Headings,
    fields: Mapping[str, Read],
    *,
    register: str,
    one_branch: bool = True,
    same: Callable[[Said], Iterator[Identity]] = _same_number,
) -> ListKind:
    return ListKind(
        name=name,
        room="intake",
        key="id",
        headings=headings,
        kinds={"id": Kind.CARD},
        asks=partial(_asks, f"/v1/{name}", fields),
        needed=partial(_by, register),
        one_branch=one_branch,
        same=lambda said: [*same(said)],
    )


CARDS: Mapping[str, ListKind] = {
    "machines": _list(
        "machines",
        MACHINES,
        {
            "model": _needed,
            "serial_unknown_because": _text,
            "brand": _text,
            "category": _code,
            "customer": _code,
            "place": _text,
            "bought_on": _date,
            "installed_on": _date,
            "warranty_until": _date,
            "warranty_starts_on": _date,
            "contract": _code,
            _ACTIVE: _active,
        },
        register="MACHINES",
        same=_same_machine,
    ),
    "customers": _list(
        "customers",
        CUSTOMERS,
        {
            "name": _needed,
            "kind": _customer_kind,
            "contact_name": _text,
            "phone": _phone,
            "email": _email,
            "address": _text,
            "region": _code,
            "web_branches": _listed,
            _ACTIVE: _active,
        },
        register="CUSTOMERS",
    ),
    "people": _list(
        "people",
        PEOPLE,
        {
            "name": _needed,
            "roles": _roles,
            "branches": _branches,
            "posts": _listed,
            "skills": _listed,
            "regions": _listed,
            "phone": _phone,
            "email": _email,
            "tokens_from": _text,
            _ACTIVE: _active,
        },
        register="PEOPLE",
        one_branch=False,
    ),
}
