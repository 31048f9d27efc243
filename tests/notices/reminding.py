"""Reminders in memory: the timer of a room tells whom its facts remind, and the outbox shows it."""

from collections.abc import Callable
from uuid import UUID, uuid4

import msgspec

from shared.document import Around, CommandOwed, NewTicket, Recurring, Timer
from shared.events.cards import PersonCard, PersonDocument
from shared.events.notices import NoticeAsked, NoticeKind
from shared.events.values import Role, Sealed
from shared.handle import Handler, handle_all
from shared.notices.outbox import Row
from shared.notices.reminders import REGISTER
from shared.personal.seal import seal, unseal
from shared.policy import Core
from shared.policy.clocks import Occurrence
from shared.policy.notices import Notices
from shared.room import Room
from shared.view import ViewRow, recorded
from shared.worker.commands_owed import CommandContext, order_of
from tests.notices.office import core, folded_rows, replace_notices
from tests.shared.http_desk import WebDesk
from tests.told import tell

TELL = "tell-reminded"
EVERYWHERE = msgspec.structs.replace(
    core().notices, reminding=frozenset({"*"}), announcing=frozenset({"*"})
)
"""The policy that is shipped, but that everybody who is reminded is sent it."""


def timed(room: Room, name: str) -> Timer | Recurring:
    (found,) = (each for each in room.timers if each.name == name)
    return found


def clock(desk: WebDesk, room: Room, name: str) -> int:
    """A clock of the room goes off for each of its rows, however long they have; how many."""
    timer, policy = timed(room, name), core()
    now, around = desk.store.now(), _around(desk, policy)
    decide = _deciding(desk, room, policy, name)
    rows = desk.views.first_rows(timer.view, {})
    for row in rows:
        if isinstance(timer, Recurring):
            owed = timer.owes(row, Occurrence(now.date(), now))
        else:
            owed = timer.owed(row, around if timer.looks_at else None)
        if owed is not None:
            decide(uuid4(), row, owed)
    return len(rows)


def fire(
    desk: WebDesk,
    room: Room,
    notices: Notices = EVERYWHERE,
    *,
    lost: bool = False,
    name: str = TELL,
) -> None:
    """Whoever is reminded by now is told; `lost`: nobody knows which command it was before."""
    timer, policy = timed(room, name), replace_notices(core(), notices)
    assert isinstance(timer, Timer)
    around, decide = _around(desk, policy), _deciding(desk, room, policy, name)
    for row in desk.views.first_rows(timer.view, {}):
        if (owed := timer.owed(row, around)) is not None:
            id_ = uuid4() if lost else timer.command_id(row.stream, row.due)
            decide(id_, row, owed)


def _around(desk: WebDesk, policy: Core) -> Around:
    return Around(policy, desk.views.first_rows, desk.views.documents_of)


def _deciding(
    desk: WebDesk, room: Room, policy: Core, timer: str
) -> Callable[[UUID, ViewRow, CommandOwed | NewTicket], None]:
    handler = Handler(desk.store, room.papers, desk.keys)

    def decide(id_: UUID, row: ViewRow, owed: CommandOwed | NewTicket) -> None:
        ticket, now = getattr(row, "ticket", None), desk.store.now()
        asking = CommandContext(f"timer:{timer}", now, row.branch, ticket, "")
        with desk.store.transaction() as transaction:
            handle_all(handler, [order_of(id_, owed, asking, lambda *_: policy)], transaction)

    return decide


def outbox_of(desk: WebDesk, room: Room) -> list[Row]:
    """The outbox, folded from the first fact on."""
    partitions = range(desk.store.partitions)
    stored = [each for n in partitions for each in desk.store.facts(n, 0, 10_000)]
    return folded_rows([recorded(room.name, each) for each in stored])


def told(
    desk: WebDesk, room: Room, kind: NoticeKind = NoticeKind.REMINDER
) -> list[tuple[str, str]]:
    """Who is told of which paper: its number and their phone or address, in order."""
    rows = [each for each in outbox_of(desk, room) if each.kind is kind]
    sealed = [(each.about, each.to) for each in rows if isinstance(each.to, Sealed)]
    assert len(sealed) == len(rows)
    if rows:
        tell(NoticeAsked.__name__)
    return sorted((about, unseal(to, desk.keys)) for about, to in sealed)


def reached(desk: WebDesk, person: str, role: Role, branch: str, phone: str) -> None:
    """The card of somebody has come from the register, with a phone; as it is sealed there."""
    card = PersonDocument(PersonCard(person, "某人", (role,), (branch,), phone=phone))
    sealed = seal(card, f"person-{person}", desk.keys)
    desk.views.documents[REGISTER, f"person-{person}"] = sealed
