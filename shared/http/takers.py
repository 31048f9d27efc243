"""由谁 (takers): who may take a step by name: whom its paper names, or whoever has the role there.

On the page of a ticket and in the answer to a refused step they are told alike. Rooms do not know
each other's papers: of a step of another room on the same ticket, whoever has the role is named.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from shared.decider import Command, Reason, State
from shared.events.values import Role
from shared.handle import Folded
from shared.http.api import RoomApi, onlooker
from shared.http.colleagues import Colleagues
from shared.http.context import RequestContext
from shared.http.named import named_in
from shared.http.problem import broken
from shared.http.registers import Registers
from shared.mends import Mend, Who
from shared.step import PaperType, Step
from shared.texts import Texts
from shared.visibility import EMPLOYEES, people_of, sight

DO_ALL = set(EMPLOYEES) - {Role.AUDITOR, Role.OPERATOR}
_OWN_WORK = {Role.TECHNICIAN, Role.CUSTOMER}
"""Nobody takes the steps of these in the place of whom the paper names."""
MOST_PAPERS = 8
"""Of so many papers one answer says whom they name."""


def named_for(
    paper: PaperType[State], state: State, role: str, texts: Texts, registers: Registers
) -> Iterator[Who]:
    """Whom a paper names in a role, unless their card says by now that they have it no more."""
    yield from _having(paper.named(state)(role), role, texts, registers)


def _having(
    people: Collection[str], role: str, texts: Texts, registers: Registers
) -> Iterator[Who]:
    said = texts.label(role)
    for person in people:
        card = registers.person(person)
        if card is None or (card.active and role in card.roles):
            yield Who(role, said.zh, said.en, person, card.name if card else None)


def takers(
    api: RoomApi, colleagues: Colleagues, mend: Mend, paper: PaperType[State], folded: Folded
) -> Sequence[Who]:
    """Who may take the step that mends a refusal: whom its paper names, else by the cards.

    Nobody for a step that every role may take: who that is, something else says.
    """
    roles = () if set(mend.by) >= DO_ALL else mend.by
    branches = branches_at(api, mend.kind, mend.path, folded)
    step = _step_at(api, mend.kind, mend.path)
    if step is not None and step.by_others:
        each = (others(colleagues, paper, folded.state, role, branches) for role in roles)
    else:
        each = (taking(api, colleagues, paper, folded.state, role, branches) for role in roles)
    return _said(each)


def takers_elsewhere(
    api: RoomApi, colleagues: Colleagues, mend: Mend, ticket: str | None, branch: str
) -> Sequence[Who]:
    """As `takers`, of a step that another room takes on a paper of this ticket, at its branch.

    Whom that paper names its newest document says, if it came. Of papers of no ticket at which
    branch, that room alone knows.
    """
    same = ticket is not None and mend.number in (ticket, *_parts_of(ticket, mend.number))
    roles = () if not same or set(mend.by) >= DO_ALL else mend.by
    document = _heard(api, mend) if roles else None
    told = colleagues.told_of(named_in(document), branch)
    each = (_elsewhere(api, colleagues, told.get(role, ()), role, branch) for role in roles)
    return _said(each)


def _heard(api: RoomApi, mend: Mend) -> object:
    return api.registers.document(mend.room, f"{mend.kind}-{mend.number}", object)


def _elsewhere(
    api: RoomApi, colleagues: Colleagues, people: Collection[str], role: str, branch: str
) -> Iterator[Who]:
    """Whom its document names in a role, else whoever has it, but for whose own work it is."""
    here = (branch,) if branch else ()
    named = list(_having(people, role, api.texts, api.registers))
    if named:
        yield from named
    elif role in _OWN_WORK:
        return
    else:
        yield from colleagues.of(role, here)
    yield from colleagues.standing_in(role, here, [who.person for who in named if who.person])


def _parts_of(ticket: str, number: str | None) -> tuple[str, ...]:
    """The number, if it is that of a paper of the ticket: `BX-…-0001-W1`."""
    return (number,) if number is not None and number.startswith(f"{ticket}-") else ()


def _said(several: Iterable[Iterable[Who]]) -> Sequence[Who]:
    each = (who for some in several for who in some)
    return [who for who in each if who.person or who.more or who.to_do_zh]


def taking(
    api: RoomApi,
    colleagues: Colleagues,
    paper: PaperType[State],
    state: State,
    role: str,
    branches: Collection[str],
) -> Iterator[Who]:
    """Who takes a step in a role: whom the paper names, else whoever has it; and their deputies."""
    named = list(named_for(paper, state, role, api.texts, api.registers))
    if named or (role in _OWN_WORK and paper.named(state)(role)):
        yield from named
    else:
        yield from colleagues.of(role, branches)
    yield from colleagues.standing_in(role, branches, [who.person for who in named if who.person])


def others(
    colleagues: Colleagues,
    paper: PaperType[State],
    state: State,
    role: str,
    branches: Collection[str],
) -> Iterator[Who]:
    """Who takes a step in a role which is not for those whom the paper names in it."""
    named = paper.named(state)(role)
    yield from (who for who in colleagues.of(role, branches) if who.person not in named)


def branches_at(api: RoomApi, kind: str, path: str, folded: Folded) -> Collection[str]:
    """At which branches whoever takes a step of a paper has the role for it."""
    paper = api.room.papers[kind].PAPER
    step = _step_at(api, kind, path)
    if step is not None and step.at_branch is not None:
        return (step.at_branch(folded.state),)
    return paper.branches_of(folded.state, folded.branch) or (folded.branch,)


def _step_at(api: RoomApi, kind: str, path: str) -> Step[Command, State] | None:
    """The step of a paper of this kind that a path ends with."""
    steps = (each.step for each in api.steps[kind])
    return next((step for step in steps if path.endswith(f"/{step.path}")), None)


def who_mends(
    api: RoomApi,
    context: RequestContext,
    reasons: Sequence[Reason],
    named: Sequence[str],
    at: tuple[str | None, str],
) -> Mapping[str, Sequence[Who]]:
    """By the path of each step that mends one of the reasons: whom its paper names for it.

    Only to employees, and of papers that they see whole. `named`: as in `problem.broken`; `at`: the
    ticket and the branch of the paper that was asked.
    """
    if context.caller.roles.isdisjoint(EMPLOYEES):
        return {}
    told = (broken(each, api.texts, named) for each in reasons)
    mends = {each.path: each for one in told for each in one.mends if each.number}
    streams = {path: f"{each.kind}-{each.number}" for path, each in mends.items()}
    ours = {stream for stream in streams.values() if stream.partition("-")[0] in api.room.papers}
    states = api.registers.states(sorted(ours)[:MOST_PAPERS])
    sees, colleagues = _sees(api, context), Colleagues(api, context)
    found: dict[str, Sequence[Who]] = {
        path: takers_elsewhere(api, colleagues, mend, *at)
        for path, mend in mends.items()
        if mend.kind not in api.room.papers
    }
    for path, stream in streams.items():
        folded = states.get(stream)
        if folded is not None and folded.version and sees(stream, folded.state, folded.branch):
            paper = api.room.papers[mends[path].kind].PAPER
            found[path] = takers(api, colleagues, mends[path], paper, folded)
    return found


def _sees(api: RoomApi, context: RequestContext) -> Callable[[str, State, str], bool]:
    """Whether the caller sees the whole of a paper."""

    def sees(stream: str, state: State, branch: str) -> bool:
        kind = stream.partition("-")[0]
        paper, reading = api.room.papers[kind].PAPER, api.reading(kind)
        own = context.caller.actor in people_of(reading, state)
        seen = sight(reading, onlooker(context), state, is_own=own)
        near = context.may_know(paper.branches_of(state, branch))
        near = near or context.caller.actor in api.open_to(stream, state)
        return near and seen is not None and seen.only is None

    return sees
